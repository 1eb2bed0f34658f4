import Fleet

/// In what two runs differ: what they were asked to do, what they found, what came of it.
public struct RunDifference: Sendable, Hashable, Codable {
    /// One thing in which they differ; nil where a run has nothing there.
    public struct Entry: Sendable, Hashable, Codable {
        /// `variable DATE`, `input source: rows`, `output column total: type`, …
        public var what: String
        public var first: String?
        public var second: String?
    }

    public private(set) var entries: [Entry] = []
    /// Lines that only one of the definitions has, with `-` (first) and `+` (second) before them.
    public private(set) var definition: [String] = []

    public init(_ first: RunDetail, _ second: RunDetail) {
        if first.pipelineDigest != second.pipelineDigest {
            definition = Self.lines(first.pipelineYAML, second.pipelineYAML)
        }
        note("pipeline", first.summary.pipeline, second.summary.pipeline)
        for name in Set(first.variables.keys).union(second.variables.keys).sorted() {
            note("variable \(name)", first.variables[name], second.variables[name])
        }
        note("state", first.summary.state.rawValue, second.summary.state.rawValue)
        note("error", first.summary.error, second.summary.error)
        note("engine asked for", first.requestedEngine, second.requestedEngine)
        note("engine", first.summary.engine, second.summary.engine)
        note("why that engine", first.engineReason, second.engineReason)
        note("attempts", first.summary.attempts, second.summary.attempts)
        compareDatasets("input", first.inputs, second.inputs, first.summary.attempts, second.summary.attempts) {
            $0.sourceName ?? $0.name
        }
        compareDatasets("output", first.outputs, second.outputs, first.summary.attempts, second.summary.attempts) {
            $0.name
        }
        compareChecks(first, second)
        note("rows in", first.summary.rowsIn, second.summary.rowsIn)
        note("rows out", first.summary.rowsOut, second.summary.rowsOut)
        note("bytes in", first.summary.bytesIn, second.summary.bytesIn)
        note("bytes out", first.summary.bytesOut, second.summary.bytesOut)
        note("duration ms", first.summary.durationMilliseconds, second.summary.durationMilliseconds)
        note("peak memory bytes", first.peakMemoryBytes, second.peakMemoryBytes)
    }

    /// The same work with the same result; how long it took and what it cost does not count.
    public var isSameResult: Bool {
        definition.isEmpty
            && entries.allSatisfy {
                ["duration ms", "peak memory bytes", "attempts"].contains($0.what) || $0.isVersion
            }
    }

    private mutating func note(
        _ what: String, _ first: (some LosslessStringConvertible)?, _ second: (some LosslessStringConvertible)?
    ) {
        let (a, b) = (first.map { String($0) }, second.map { String($0) })
        // Texts are the same when their code points are.
        guard a.map({ Array($0.utf8) }) != b.map({ Array($0.utf8) }) else { return }
        entries.append(Entry(what: what, first: a, second: b))
    }

    private mutating func compareDatasets(
        _ kind: String, _ first: [RunDetail.Dataset], _ second: [RunDetail.Dataset], _ firstAttempt: Int,
        _ secondAttempt: Int, key: (RunDetail.Dataset) -> String
    ) {
        let (a, b) = (first.filter { $0.attempt == firstAttempt }, second.filter { $0.attempt == secondAttempt })
        var keys: [String] = []
        for dataset in a + b where !keys.contains(key(dataset)) { keys.append(key(dataset)) }
        for name in keys {
            let (one, other) = (a.first { key($0) == name }, b.first { key($0) == name })
            let title = "\(kind) \(name)"
            note("\(title): dataset", one?.name, other?.name)
            note("\(title): version", one?.version, other?.version)
            note("\(title): rows", one?.rows, other?.rows)
            note("\(title): bytes", one?.bytes, other?.bytes)
            note("\(title): files", one?.files, other?.files)
            var columns: [String] = []
            for column in (one?.columns ?? []) + (other?.columns ?? []) where !columns.contains(column.name) {
                columns.append(column.name)
            }
            for column in columns {
                note(
                    "\(title): column \(column)", one?.columns.first { $0.name == column }?.type,
                    other?.columns.first { $0.name == column }?.type)
            }
        }
    }

    private mutating func compareChecks(_ first: RunDetail, _ second: RunDetail) {
        func outcomes(_ run: RunDetail) -> [(String, String)] {
            run.checks.filter { $0.attempt == run.summary.attempts }.map { check in
                ("check \(check.type) \(check.subject)", check.passed ? "passed" : "failed (\(check.failedRows) rows)")
            }
        }
        let (a, b) = (outcomes(first), outcomes(second))
        var names: [String] = []
        for (name, _) in a + b where !names.contains(name) { names.append(name) }
        for name in names { note(name, a.first { $0.0 == name }?.1, b.first { $0.0 == name }?.1) }
    }

    private static func lines(_ first: String, _ second: String) -> [String] {
        let (a, b) = (first.split(separator: "\n"), second.split(separator: "\n"))
        // The comparison of very long texts takes time that grows with their product.
        guard a.count * b.count < 25_000_000 else { return ["(too long to compare)"] }
        let changes = b.difference(from: a)
        return changes.removals.map { change in
            if case .remove(_, let line, _) = change { "-\(line)" } else { "" }
        }
            + changes.insertions.map { change in
                if case .insert(_, let line, _) = change { "+\(line)" } else { "" }
            }
    }
}

extension RunDifference.Entry {
    /// Of an output: by its name it is another one after every run.
    fileprivate var isVersion: Bool { what.hasPrefix("output ") && what.hasSuffix(": version") }
}
