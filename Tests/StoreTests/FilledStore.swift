import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

/// A small history with something in it for every question of the documentation.
struct FilledStore {
    let store: PostgresStore
    let worker: WorkerID

    init(_ store: PostgresStore) async throws {
        self.store = store
        worker = try await store.runs.worker()
        try await succeed("daily_delays", engine: "duckdb", from: "/data/raw/flights.csv", to: "/data/out/daily")
        try await succeed("monthly_delays", engine: "spark", from: "/data/out/daily", to: "/data/out/monthly")
        try await failChecks("monthly_delays")
        try await store.runs.accepted(request("daily_delays", minute: 5))
        let running = try #require(try await store.runs.claimOne(worker)).lease
        try await store.runs.note([
            SaidMessages(
                lease: running, messages: [AttemptMessage(ordinal: 1, at: Date(), level: .progress, text: "execute")])
        ])
    }

    private func request(_ pipeline: String, minute: Int) -> RunRequest {
        let yaml = """
            name: \(pipeline)
            description: with something in every field
            tags: [nightly]
            source: {type: database, connection: "sqlite:////data/raw.db", query: "SELECT * FROM t WHERE d = '${DATE}'"}
            sink: {type: file, path: out/\(pipeline)}
            """
        var request = RunRequest.sample(yaml: yaml)
        request.pipelineName = pipeline
        request.submittedAt = Date(timeIntervalSinceNow: Double(60 * minute) - 3600)
        return request
    }

    @discardableResult
    func succeed(_ pipeline: String, engine: String, from input: String, to output: String) async throws -> RunID {
        try await store.runs.accepted(request(pipeline, minute: 0))
        let lease = try #require(try await store.runs.claimOne(worker)).lease
        var report = AttemptReport.sample(lease)
        report.engine = engine
        report.inputs[0].name = input
        report.outputs[0].name = output
        report.checks[0].subject = "a"
        report.lineage = [
            ColumnLineageEdge(
                outputColumn: "mean_delay", inputSource: "source", inputColumn: "delay", kind: .direct,
                subtype: .aggregation),
            ColumnLineageEdge(
                outputColumn: "plane", inputSource: "source", inputColumn: "tailnum", kind: .direct,
                subtype: .identity),
            ColumnLineageEdge(
                outputColumn: "planes", inputSource: "source", inputColumn: "tailnum", kind: .direct,
                subtype: .aggregation, isMasking: true),
            ColumnLineageEdge(
                outputColumn: nil, inputSource: "source", inputColumn: "cancelled", kind: .indirect, subtype: .filter),
        ]
        try await store.runs.note([
            SaidMessages(
                lease: lease,
                messages: [
                    AttemptMessage(ordinal: 1, at: Date(), level: .progress, text: "execute"),
                    AttemptMessage(ordinal: 2, at: Date(), level: .info, text: "DuckDB spilled up to 3 GB to disk"),
                ])
        ])
        _ = try await store.runs.decide(lease, report)
        _ = try await store.runs.settle(lease, .succeeded(report))
        return lease.runID
    }

    @discardableResult
    func failChecks(_ pipeline: String) async throws -> RunID {
        try await store.runs.accepted(request(pipeline, minute: 1))
        let lease = try #require(try await store.runs.claimOne(worker)).lease
        var report = AttemptReport.sample(lease)
        report.manifest = nil
        report.checks[0].passed = false
        report.checks[0].failedRows = 3
        let failure = Failure(.checksFailed, "1 of 1 checks failed", step: "quality_checks")
        _ = try await store.runs.settle(lease, .failed(failure, report))
        return lease.runID
    }
}
