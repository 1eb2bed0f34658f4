import CRdKafka
import Fleet
import Foundation
import Logging

/// What a consumer tells the loop that polls it, always within a call of the loop's own.
protocol ConsumerEvents: AnyObject {
    func assigned(_ partitions: [TopicPartition])
    /// Called before the partitions are given up: what was accepted can still be committed, unless they are lost.
    func revoked(_ partitions: [TopicPartition], areLost: Bool)
    /// The answer to `ConsumerHandle.commit`.
    func committed(_ confirmed: Set<TopicPartition>, _ error: QueueError?)
    func failed(_ error: QueueError)
}

/// One consumer of librdkafka. Belongs to the thread that made it: all calls and all callbacks happen there.
final class ConsumerHandle {
    enum Polled {
        case message(IncomingMessage)
        case problem(QueueError)
        /// The limit has passed, the bell rang, or only callbacks were served.
        case nothing
    }

    private let client: OpaquePointer
    private let context: ClientContext
    private let bell: QueueBell
    private weak var events: (any ConsumerEvents)?
    private var isOpen = true

    init(
        _ settings: KafkaSettings, bell: QueueBell, logger: Logger, events: any ConsumerEvents
    ) throws(QueueError) {
        let configuration = ClientConfiguration()
        try configuration.set("group.id", settings.groupID)
        try configuration.set("enable.auto.commit", "false")
        try configuration.set("enable.auto.offset.store", "false")
        try configuration.set("auto.offset.reset", "earliest")
        // Not the cooperative one: docs/decisions/0007.
        try configuration.set("partition.assignment.strategy", "roundrobin")
        // A topic that is made later is noticed within seconds, not five minutes.
        try configuration.set("allow.auto.create.topics", "true")
        try configuration.set("topic.metadata.refresh.interval.ms", "15000")
        // Heartbeats have a thread of their own; ten seconds of silence mean that the process is gone.
        try configuration.set("session.timeout.ms", "10000")
        // Prefetch: at most 16 MiB, so that a worker with a long backlog before it stays small.
        try configuration.set("queued.max.messages.kbytes", "16384")
        try configuration.apply(settings)
        context = ClientContext(logger: logger)
        configuration.installCallbacks(context)
        configuration.installConsumerCallbacks()
        client = try configuration.makeClient(RD_KAFKA_CONSUMER)
        self.bell = bell
        self.events = events
        // One queue for messages and callbacks, so that one poll serves both.
        rd_kafka_poll_set_consumer(client)
        bell.hang(adopting: rd_kafka_queue_get_consumer(client))
        context.onError = { [weak self] error in self?.events?.failed(error) }
        context.onRebalance = { [weak self] code, partitions in self?.rebalance(code, partitions) }
        context.onCommit = { [weak self] code, offsets in self?.commitEnded(code, offsets) }
    }

    deinit { precondition(!isOpen, "a consumer must be closed on its own thread before it goes out of scope") }

