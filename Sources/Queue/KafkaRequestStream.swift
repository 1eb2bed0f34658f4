public import Fleet
public import Logging
import ServiceLifecycle

/// The request topics as a stream of batches: a consumer group that commits what has been accepted, and nothing else.
///
/// A message is handed over at least once. Batches hold what was waiting, up to a limit, the highest priority first
/// and each partition in offset order. Problems that may pass (a broker restarts, a topic is missing) are logged and
/// outlasted; what will not pass by itself (no permission, a wrong property, a fatal client error) is thrown.
public struct KafkaRequestStream: RequestStream {
    private let settings: KafkaSettings
    /// The most urgent first.
    private let topics: [String]
    private let limits: BatchLimits
    private let regroupLimit: Duration
    private let logger: Logger
    private let observe: @Sendable (StreamEvent) -> Void

    public init(settings: KafkaSettings, limits: BatchLimits = BatchLimits(), logger: Logger) throws(QueueError) {
        try self.init(settings: settings, limits: limits, logger: logger, regroupLimit: nil, observe: { _ in })
    }

    /// The landings topic, for a group of trigger processes.
    public static func landings(
        settings: KafkaSettings, limits: BatchLimits = BatchLimits(), logger: Logger
    ) throws(QueueError) -> KafkaRequestStream {
        try KafkaRequestStream(
            settings: settings, topics: [settings.topics.landings], limits: limits, logger: logger, regroupLimit: nil,
            observe: { _ in })
    }

    init(
        settings: KafkaSettings, topics: [String]? = nil, limits: BatchLimits, logger: Logger, regroupLimit: Duration?,
        observe: @escaping @Sendable (StreamEvent) -> Void
    ) throws(QueueError) {
        try settings.check()
        self.settings = settings
        self.topics = topics ?? settings.topics.requests
        self.limits = limits
        self.logger = logger
        self.regroupLimit = regroupLimit ?? ConsumerLoop.defaultRegroupLimit
        self.observe = observe
    }

    /// Returns when the task is cancelled or its service group shuts down gracefully, after what was being accepted
    /// is accepted, its offsets are committed and the group has been left: within the closing limit from then on.
    public func consume(_ accept: @escaping @Sendable ([IncomingMessage]) async throws -> Void) async throws {
        let lane = ConsumerLane { [self] mailbox in
            ConsumerLoop(
                settings: settings, topics: topics, limits: limits, regroupLimit: regroupLimit,
                mailbox: mailbox, logger: logger, observe: observe)
        }
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                try await lane.deliver(to: accept)
            } onCancel: {
                lane.stop()
            }
        } onGracefulShutdown: {
            lane.stop()
        }
    }
}

/// A consumer and its thread, as tasks see them.
private final class ConsumerLane: Sendable {
    private let mailbox = Mailbox<ConsumerCommand>()

    init(_ makeLoop: @escaping @Sendable (Mailbox<ConsumerCommand>) -> ConsumerLoop) {
        let mailbox = mailbox
        Lane.start("quicketl.consumer") { makeLoop(mailbox).run() }
    }

    /// From any thread, any number of times.
    func stop() { _ = mailbox.post(.stop) }

    func deliver(to accept: @Sendable ([IncomingMessage]) async throws -> Void) async throws {
        var accepted: [TopicPartition: CommitLedger.Mark] = [:]
        do {
            while let batch = try await next(accepted: accepted) {
                accepted = [:]
                try await accept(batch.messages)
                accepted = batch.marks
            }
        } catch {
            await close(accepted: accepted)
            // Being stopped is not failing.
            if error is CancellationError, Task.isCancelled { return }
            throw error
        }
        await close(accepted: [:])
    }

    /// nil after a stop.
    private func next(accepted: [TopicPartition: CommitLedger.Mark]) async throws(QueueError) -> Batch? {
        let answer = await withCheckedContinuation { reply in
            if !mailbox.post(.next(accepted: accepted, reply)) { reply.resume(returning: .success(nil)) }
        }
        return try answer.get()
    }

    /// Not cut short by cancellation: the thread ends within the closing limit.
    private func close(accepted: [TopicPartition: CommitLedger.Mark]) async {
        await withCheckedContinuation { reply in
            if !mailbox.post(.close(accepted: accepted, reply)) { reply.resume() }
        }
    }
}
