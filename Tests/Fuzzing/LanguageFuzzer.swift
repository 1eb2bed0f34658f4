public import Foundation
import Pipeline

/// Gives the language inputs that nobody would write. Any of them makes a value, or problems; never a trap.
public struct LanguageFuzzer {
    public enum Subject: UInt64, CaseIterable, Sendable { case pipeline, expression, plan }

    public struct Failure: Error, CustomStringConvertible {
        public var description: String
    }

    let corpus: FuzzCorpus
    public let seed: UInt64
    /// Where the input stands before it is tried, since a trap ends the process.
    private let keeper: InputKeeper

    public init(seed: UInt64, keepingInputIn file: URL) throws {
        self.seed = seed
        corpus = try FuzzCorpus.load()
        keeper = try InputKeeper(file)
    }

    /// Throws what is wrong with the answer.
    public func run(round: UInt64) throws {
        let subject = Subject(rawValue: round % UInt64(Subject.allCases.count)) ?? .pipeline
        var mutation = FuzzMutation(corpus, seed: seed, round: round)
        let bytes = subject == .pipeline ? mutation.pipeline() : mutation.expression()
        try keeper.keep(bytes, "seed \(seed), round \(round), \(subject)\n")
        let text = String(decoding: bytes, as: UTF8.self)
        do {
            switch subject {
            case .pipeline: try Self.pipeline(text)
            case .expression: try Self.expression(text)
            case .plan: try Self.plan(text)
            }
        } catch let failure as Failure {
            throw Failure(
                description: "seed \(seed), round \(round): \(failure.description) in:\n\(text.prefix(2_000))")
        }
    }

    public func finish() { keeper.remove() }

    // MARK: Subjects

    private static let scope = VariableScope(
        given: ["A": "x' --", "N": "${A}", "X": "7"], environment: ["DATE": "2013-01-01"])

    private static func pipeline(_ yaml: String) throws {
        try check { () throws(InvalidPipeline) in
            let loaded = try PipelineLoader.load(yaml: yaml, file: nil, variables: scope)
            var schemas: [String: Schema] = [:]
            for source in loaded.spec.everySource { schemas[source.name] = schema }
            let values = Dictionary(
                uniqueKeysWithValues: loaded.spec.transforms.indices.map { ($0, ["a", nil] as [String?]) })
            _ = try Plan.make(loaded.spec, file: nil, schemas: schemas, pivotValues: values)
        }
        try check { () throws(InvalidPipeline) in _ = try ProjectLoader.load(yaml: yaml, file: nil, variables: scope) }
        try check { () throws(InvalidPipeline) in
            _ = try TriggerLoader.load(
                [TriggerLoader.File(path: "t.yml", yaml: yaml)],
                in: LoadedTrigger.Surroundings(baseDirectory: "/b", submittedBy: "a@b", scope: scope)
            ) { path throws(WorkflowLoader.Unreadable) in yaml }
        }
        try check { () throws(InvalidPipeline) in
            _ = try WorkflowLoader.load(yaml: yaml, file: "w.yml", variables: scope) {
                path throws(WorkflowLoader.Unreadable) in
                throw WorkflowLoader.Unreadable("no such file")
            }
        }
    }

    private static func check(_ body: () throws(InvalidPipeline) -> Void) throws {
        do {
            try body()
        } catch {
            guard error.problems.contains(where: { $0.severity == .error }) else {
                throw Failure(description: "refused without a problem")
            }
            for problem in error.problems {
                let isPlaced = problem.position.map { $0.line >= 1 && $0.column >= 1 } ?? true
                guard isPlaced, problem.message.utf8.count < 4_000 else {
                    throw Failure(description: "a problem without a place, or too long: \(problem.message.prefix(200))")
                }
            }
        }
    }

    private static func expression(_ text: String) throws {
        let outcome = parsed(text)
        guard (outcome.expression == nil) == outcome.problems.contains(where: { $0.severity == .error }) else {
            throw Failure(description: "neither an expression nor a problem, or both")
        }
        // What is printed means the same. (Long chains of AND and OR are balanced anew; positions are not compared.)
        guard outcome.expression != nil, let expression = parsed(text, places: false).expression else { return }
        let printed = ExpressionText.text(expression)
        let words = printed.split(separator: " ").filter { $0 == "AND" || $0 == "OR" }
        guard printed.utf8.count <= ExpressionParser.lengthLimit, words.count <= 32 else { return }
        guard parsed(printed, places: false).expression == expression else {
            throw Failure(description: "prints as \(printed.prefix(300)), which reads as something else")
        }
    }

    private static func parsed(_ text: String, places: Bool = true) -> ExpressionParser.Outcome {
        ExpressionParser.parse(
            text, variables: scope,
            origin: TextOrigin(path: "expr", start: places ? SourcePosition(line: 1, column: 1) : nil))
    }

    /// Typed against a table with columns of every type, as a value, a condition and an aggregate.
    private static func plan(_ text: String) throws {
        guard let expression = parsed(text).expression else { return }
        let placed = PlacedExpression(expression, source: text)
        let uses: [TransformSpec.Kind] = [
            .deriveColumn(name: PlacedText("new"), expression: placed), .filter(predicate: placed),
            .aggregate(
                groupBy: [PlacedText("a")], aggregates: [NamedExpression(name: PlacedText("new"), expression: placed)]),
        ]
        for use in uses {
            let source = NamedSource(name: "source", source: .file(FileSource(path: PlacedText("a.csv"), format: .csv)))
            let spec = PipelineSpec(name: "p", sources: [source], transforms: [TransformSpec(use)])
            try check { () throws(InvalidPipeline) in
                _ = try Plan.make(spec, file: nil, schemas: ["source": schema])
            }
        }
    }

    private static let schema = Schema([
        Schema.Column("a", .int64), Schema.Column("x", .float64), Schema.Column("t", .text), Schema.Column("d", .date),
        Schema.Column("id", .int64), Schema.Column("region", .text),
        Schema.Column("amount", .decimal(precision: 10, scale: 2)),
        Schema.Column("day", .date), Schema.Column("b", .boolean), Schema.Column("ts", .timestamp),
        Schema.Column("i8", .int8),
        Schema.Column("u", .uint64), Schema.Column("h", .hugeint), Schema.Column("f", .float32),
        Schema.Column("tz", .timestamptz),
        Schema.Column("time", .time), Schema.Column("iv", .interval), Schema.Column("l", .list(.int64)),
        Schema.Column("nothing", .unknown), Schema.Column("big", .decimal(precision: 38, scale: 37)),
        Schema.Column("k", .text),
        Schema.Column("v", .int64), Schema.Column("w", .text), Schema.Column("bin", .binary), Schema.Column("j", .json),
    ])
}

/// Writes each input into one file before it is tried.
private final class InputKeeper {
    private let file: URL
    private let handle: FileHandle

    init(_ file: URL) throws {
        self.file = file
        try Data().write(to: file)
        handle = try FileHandle(forWritingTo: file)
    }

    func keep(_ bytes: [UInt8], _ title: String) throws {
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: Array(title.utf8) + bytes)
        try handle.truncate(atOffset: UInt64(title.utf8.count + bytes.count))
    }

    func remove() {
        // A file left behind in the temporary place harms nobody.
        try? FileManager.default.removeItem(at: file)
    }
}