    func subscribe(to topics: [String]) throws(QueueError) {
        let code = PartitionList(topics: topics).withList { rd_kafka_subscribe(client, $0) }
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw QueueError(code, operation: "subscription to \(topics)") }
    }

    /// Serves callbacks, and waits up to `limit` for a message or the bell.
    func poll(_ limit: Duration) -> Polled {
        guard let message = rd_kafka_consumer_poll(client, limit.wholeMilliseconds) else { return .nothing }
        defer { rd_kafka_message_destroy(message) }
        let code = message.pointee.err
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let topic = message.pointee.rkt.flatMap { rd_kafka_topic_name($0) }.map { " of \(String(cString: $0))" }
            let detail =
                message.pointee.payload == nil ? nil : rd_kafka_message_errstr(message).map { String(cString: $0) }
            return .problem(QueueError(code, operation: "consumption\(topic ?? "")", detail: detail))
        }
        return .message(Self.copy(message))
    }

    private static func copy(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> IncomingMessage {
        let content = message.pointee
        var headers: [(name: String, value: Data)] = []
        var list: OpaquePointer?
        if rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list {
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var length = 0
            var index = 0
            while rd_kafka_header_get_all(list, index, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR {
                if let name {
                    headers.append((String(cString: name), value.map { Data(bytes: $0, count: length) } ?? Data()))
                }
                index += 1
            }
        }
        return IncomingMessage(
            topic: rd_kafka_topic_name(content.rkt).map { String(cString: $0) } ?? "", partition: content.partition,
            offset: content.offset, key: content.key.map { Data(bytes: $0, count: content.key_len) }, headers: headers,
            payload: content.payload.map { Data(bytes: $0, count: content.len) } ?? Data())
    }

    // MARK: Offsets

    /// Sends a commit; the answer comes as an event of a later poll. An error: nothing was sent, no answer will come.
    func commit(_ positions: [TopicPartition: Int64]) -> QueueError? {
        let code = PartitionList(positions: positions).withList { rd_kafka_commit(client, $0, 1) }
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : QueueError(code, operation: "commit of offsets")
    }

    /// Commits and waits for the answer up to `limit`. Serves no other callbacks meanwhile.
    func commitAndWait(_ positions: [TopicPartition: Int64], _ limit: Duration) -> QueueError? {
        let operation = "commit of offsets"
        guard let queue = rd_kafka_queue_new(client) else {
            return QueueError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, operation: operation)
        }
        // A late answer is dropped together with the queue.
        defer { rd_kafka_queue_destroy(queue) }
        let code = PartitionList(positions: positions).withList { rd_kafka_commit_queue(client, $0, queue, nil, nil) }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return QueueError(code, operation: operation) }
        guard let event = rd_kafka_queue_poll(queue, limit.wholeMilliseconds) else {
            return QueueError(RD_KAFKA_RESP_ERR__TIMED_OUT, operation: operation)
        }
        defer { rd_kafka_event_destroy(event) }
        let result = rd_kafka_event_error(event)
        return result == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : QueueError(result, operation: operation)
    }

    private func commitEnded(
        _ code: rd_kafka_resp_err_t, _ offsets: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        let elements = PartitionList.elements(borrowing: offsets)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            events?.committed([], QueueError(code, operation: "commit of offsets"))
            return
        }
        let refused = elements.first { $0.error != RD_KAFKA_RESP_ERR_NO_ERROR }
        events?.committed(
            Set(elements.filter { $0.error == RD_KAFKA_RESP_ERR_NO_ERROR }.map(\.partition)),
            refused.map { QueueError($0.error, operation: "commit of the offset of \($0.partition)") })
    }

    // MARK: Assignment

    func pause(_ partitions: some Collection<TopicPartition>) {
        guard !partitions.isEmpty else { return }
        report(
            PartitionList(partitions).withList { rd_kafka_pause_partitions(client, $0) },
            operation: "pause of partitions")
    }

    /// Only for partitions that are paused: resuming others sets librdkafka 2.0's position back.
    func resume(_ partitions: some Collection<TopicPartition>) {
        guard !partitions.isEmpty else { return }
        report(
            PartitionList(partitions).withList { rd_kafka_resume_partitions(client, $0) },
            operation: "resumption of partitions")
    }

    private func report(_ code: rd_kafka_resp_err_t, operation: String) {
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { events?.failed(QueueError(code, operation: operation)) }
    }

    /// librdkafka waits until the assignment is changed; the list is its own and names the whole assignment.
    private func rebalance(
        _ code: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        let partitions = PartitionList.elements(borrowing: list).map(\.partition)
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            report(rd_kafka_assign(client, list), operation: "assignment of partitions")
            events?.assigned(partitions)
            return
        }
        let isRevocation = code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS
        events?.revoked(partitions, areLost: !isRevocation || rd_kafka_assignment_lost(client) != 0)
        report(rd_kafka_assign(client, nil), operation: "revocation of partitions")
        if !isRevocation { events?.failed(QueueError(code, operation: "rebalance")) }
    }

    // MARK: Closing

    /// Leaves the group and frees the client. Partitions are revoked on the way, with an event, so that a last
    /// commit is possible. A broker that does not answer costs at most about `limit`.
    func close(_ limit: Duration) {
        isOpen = false
        let start = ContinuousClock.now
        var isClosed = false
        if let queue = rd_kafka_queue_new(client) {
            // Callbacks go to this queue from here on.
            if let error = rd_kafka_consumer_close_queue(client, queue) {
                events?.failed(QueueError(adopting: error, operation: "closing of the consumer"))
            } else {
                isClosed = rd_kafka_consumer_closed(client) != 0
                while !isClosed, ContinuousClock.now - start < limit {
                    if let message = rd_kafka_consume_queue(queue, 100) { rd_kafka_message_destroy(message) }
                    isClosed = rd_kafka_consumer_closed(client) != 0
                }
            }
            rd_kafka_queue_destroy(queue)
        }
        bell.takeDown()
        if isClosed {
            rd_kafka_destroy(client)
        } else {
            // The group finds out by itself, after the session timeout.
            rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        }
    }
}
