public import Fleet
import Foundation

/// One pipeline over one dataset with one amount of memory, as the benchmark measured it on both engines.
public struct TrialRun: Sendable, Codable {
    /// Of one run on one engine.
    public struct Outcome: Sendable, Codable {
        /// From the start of the process to its end; of a failed run until it gave up.
        public var seconds: Double
        public var error: String?
        public var metrics: Metrics

        var isOutOfMemory: Bool { error.map { $0.contains("memory") } ?? false }
    }

    public struct Metrics: Sendable, Codable {
        public var phaseSeconds: [String: Double]?
        public var peakMemoryBytes: Int64?

        enum CodingKeys: String, CodingKey {
            case phaseSeconds = "phase_seconds"
            case peakMemoryBytes = "peak_memory_bytes"
        }

        var asOfAttempt: AttemptMetrics {
            AttemptMetrics(peakMemoryBytes: peakMemoryBytes, phaseSeconds: phaseSeconds ?? [:])
        }
    }

    public var workload: String
    public var dataset: String
    public var memory: String?
    public var duckdb: Outcome
    public var spark: Outcome
    /// By DuckDB, for computing.
    public var bytesRead: Int64?
    /// What would have been decided before any run.
    public var decision: Decision

    enum CodingKeys: String, CodingKey {
        case workload, dataset, memory, duckdb, spark, decision
        case bytesRead = "bytes_read"
    }

    /// A pipeline of its own: whoever runs it again has the same input.
    public var name: String { "\(workload) \(dataset) \(memory ?? "all")" }

    func outcome(_ engine: EngineKind) -> Outcome { engine == .duckdb ? duckdb : spark }

    /// Seconds until the result is there: what fails on one engine is made again on the other. nil: it fails on both.
    func seconds(_ engine: EngineKind) -> Double? {
        let (first, second) = engine == .duckdb ? (duckdb, spark) : (spark, duckdb)
        guard first.error != nil else { return first.seconds }
        return second.error == nil ? first.seconds + second.seconds : nil
    }

    /// Of the better engine; nil where none comes to an end, so that there was nothing to choose.
    var bestSeconds: Double? {
        [duckdb, spark].filter { $0.error == nil }.map(\.seconds).min()
    }

    /// How many times too large or too small the estimate was; nil: one of both is not known.
    var factor: Double? {
        guard let estimated = decision.estimatedBytes, let bytesRead, bytesRead > 0, estimated > 0 else { return nil }
        let ratio = Double(estimated) / Double(bytesRead)
        return max(ratio, 1 / ratio)
    }

    /// From lines of JSON, as the benchmark writes them and `quicketl explain --json` words decisions.
    public static func read(_ path: String) throws -> [TrialRun] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { path in
            guard let last = path.last else { return TrialKey("") }
            // The question's names are those of its properties, spelt with underscores; all others are spelt out.
            let isInQuestion = path.dropLast().contains { $0.stringValue == "question" }
            return TrialKey(isInQuestion ? camelCase(last.stringValue) : last.stringValue)
        }
        let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        return try text.split(separator: "\n").map { try decoder.decode(TrialRun.self, from: Data($0.utf8)) }
    }

    private static func camelCase(_ name: String) -> String {
        guard !name.hasPrefix("_") else { return name }
        let parts = name.split(separator: "_").map(String.init)
        return (parts.first ?? "") + parts.dropFirst().map(\.capitalized).joined()
    }
}

private struct TrialKey: CodingKey {
    var stringValue: String
    var intValue: Int? { Int(stringValue) }

    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { stringValue = String(intValue) }
}
