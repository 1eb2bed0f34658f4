import Foundation
import Pipeline

/// The requests behind the golden files in `Tests/Fixtures/messages`.
enum RequestSamples {
    static let pipelineYAML = """
        name: daily_flights
        sources:
          - name: flights
            type: file
            path: flights/date=${DATE}/*.parquet
            format: parquet
        sink: {type: file, path: out/daily/${DATE}.parquet, format: parquet}

        """

    /// Every field set, with texts that need escapes.
    static let full = RunRequest(
        runID: RunID.sample("018f3c1e-7a00-7000-8000-000000000001"),
        pipelineName: "daily_flights", pipelineYAML: pipelineYAML,
        variables: ["DATE": "2013-01-01", "CITY": "Zürich \u{1F6EB} \"ZRH\"", "EMPTY": "", "PATTERN": "a\\b\tc\u{1}"],
        projectYAML: "profiles:\n  \"lake\": {\"type\": \"file\", \"path\": \"lake/${DATE}\"}\n", profile: "lake",
        baseDirectory: "/data/flights", engine: .duckdb, priority: .high,
        concurrencyKey: "/data/flights/out/daily/2013-01-01.parquet", retries: 5, timeoutSeconds: 90.5,
        failOnChecks: false, maxRunning: 4, retryOf: RunID.sample("018f3c1e-7a00-7000-8000-000000000000"),
        idempotencyKey: "flights-2013-01-01",
        submittedAt: Date(timeIntervalSince1970: 1_357_021_800.25), submittedBy: "ada@submit-1",
        sourceCode: SourceCode(
            repository: "git@example.org:data/etl.git", path: "flights/daily.yml",
            commit: "9fceb02d0ae598e95dc970b74767f19372d61af8"))

    /// Optionals absent.
    static let plain = RunRequest(
        runID: RunID.sample("018f3c1e-7a00-7000-8000-000000000002"),
        pipelineName: "daily_flights", pipelineYAML: pipelineYAML, variables: ["DATE": "2013-01-02"],
        baseDirectory: "/data/flights", concurrencyKey: "/data/flights/out/daily/2013-01-02.parquet",
        submittedAt: Date(timeIntervalSince1970: 1_357_021_800), submittedBy: "ada@submit-1")

    /// What the format cannot do without, as `minimal.json` says it; everything else takes its default.
    static let minimal = RunRequest(
        runID: RunID.sample("018f3c1e-7a00-7000-8000-000000000003"),
        pipelineName: "daily_flights", pipelineYAML: "name: daily_flights\n", baseDirectory: "/data/flights",
        concurrencyKey: "daily_flights", submittedAt: Date(timeIntervalSince1970: 1_357_021_800),
        submittedBy: "ada@submit-1")

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func golden(_ name: String) -> URL { repository.appending(path: "Tests/Fixtures/messages/\(name).json") }

    /// The fields of `plain` as members of a JSON object, to change one by one.
    static func json(with changes: [String: String?] = [:]) -> Data {
        var fields: [String: String] = [
            "version": "1", "run_id": "\"018f3c1e-7a00-7000-8000-000000000002\"", "pipeline_name": "\"p\"",
            "pipeline_yaml": "\"name: p\"", "base_directory": "\"/data\"", "concurrency_key": "\"k\"",
            "submitted_at": "\"2013-01-01T06:30:00Z\"", "submitted_by": "\"ada@submit-1\"",
        ]
        for (name, value) in changes { fields[name] = value }
        return Data("{\(fields.map { "\"\($0.key)\": \($0.value)" }.sorted().joined(separator: ",\n"))}".utf8)
    }
}

extension RunID {
    /// For literals in tests.
    static func sample(_ text: String) -> RunID {
        guard let id = RunID(text) else { preconditionFailure("\(text) is no UUID: mend the test") }
        return id
    }
}
