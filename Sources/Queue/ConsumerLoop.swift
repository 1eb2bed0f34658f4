import Fleet
import Logging

/// What a stream goes through, for tests and for metrics. Reported on the lane's thread.
enum StreamEvent: Sendable, Equatable {
    case assigned(Set<TopicPartition>)
    case revoked(Set<TopicPartition>, areLost: Bool)
    case committed(Set<TopicPartition>)
    case paused
    case resumed
    /// A new consumer takes the place of one that could not find back into its group.
    case replaced
    case problem(QueueError)
}

/// Commands to a consumer's thread. Each reply is answered exactly once.
enum ConsumerCommand: Sendable {
    typealias BatchReply = CheckedContinuation<Result<Batch?, QueueError>, Never>

    /// The previous batch was accepted (its marks), and there is room for the next.
    case next(accepted: [TopicPartition: CommitLedger.Mark], BatchReply)
    /// No more batches; what is being accepted may still be acknowledged.
    case stop
    case close(accepted: [TopicPartition: CommitLedger.Mark], CheckedContinuation<Void, Never>)
}

/// The life of one consumer, on a thread of its own.
///
/// It takes messages only when a batch is asked for: what comes meanwhile waits in librdkafka's bounded queue. When
/// accepting takes longer than `patience`, it pauses its partitions and polls on without receiving, so that it stays
/// in its group however long the store takes.
final class ConsumerLoop: ConsumerEvents {
    /// Long enough that ordinary accepts never pause (that throws the prefetched messages away), far shorter than
    /// `max.poll.interval.ms`. A rebalance may be held up this long.
    private static let patience: Duration = .milliseconds(500)
    /// Behind every blocking poll, although the bell ends it: pending commits are tried again this often.
    private static let pollLimit: Duration = .seconds(1)

    /// How long a consumer may be outside its group before a new one takes its place. librdkafka 2.0 never finds a
    /// group coordinator again that came back at another address under its old broker id. Longer than a rebalance
    /// that waits for a member which does not answer.
    static let defaultRegroupLimit: Duration = .seconds(120)

    private struct Received {
        var message: IncomingMessage
        var partition: TopicPartition
        var epoch: CommitLedger.Epoch
    }

    private let settings: KafkaSettings
    private let topics: [String]
    private let limits: BatchLimits
    private let regroupLimit: Duration
    private let mailbox: Mailbox<ConsumerCommand>
    private let context: ClientContext
    private let observe: @Sendable (StreamEvent) -> Void

    private var consumer: ConsumerHandle?
    private var ledger = CommitLedger()
    /// Whoever waits for the next batch. nil: the last one is being accepted.
    private var waiting: ConsumerCommand.BatchReply?
    private var acceptingSince = ContinuousClock.now
    /// Came although the partitions were being paused; first in the next batch.
    private var held: [Received] = []
    private var paused: Set<TopicPartition>?
    /// Since when the consumer is outside its group; nil while it is a member, even one without partitions.
    private var outsideSince: ContinuousClock.Instant?
    private var isStopped = false
    /// Final: every batch asked for is answered with it.
    private var failure: QueueError?

    init(
        settings: KafkaSettings, topics: [String], limits: BatchLimits = BatchLimits(),
        regroupLimit: Duration = defaultRegroupLimit, mailbox: Mailbox<ConsumerCommand>, logger: Logger,
        observe: @escaping @Sendable (StreamEvent) -> Void
    ) {
        self.settings = settings
        self.topics = topics
        self.limits = limits
        self.regroupLimit = regroupLimit
        self.mailbox = mailbox
        context = ClientContext(logger: logger)
        self.observe = observe
    }

    /// Returns when a close has been carried out.
    func run() {
        open()
        var closers: [CheckedContinuation<Void, Never>] = []
        while closers.isEmpty {
            for command in mailbox.take() { carryOut(command, &closers) }
            guard closers.isEmpty else { break }
            if let outsideSince, failure == nil, ContinuousClock.now - outsideSince > regroupLimit { replace() }
            if waiting != nil, failure != nil || isStopped { answer() }
            if failure != nil {
                mailbox.wait()
            } else if waiting != nil {
                gather()
            } else {
                attend()
            }
        }
        consumer?.close(settings.closeLimit)
        consumer = nil
        for command in mailbox.close() { carryOut(command, &closers) }
        if waiting != nil { answer() }
        for closer in closers { closer.resume() }
    }

    private func open() {
        outsideSince = .now
        do {
            let consumer = try ConsumerHandle(settings, bell: mailbox.bell, logger: context.logger, events: self)
            self.consumer = consumer
            try consumer.subscribe(to: topics)
        } catch {
            failure = error
        }
    }

    /// Starts over with a new consumer. What the old one received and nobody accepted will be received again.
    private func replace() {
        context.logger.warning("kafka: the consumer is replaced: it did not find back into its group")
        consumer?.close(.seconds(1))
        _ = ledger.revoke(Array(ledger.partitions))
        ledger.endCommit(confirmed: [])
        held = []
        if paused != nil { paused = [] }
        open()
        observe(.replaced)
    }

    private func carryOut(_ command: ConsumerCommand, _ closers: inout [CheckedContinuation<Void, Never>]) {
        switch command {
        case .next(let accepted, let reply):
            accept(accepted)
            waiting = reply
        case .stop:
            isStopped = true
        case .close(let accepted, let reply):
            accept(accepted)
            closers.append(reply)
        }
    }

