import Fleet
import Foundation
import Pipeline

@testable import Store

extension RunRequest {
    /// A request that means nothing; each its own key unless one is given.
    static func sample(
        _ runID: RunID = .random(), key: String? = nil, priority: Priority = .normal, retries: Int = 2,
        yaml: String = "name: sample\n", variables: [String: String] = ["DATE": "2013-01-01"]
    ) -> RunRequest {
        RunRequest(
            runID: runID, pipelineName: "sample", pipelineYAML: yaml, variables: variables, baseDirectory: "/data",
            priority: priority, concurrencyKey: key ?? "/out/\(runID)", retries: retries,
            submittedAt: Date(timeIntervalSince1970: 1_700_000_000), submittedBy: "tester@here")
    }
}

extension WorkflowRequest {
    /// Stages of so many runs each, every run with a key of its own.
    static func sample(
        _ sizes: [Int], id: RunID = .random(), parallel: Set<Int> = [], yaml: String = "name: sample\n"
    ) -> WorkflowRequest {
        var plan = WorkflowPlan(stages: [], steps: [])
        for (stage, size) in sizes.enumerated() {
            plan.stages.append(WorkflowPlan.Stage(name: "stage\(stage)", isParallel: parallel.contains(stage)))
            for step in 0..<size { plan.steps.append(WorkflowPlan.Step(stage: stage, name: "step\(step)")) }
        }
        return WorkflowRequest(
            workflowID: id, name: "nightly", yaml: "name: nightly\n", plan: plan,
            work: plan.steps.indices.map { .run(.sample(plan.runID(ofStep: $0, workflow: id), yaml: yaml)) },
            submittedAt: Date(timeIntervalSince1970: 1_700_000_000), submittedBy: "tester@here")
    }
}

extension AttemptReport {
    /// Something in every field.
    static func sample(_ lease: Lease, message: String = "") -> AttemptReport {
        AttemptReport(
            engine: "duckdb", engineReason: "small",
            manifest: Manifest(
                move: .replaceFile,
                entries: [.init(staged: "/out/.s/a", target: "/out/a", inode: .max, bytes: 10, rows: 2)],
                stagingDirectory: "/out/.s", lease: lease),
            metrics: AttemptMetrics(
                rowsIn: 5, rowsOut: 2, bytesIn: 100, bytesOut: 10, filesWritten: 1, peakMemoryBytes: 1 << 20,
                cpuSeconds: 0.25, phaseSeconds: ["execute": 0.125, "write": 0.1]),
            steps: [
                StepReport(name: "read_source", type: "csv", rowsOut: 5),
                StepReport(name: "transform_0_filter", type: "filter", rowsIn: 5, rowsOut: 2, seconds: 0.1),
            ],
            checks: [
                CheckReport(
                    type: "not_null", subject: "a, \"b\\", severity: .error, passed: true, failedRows: 0,
                    message: message, samples: ["1", "ü \"x\" \\"])
            ],
            inputs: [
                DatasetUse(
                    namespace: "file", name: "/in/a.csv", sourceName: "source", rows: 5, bytes: 100, files: 1,
                    columns: [.init(name: "a", type: "int64"), .init(name: "b", type: "text")])
            ],
            outputs: [
                DatasetUse(
                    namespace: "file", name: "/out/a", rows: 2, bytes: 10, files: 1,
                    columns: [.init(name: "a", type: "int64")])
            ],
            lineage: [
                ColumnLineageEdge(
                    outputColumn: "a", inputSource: "source", inputColumn: "a", kind: .direct, subtype: .identity),
                ColumnLineageEdge(
                    outputColumn: nil, inputSource: "source", inputColumn: "b", kind: .indirect, subtype: .filter),
            ], engineVersion: "1.5.5")
    }
}

extension PostgresRunStore {
    /// A registered worker; `locked: false` for one that nobody holds the lock of.
    func worker(locked: Bool = true) async throws -> WorkerID {
        let registration = WorkerRegistration(
            id: WorkerID(), host: "here", processID: 1, slots: 4, version: "test")
        if locked {
            try await register(registration)
        } else {
            let call = WorkerStatements.register(
                .uuid(registration.id.rawValue), .text("here"), .int(1), .int(4), .text("test"))
            _ = try await pool.use("test") { (on) throws(StoreError) in try on.execute(call) }
        }
        return registration.id
    }

    func accepted(_ requests: RunRequest...) async throws { _ = try await accept(requests) }

    /// The only run that is due.
    func claimOne(_ worker: WorkerID) async throws -> ClaimedRun? { try await claim(worker, limit: 1).first }
}
