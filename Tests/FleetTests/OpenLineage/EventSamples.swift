import Fleet
import Foundation
import Pipeline

/// Events of runs that have something for every facet.
enum EventSamples {
    static let moment = Date(timeIntervalSince1970: 1_700_000_000.5)

    static let request = RunRequest(
        runID: RunID("0190f3c5-3b1e-7c44-8f00-0123456789ab") ?? .random(), pipelineName: "daily_delays",
        pipelineYAML: """
            name: daily_delays
            description: Delays by "carrier"
            tags: [finance, nightly]
            sources:
              flights: {type: file, path: "raw/date=${DATE}/*.csv"}
              planes: {type: database, connection: "postgresql://r:${secret:PW}@db/shop", query: "SELECT * FROM planes WHERE seen > '${DATE}'"}
            transforms:
              - {op: join, right: planes, on: [tailnum], how: left}
            sink: {type: file, path: out/daily.parquet}
            """,
        variables: ["DATE": "2013-01-01", "REGION": "e\u{301}"], baseDirectory: "/data",
        concurrencyKey: "/data/out/daily.parquet", submittedAt: moment, submittedBy: "a@b",
        sourceCode: SourceCode(
            repository: "git@github.com:o/r.git", path: "etl/daily delays.yml", commit: "9fceb02"))

    static let facts = RunFacts(
        request: request, engine: "duckdb",
        inputs: [
            DatasetUse(
                namespace: "file", name: "/data/raw", sourceName: "flights", rows: 100, bytes: 2000, files: 2,
                columns: [.init(name: "tailnum", type: "text"), .init(name: "delay", type: "int64")]),
            DatasetUse(
                namespace: "postgres://db:5432", name: "shop.(query planes)", sourceName: "planes",
                columns: [.init(name: "tailnum", type: "text")]),
        ],
        outputs: [
            DatasetUse(
                namespace: "file", name: "/data/out/daily.parquet", rows: 10, bytes: 300, files: 1,
                columns: [.init(name: "plane", type: "text"), .init(name: "mean_delay", type: "float64")])
        ],
        checks: [
            CheckReport(
                type: "not_null", subject: "plane", severity: .error, passed: true, failedRows: 0, message: "",
                samples: ["canary"]),
            CheckReport(type: "unique", subject: "plane", severity: .error, passed: true, failedRows: 0, message: ""),
            CheckReport(
                type: "row_count", subject: "", severity: .warn, passed: false, failedRows: 1, message: "too few"),
        ],
        lineage: [
            edge("plane", "flights", "tailnum", .direct, .transformation, masked: true),
            edge("mean_delay", "flights", "delay", .direct, .aggregation),
            edge("mean_delay", "flights", "delay", .indirect, .conditional),
            edge(nil, "flights", "tailnum", .indirect, .join), edge(nil, "planes", "tailnum", .indirect, .join),
        ],
        parent: .init(runID: .derived(fromKey: "backfill"), name: "backfill"), engineVersion: "1.5.5")

    static let failed: RunFacts = {
        var failed = facts
        (failed.outputs, failed.error) = ([], "1 of 2 checks failed: not_null \"plane\"\n\u{1}")
        return failed
    }()

    /// A run of which little is known.
    static let bare = RunFacts(
        request: RunRequest(
            runID: .derived(fromKey: "bare"), pipelineName: "bare", pipelineYAML: "name: [", baseDirectory: "/",
            concurrencyKey: "k", submittedAt: moment, submittedBy: ""))

    static let workflow = WorkflowFacts(
        id: .derived(fromKey: "workflow"), name: "nightly", yaml: "name: nightly\n",
        variables: ["DATE": "2013-01-01"], beganAt: moment, error: "1 of 3 runs failed; load/flights: no",
        parent: .init(runID: .derived(fromKey: "backfill"), name: "nightly"))

    private static func edge(
        _ output: String?, _ source: String, _ column: String, _ kind: ColumnLineageEdge.Kind,
        _ subtype: ColumnLineageEdge.Subtype, masked: Bool = false
    ) -> ColumnLineageEdge {
        ColumnLineageEdge(
            outputColumn: output, inputSource: source, inputColumn: column, kind: kind, subtype: subtype,
            isMasking: masked)
    }

    /// One line of JSON each.
    static var all: [String] {
        let builder = EventBuilder(namespace: "tests")
        return EventKind.allCases.flatMap { kind in
            ([facts, failed, bare].map { .run($0) } + [.workflow(workflow)]).map { (facts: EventFacts) in
                builder.event(kind, at: moment, of: facts).line
            }
        }
    }
}
