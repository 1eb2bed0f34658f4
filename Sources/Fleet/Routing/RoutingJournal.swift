import Synchronization

/// Where observations of past runs are kept. Read now and then, never while a run waits.
public protocol RoutingHistory: Sendable {
    /// The latest first, none twice: `overall` of all, and `each` of every pipeline and shape that is named.
    func routingObservations(overall: Int, pipelines: [String], shapes: [String], each: Int) async throws
        -> [RoutingObservation]
}

/// What a process knows of past runs at the moment: what it read of the history last, and what it saw itself since.
public final class RoutingJournal: Sendable {
    private struct State {
        var experience = RoutingExperience()
        /// Of late decisions, the latest last: history is read for them.
        var pipelines: [String] = []
        var shapes: [String] = []
    }

    /// History is read for so many pipelines and shapes.
    static let interests = 200

    private let state = Mutex(State())

    public init() {}

    /// What is known of the engines for such a run.
    public func look(
        pipeline: String, workload: Workload, memoryBytes: Int64
    ) -> (fit: PerEngine<EngineFit>?, failedGigabytes: Double?) {
        state.withLock { state in
            Self.remember(pipeline, in: &state.pipelines)
            Self.remember(workload.shape, in: &state.shapes)
            let fit = PerEngine(
                duckdb: state.experience.fit(.duckdb, pipeline: pipeline, workload: workload),
                spark: state.experience.fit(.spark, pipeline: pipeline, workload: workload))
            return (
                fit.duckdb == nil && fit.spark == nil ? nil : fit,
                state.experience.failedGigabytes(pipeline: pipeline, memoryBytes: memoryBytes)
            )
        }
    }

    public func note(_ observation: RoutingObservation) { state.withLock { $0.experience.note(observation) } }

    /// Reads the history anew. When that fails, what was known stays.
    public func refresh(from history: any RoutingHistory) async throws {
        let (pipelines, shapes) = state.withLock { ($0.pipelines, $0.shapes) }
        let seen = try await history.routingObservations(
            overall: RoutingExperience.overall, pipelines: pipelines, shapes: shapes,
            each: RoutingExperience.perPipeline)
        let experience = RoutingExperience(seen)
        state.withLock { $0.experience = experience }
    }

    private static func remember(_ name: String, in list: inout [String]) {
        if let last = list.last, last.utf8.elementsEqual(name.utf8) { return }
        list.removeAll { $0.utf8.elementsEqual(name.utf8) }
        list.append(name)
        if list.count > interests { list.removeFirst() }
    }
}
