import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Store

struct LineageCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "lineage",
        abstract: "What a dataset, or a column of it, comes from and goes into.",
        discussion: """
            A dataset is a path, or a name as "runs show" prints it; a column stands behind a #.

              quicketl lineage out/daily                        both ways, as a tree
              quicketl lineage out/daily#mean_delay --up        where the values of a column come from
              quicketl lineage in/raw.csv#tailnum --down        where a personal column still shows
              quicketl lineage s3://bucket/raw --down --depth 1 --format mermaid
              quicketl lineage postgres://db:5432/shop.public.orders --format dot | dot -Tsvg > orders.svg

            Each dataset is taken as its newest version was made. "masked" says that only hashes or counts come through.
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("The dataset, and perhaps a column.", valueName: "dataset[#column]"))
    var dataset: String

    @Flag(help: "What it comes from.")
    var up = false

    @Flag(help: "What comes of it.")
    var down = false

    @Option(help: ArgumentHelp("How many runs away at most.", valueName: "n"))
    var depth = 64

    @Option(
        help: ArgumentHelp("tree, mermaid or dot.", valueName: "name"),
        transform: { text in
            guard let format = LineageDrawing(rawValue: text) else {
                throw ValidationError("\"\(text)\" is no format; write tree, mermaid or dot")
            }
            return format
        })
    var format: LineageDrawing = .tree

    func validate() throws {
        guard (1...64).contains(depth) else { throw ValidationError("--depth must be between 1 and 64") }
        guard !dataset.isEmpty else { throw ValidationError("name a dataset") }
    }

    func run() async throws {
        let settings = try services.settings()
        let directions: [LineageGraph.Direction] = up == down ? [.up, .down] : up ? [.up] : [.down]
        let (wanted, depth) = (dataset, depth)
        let graph = try await Services.withStore(of: settings) { store in
            for candidate in DatasetName.candidates(wanted) {
                let answer = try await store.history.lineage(
                    of: candidate.name, namespace: candidate.namespace, column: candidate.column,
                    directions: directions, depth: depth)
                switch answer {
                case .found(let graph): return graph
                case .none: continue
                case .ambiguous(let nodes):
                    let list = nodes.map { "\($0.namespace)/\($0.dataset)" }.joined(separator: ", ")
                    throw Stop(.failed, "several datasets are called \"\(candidate.name)\": \(list)")
                }
            }
            throw Stop(
                .failed, "no run on record has read or written \"\(wanted)\"; \"quicketl runs show\" prints the names")
        }
        if output.json { return try JSONText.show(ShownGraph(graph, directions)) }
        Console.say(format.text(graph, directions))
    }

    private struct ShownGraph: Encodable {
        var start: LineageGraph.Node
        var directions: [LineageGraph.Direction]
        var edges: [LineageGraph.Edge]

        init(_ graph: LineageGraph, _ directions: [LineageGraph.Direction]) {
            (start, edges, self.directions) = (graph.start, graph.edges, directions)
        }
    }
}

/// A dataset as people write it.
struct DatasetName {
    /// nil: any.
    var namespace: String?
    var name: String
    var column: String?

    /// What a text may mean, in the order in which it is looked for: a name, then a path from the working directory. A
    /// path may hold a # itself.
    static func candidates(_ text: String) -> [DatasetName] {
        var texts: [(String, String?)] = []
        if let mark = text.lastIndex(of: "#") {
            texts.append((String(text[..<mark]), String(text[text.index(after: mark)...])))
        }
        texts.append((text, nil))
        return texts.flatMap { dataset, column -> [DatasetName] in
            if let scheme = dataset.range(of: "://"),
                let slash = dataset[scheme.upperBound...].firstIndex(of: "/"), slash > scheme.upperBound
            {
                let name = String(dataset[dataset.index(after: slash)...])
                return [DatasetName(namespace: String(dataset[..<slash]), name: name, column: column)]
            }
            let path = ResolvedPath.absolute(dataset, in: FileManager.default.currentDirectoryPath)
            let given = DatasetName(namespace: nil, name: dataset, column: column)
            return path == dataset ? [given] : [given, DatasetName(namespace: "file", name: path, column: column)]
        }
    }
}
