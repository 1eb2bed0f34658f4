import Foundation
import Pipeline
import Testing

@testable import Engines

/// A folder with small files, and pipelines compiled over them and run by the real DuckDB. Removes the folder.
final class CompileBench {
    let folder: URL
    let compiler: DuckDBCompiler

    init(acceptedAt: Date = Date(timeIntervalSince1970: 1_700_000_000.25)) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("quicketl-compile-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        compiler = DuckDBCompiler(baseDirectory: folder.path, acceptedAt: acceptedAt)
    }

    deinit {
        // A folder left behind in the temporary place harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return name
    }

    func csv(_ name: String, _ text: String) throws -> NamedSource {
        NamedSource(name: "source", source: .file(FileSource(path: PlacedText(try write(name, text)), format: .csv)))
    }

    // MARK: Running

    func schema(_ source: SourceSpec) throws -> Schema {
        let rows = try sql(compiler.describe(source), mode: "-json")
        let parsed = rows.isEmpty ? [] : try JSONSerialization.jsonObject(with: Data(rows.utf8))
        let list = try #require(parsed as? [[String: String]])
        return Schema(
            list.map { Schema.Column($0["column_name"] ?? "", DuckDBCompiler.dataType($0["column_type"] ?? "")) })
    }

    func plan(_ spec: PipelineSpec) throws -> Plan {
        var schemas: [String: Schema] = [:]
        for named in spec.everySource { schemas[named.name] = try schema(named.source) }
        var values: [Int: [String?]] = [:]
        while let probe = try Plan.pivotProbe(spec, file: nil, schemas: schemas, pivotValues: values) {
            let text = try sql(compiler.pivotValues(probe), mode: "-json")
            let rows = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
            values[probe.transform] = try #require(rows).map { $0["pivot_value"] as? String }
        }
        return try Plan.make(spec, file: nil, schemas: schemas, pivotValues: values)
    }

    /// The result as CSV, nulls as `NULL`.
    func run(_ spec: PipelineSpec) throws -> String { try sql(compiler.query(plan(spec))) }

    func run(_ source: NamedSource, _ transforms: TransformSpec.Kind...) throws -> String {
        try run(PipelineSpec(name: "p", sources: [source], transforms: transforms.map { TransformSpec($0) }))
    }

    /// Types of the result as DuckDB sees them, beside those that the plan promises.
    func types(_ spec: PipelineSpec) throws -> [(promised: DataType, real: DataType)] {
        let plan = try plan(spec)
        let text = try sql("DESCRIBE \(compiler.query(plan))", mode: "-json")
        let rows = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
        let real = try #require(rows).map { DuckDBCompiler.dataType($0["column_type"] as? String ?? "") }
        return Array(zip(plan.output.columns.map(\.type), real))
    }

    struct Refused: Error, CustomStringConvertible {
        var description: String
    }

    func sql(_ text: String, mode: String = "-csv") throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Self.binary())
        process.currentDirectoryURL = folder
        process.arguments = [mode, "-nullvalue", "NULL", "-c", "SET TimeZone='UTC'", "-c", text]
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0, complaint.isEmpty else {
            throw Refused(description: String(decoding: complaint, as: UTF8.self) + "\n" + text)
        }
        return String(decoding: answer, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
    }

    private static func binary() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["QUICKETL_DUCKDB"] { return path }
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent(".tools/venv/bin/duckdb").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        for part in (environment["PATH"] ?? "").split(separator: ":") {
            let candidate = "\(part)/duckdb"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw Refused(description: "no duckdb found; set QUICKETL_DUCKDB, or run make setup")
    }
}

// MARK: Short forms

func placed(_ text: String, _ variables: [String: String] = [:]) throws -> PlacedExpression {
    let outcome = ExpressionParser.parse(
        text, variables: VariableScope(given: variables), origin: TextOrigin(path: "expr"))
    if !outcome.problems.isEmpty { throw InvalidPipeline(outcome.problems) }
    return PlacedExpression(try #require(outcome.expression), source: text)
}

func names(_ texts: [String]) -> [PlacedText] { texts.map { PlacedText($0) } }

func derive(_ name: String, _ text: String) throws -> TransformSpec.Kind {
    .deriveColumn(name: PlacedText(name), expression: try placed(text))
}

func filter(_ text: String, _ variables: [String: String] = [:]) throws -> TransformSpec.Kind {
    .filter(predicate: try placed(text, variables))
}

func select(_ columns: String...) -> TransformSpec.Kind { .select(columns: names(columns)) }

func sort(_ columns: String..., descending: Bool = false) -> TransformSpec.Kind {
    .sort(by: columns.map { SortKey(column: PlacedText($0), descending: descending) })
}

func aggregate(by keys: [String], _ aggregates: KeyValuePairs<String, String>) throws -> TransformSpec.Kind {
    .aggregate(
        groupBy: names(keys),
        aggregates: try aggregates.map { NamedExpression(name: PlacedText($0.key), expression: try placed($0.value)) })
}

func join(_ right: JoinSpec.Right, on keys: [String], _ how: JoinSpec.Kind = .inner, merge: Bool = false)
    -> TransformSpec.Kind
{
    .join(
        JoinSpec(
            right: right, keys: keys.map { JoinSpec.Key(left: PlacedText($0), right: PlacedText($0)) }, how: how,
            mergeKeys: merge))
}
