import Fleet
import Pipeline

/// A settlement as the parameters of the settle statement, from the fourth on.
struct SettlementColumns: Sendable {
    var parameters: [Parameter]
    /// How the attempt ends, if this settlement is applied: what a repeated call finds.
    var ending: String
    /// Whether the outbox gets something, if the run succeeds by it.
    var announces: Bool
    /// Until the run is due again.
    var delay: Duration
    /// The last parameter of the statement.
    var engineVersion: String?

    /// A move that can't be made now is tried again after this time.
    private static let publishingDelay = Duration.seconds(30)

    init(_ settlement: Settlement, _ shared: SharedRows) async throws(StoreError) {
        var failure: Failure?
        var report: AttemptReport?
        var interruption: String?
        var correction: EngineCorrection?
        let outcome: String
        delay = .zero
        switch settlement {
        case .succeeded(let published):
            (outcome, report, ending) = ("succeeded", published, "succeeded")
        case .failed(let reason, let checked):
            (outcome, failure, report, ending) = ("failed", reason, checked, "failed")
            delay = Self.publishingDelay
        case .refused(let reason, let decided):
            (outcome, failure, report, ending) = ("refused", reason, decided, "failed")
        case .retry(let reason, let after):
            (outcome, failure, ending) = ("retry", reason, "failed")
            // Zero would mean that the run keeps its place in the queue.
            delay = max(.milliseconds(1), min(after, .seconds(7 * 24 * 3600)))
        case .moved(let reason, let to):
            (outcome, failure, correction, ending) = ("moved", reason, to, "failed")
        case .interrupted(let reason):
            (outcome, interruption, ending) = ("interrupted", reason, "interrupted")
        case .cancelled:
            (outcome, ending) = ("cancelled", "cancelled")
        }
        let metrics = report?.metrics
        let decision = report?.decision ?? failure?.decision
        let steps = report?.steps ?? []
        let checks = report?.checks ?? []
        let inputs = report?.inputs ?? []
        let outputs = report?.outputs ?? []
        let numbers = try await shared.datasets(inputs + outputs)
        let lineage = try await shared.lineage(report?.lineage ?? [])
        parameters = [
            .text(outcome), .int(delay.wholeMilliseconds),
            .text(failure?.kind.rawValue), .text(failure?.text ?? interruption), .text(failure?.step),
            .text(report?.engine ?? decision?.engine.rawValue), .text(report?.engineReason ?? decision?.reason),
            .int(metrics?.rowsIn), .int(metrics?.rowsOut), .int(metrics?.bytesIn), .int(metrics?.bytesOut),
            .int(metrics?.filesWritten), .int(metrics?.peakMemoryBytes), .double(metrics?.cpuSeconds),
            try metrics.map { (metrics) throws(StoreError) in try .json(metrics.phaseSeconds) } ?? .null,
            .int(lineage),
            .texts(steps.map(\.name)), .texts(steps.map(\.type)), .ints(steps.map(\.rowsIn)),
            .ints(steps.map(\.rowsOut)), .doubles(steps.map(\.seconds)),
            .texts(checks.map(\.type)), .texts(checks.map(\.subject)), .texts(checks.map(\.severity.rawValue)),
            .bools(checks.map(\.passed)), .ints(checks.map(\.failedRows)), .texts(checks.map(\.message)),
        ]
        parameters += [
            .ints(Array(numbers.prefix(inputs.count))), .texts(inputs.map(\.sourceName)), .ints(inputs.map(\.rows)),
            .ints(inputs.map(\.bytes)), .ints(inputs.map(\.files)), .texts(try inputs.map(Self.columns)),
            .ints(Array(numbers.suffix(outputs.count))), .ints(outputs.map(\.rows)), .ints(outputs.map(\.bytes)),
            .ints(outputs.map(\.files)), .texts(try outputs.map(Self.columns)),
            .texts(try checks.map { (check) throws(StoreError) in try StoredJSON.text(check.samples) }),
            .texts(try outputs.map { (use) throws(StoreError) in try StoredJSON.text(AnnouncedDataset(use)) }),
        ]
        parameters += [
            try decision.map { (decision) throws(StoreError) in try .json(decision) } ?? .null,
            .int(decision?.estimatedBytes),
            .texts(
                try Self.observations(settlement).map { (seen) throws(StoreError) in try StoredJSON.text(seen) }),
            try correction.map { (correction) throws(StoreError) in try .json(correction) } ?? .null,
        ]
        announces = !outputs.isEmpty
        engineVersion = report?.engineVersion ?? failure?.engineVersion
    }

    /// What the attempt shows of its engine, if that is worth keeping. The store knows the pipeline's name.
    private static func observations(_ settlement: Settlement) -> [RoutingObservation] {
        switch settlement {
        case .succeeded(let report), .failed(_, let report?):
            [
                report.decision.flatMap {
                    RoutingObservation(pipeline: "", decision: $0, metrics: report.metrics)
                }
            ].compactMap(\.self)
        case .failed(let failure, nil), .retry(let failure, _), .moved(let failure, _):
            [RoutingObservation(pipeline: "", failure: failure)].compactMap(\.self)
        case .refused, .interrupted, .cancelled: []
        }
    }

    private static func columns(_ use: DatasetUse) throws(StoreError) -> String { try StoredJSON.text(use.columns) }
}
