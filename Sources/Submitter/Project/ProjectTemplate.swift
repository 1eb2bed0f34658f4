import Foundation

/// Files of a new project.
struct ProjectTemplate {
    struct File {
        /// Relative to the project's folder.
        var path: String
        var text: String
        /// One that people have anyway, and that need not be ours.
        var isOptional = false
    }

    var files: [File]

    static let nextSteps = """
          quicketl run pipelines/sample.yml
          quicketl workflow run workflows/sample.yml
        """

    /// Answers with the paths of what was written. All or nothing, as far as that can be known before: when a file is
    /// in the way none is written.
    func write(below root: String, overwriting: Bool, keepingReadme: Bool) throws -> [String] {
        func full(_ file: File) -> String { "\(root)/\(file.path)" }
        let manager = FileManager.default
        let wanted = files.filter { !(keepingReadme && $0.isOptional && manager.fileExists(atPath: full($0))) }
        let inTheWay = wanted.filter { manager.fileExists(atPath: full($0)) }
        guard overwriting || inTheWay.isEmpty else {
            let list = inTheWay.map(full).joined(separator: ", ")
            throw Stop(
                .failed, "nothing was made: \(list) exist\(inTheWay.count == 1 ? "s" : "") already; --force overwrites")
        }
        for file in wanted {
            let url = URL(fileURLWithPath: full(file))
            do {
                try manager.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(file.text.utf8).write(to: url, options: overwriting ? .atomic : .withoutOverwriting)
            } catch {
                throw Stop(.failed, "\(full(file)) could not be written: \(error.localizedDescription)")
            }
        }
        return wanted.map(\.path)
    }

    /// A pipeline file to begin with.
    static func pipeline(_ name: String) -> ProjectTemplate {
        ProjectTemplate(files: [
            File(
                path: "\(name).yml",
                text: """
                    name: \(quoted(name))
                    description: ""

                    source:
                      type: file
                      path: data/input.csv

                    # Each step works on the result of the one before it. See them all with: quicketl schema
                    transforms: []
                    #  - op: filter
                    #    predicate: amount > 0

                    checks: []
                    #  - type: not_null
                    #    columns: [id]

                    sink:
                      type: file
                      path: output/result.parquet

                    """)
        ])
    }

    /// Names may hold what YAML reads as something else.
    static func quoted(_ name: String) -> String {
        "\"" + name.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
    }
}