    /// Ends the stream for whoever waits: with an error, or with nothing more.
    private func answer() {
        waiting?.resume(returning: failure.map { .failure($0) } ?? .success(nil))
        waiting = nil
        acceptingSince = .now
    }

    // MARK: Messages

    /// Waits for messages and hands over what is there: the first one is waited for, the others are not.
    private func gather() {
        if let paused {
            consumer?.resume(paused.intersection(ledger.partitions))
            self.paused = nil
            observe(.resumed)
        }
        var received = held
        held = []
        var bytes = received.reduce(0) { $0 + $1.message.size }
        receiving: while received.count < limits.messages, bytes < limits.bytes, failure == nil {
            switch consumer?.poll(received.isEmpty ? Self.pollLimit : .zero) {
            case .message(let message):
                guard let one = marked(message) else { continue }
                received.append(one)
                bytes += message.size
            case .problem(let error): failed(error)
            case .nothing, nil: break receiving
            }
            if received.isEmpty { break }
        }
        // Callbacks of the polls above may have taken partitions away.
        received.removeAll { ledger.epoch(of: $0.partition) != $0.epoch }
        guard !received.isEmpty else {
            commit()
            return
        }
        hand(over: received)
    }

    private func hand(over received: [Received]) {
        var marks: [TopicPartition: CommitLedger.Mark] = [:]
        for one in received {
            marks[one.partition] = CommitLedger.Mark(epoch: one.epoch, position: one.message.offset + 1)
        }
        // The most urgent topic first; the sort is stable, so each partition keeps its order.
        let rank = Dictionary(uniqueKeysWithValues: topics.enumerated().map { ($1, $0) })
        let messages = received.map(\.message).sorted { rank[$0.topic, default: .max] < rank[$1.topic, default: .max] }
        waiting?.resume(returning: .success(Batch(messages: messages, marks: marks)))
        waiting = nil
        acceptingSince = .now
    }

    private func marked(_ message: IncomingMessage) -> Received? {
        let partition = TopicPartition(topic: message.topic, partition: message.partition)
        // Without an assignment it is a leftover of one that has ended; whoever has the partition now gets it.
        return ledger.epoch(of: partition).map { Received(message: message, partition: partition, epoch: $0) }
    }

    /// While a batch is being accepted: nothing at first, then polls with all partitions paused.
    private func attend() {
        guard paused != nil else {
            let left = Self.patience - (ContinuousClock.now - acceptingSince)
            guard left <= .zero else {
                mailbox.wait(left)
                return
            }
            let partitions = ledger.partitions
            consumer?.pause(partitions)
            paused = partitions
            observe(.paused)
            return
        }
        switch consumer?.poll(Self.pollLimit) {
        case .message(let message): if let one = marked(message) { held.append(one) }
        case .problem(let error): failed(error)
        case .nothing, nil: commit()
        }
    }

    // MARK: Offsets

    private func accept(_ marks: [TopicPartition: CommitLedger.Mark]) {
        ledger.accept(marks)
        commit()
    }

    private func commit() {
        guard let consumer, let positions = ledger.beginCommit() else { return }
        if let error = consumer.commit(positions) {
            ledger.endCommit(confirmed: [])
            failed(error)
        }
    }

    func committed(_ confirmed: Set<TopicPartition>, _ error: QueueError?) {
        ledger.endCommit(confirmed: confirmed)
        if let error { failed(error) }
        if !confirmed.isEmpty { observe(.committed(confirmed)) }
        // What was accepted meanwhile. After an error the next accept or the next idle poll tries again.
        if error == nil { commit() }
    }

    // MARK: Assignment

    func assigned(_ partitions: [TopicPartition]) {
        outsideSince = nil
        ledger.assign(partitions)
        if paused != nil {
            consumer?.pause(partitions)
            paused?.formUnion(partitions)
        }
        context.logger.info("kafka: partitions assigned", metadata: ["partitions": "\(partitions)"])
        observe(.assigned(Set(partitions)))
    }

    func revoked(_ partitions: [TopicPartition], areLost: Bool) {
        if areLost { outsideSince = .now }
        let pending = ledger.revoke(partitions)
        if let paused {
            // librdkafka keeps a partition paused that is revoked and assigned again: nobody would resume it then.
            consumer?.resume(paused.intersection(partitions))
            self.paused = paused.subtracting(partitions)
        }
        // Lost ones belong to others already, who will get again what we accepted: harmless, a commit would not be.
        if !areLost, !pending.isEmpty, let consumer {
            if let error = consumer.commitAndWait(pending, .seconds(5)) {
                failed(error)
            } else {
                observe(.committed(Set(pending.keys)))
            }
        }
        context.logger.info(
            "kafka: partitions revoked", metadata: ["partitions": "\(partitions)", "lost": "\(areLost)"])
        observe(.revoked(Set(partitions), areLost: areLost))
    }

    func failed(_ error: QueueError) {
        observe(.problem(error))
        if error.endsConsuming {
            if failure == nil { failure = error }
        } else {
            context.logPassing(error)
        }
    }
}

extension IncomingMessage {
    fileprivate var size: Int { payload.count + (key?.count ?? 0) }
}
