import Engines
import Fleet
import Foundation
import Pipeline

/// One run on this machine that belongs to no fleet: from a pipeline to a result in place.
struct LocalRun: Sendable {
    var pipeline: PipelineSpec
    /// As the user named it.
    var file: String?
    var isDryRun = false
    var failOnChecks = true
    let runID = RunID.random()

    /// Never throws: what went wrong is part of the result, a cancellation included.
    func execute(
        on engines: LocalEngines, progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async -> RunResult {
        let started = Date()
        var pipeline = pipeline
        if let choice = engines.choice { pipeline.engine = choice }
        let attempt = LocalAttempt.make(
            of: pipeline, runID: runID, publishesFailedChecks: !failOnChecks, isDryRun: isDryRun, acceptedAt: started,
            file: file)
        var result = RunResult(pipeline: pipeline, runID: runID, startedAt: started)
        do {
            let report = try await execute(attempt, engines, progress)
            result.record(report, isDryRun: isDryRun)
            if failOnChecks, !report.failedChecks.isEmpty { throw Self.checksFailed(report) }
        } catch {
            result.fail(error)
        }
        result.finishedAt = Date()
        return result
    }

    private func execute(
        _ attempt: Attempt, _ engines: LocalEngines, _ progress: @escaping @Sendable (AttemptProgress) -> Void
    ) async throws -> AttemptReport {
        let publisher = engines.publisher
        var report = try await engines.execute(attempt, progress: progress)
        guard let manifest = report.manifest else { return report }
        guard report.failedChecks.isEmpty || !failOnChecks else {
            await publisher.discard(manifest)
            return report
        }
        let moving = ContinuousClock.now
        do {
            try await publisher.move(manifest)
        } catch {
            // Of a table there is nothing half done, and nobody who would go on.
            if manifest.move == .loadTable { await publisher.discard(manifest) }
            throw error
        }
        report.metrics.phaseSeconds["publish"] = (ContinuousClock.now - moving) / .seconds(1)
        return report
    }

    private static func checksFailed(_ report: AttemptReport) -> Failure {
        let checks = report.failedChecks.map { "\($0.type) \($0.subject): \($0.message)" }
        return Failure(.checksFailed, checks.joined(separator: "; "), step: "quality_checks")
    }
}

/// An attempt that belongs to no fleet.
enum LocalAttempt {
    static func make(
        of spec: PipelineSpec, runID: RunID = .random(), publishesFailedChecks: Bool = false, isDryRun: Bool = false,
        acceptedAt: Date = Date(), file: String? = nil
    ) -> Attempt {
        Attempt(
            lease: Lease(runID: runID, attempt: 1, token: LeaseToken(sequence: 1, nonce: UUID())), pipeline: spec,
            baseDirectory: FileManager.default.currentDirectoryPath, acceptedAt: acceptedAt,
            publishesFailedChecks: publishesFailedChecks, isDryRun: isDryRun, file: file)
    }
}
