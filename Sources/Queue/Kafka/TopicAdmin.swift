import CRdKafka
public import Logging
import Synchronization

/// Makes the topics where they are missing and the broker allows it.
public struct TopicAdmin: Sendable {
    /// A bound on the parallelism of accepting, not of executing: every worker claims what any of them accepted.
    public static let defaultPartitions = 12

    private let settings: KafkaSettings
    private let logger: Logger
    private static let limit: Duration = .seconds(10)

    public init(settings: KafkaSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Makes all topics, dead letters with one partition, with the broker's default replication.
    ///
    /// What exists already stays as it is. A broker that refuses (no permission, or no such request) is left to make
    /// topics by itself or to have them made by its operator: that is logged and no error. Throws when no broker
    /// answers within some ten seconds; safe to repeat.
    public func createTopicsIfMissing(partitions: Int = defaultPartitions) async throws {
        let plans = settings.topics.all.map { ($0, $0 == settings.topics.dead ? 1 : max(1, partitions)) }
        let bell = QueueBell()
        let isCancelled = Atomic(false)
        let answer = await withTaskCancellationHandler {
            await Lane.run("quicketl.topics") {
                request(plans, bell, isCancelled: { isCancelled.load(ordering: .acquiring) })
            }
        } onCancel: {
            isCancelled.store(true, ordering: .releasing)
            bell.ring()
        }
        try Task.checkCancellation()
        for (topic, error) in try answer.get() {
            switch error {
            case nil: logger.info("kafka: topic made", metadata: ["topic": "\(topic)"])
            case let error?:
                logger.notice("kafka: topic not made", metadata: ["topic": "\(topic)", "error": "\(error)"])
            }
        }
    }

    private typealias Answer = Result<[(topic: String, error: QueueError?)], QueueError>

    /// Blocks up to the limit; rings of the bell end it early when `isCancelled` says so.
    private func request(
        _ plans: [(topic: String, partitions: Int)], _ bell: QueueBell, isCancelled: () -> Bool
    ) -> Answer {
        let operation = "creation of topics"
        let client: OpaquePointer
        let context = ClientContext(logger: logger)
        do {
            let configuration = ClientConfiguration()
            try configuration.apply(settings)
            context.onError = { [weak context] error in context?.logPassing(error) }
            configuration.installCallbacks(context)
            client = try configuration.makeClient(RD_KAFKA_PRODUCER)
        } catch {
            return .failure(error)
        }
        // The callbacks' opaque pointer does not keep it alive.
        defer { withExtendedLifetime(context) { rd_kafka_destroy(client) } }
        guard let queue = rd_kafka_queue_new(client) else {
            return .failure(QueueError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, operation: operation))
        }
        bell.hang(adopting: queue)
        defer { bell.takeDown() }

        let cluster: Cluster
        switch describe(client) {
        case .success(let answer): cluster = answer
        case .failure(let error): return .failure(error)
        }
        let plans = plans.filter { !cluster.topics.contains($0.topic) }
        guard !plans.isEmpty, !isCancelled() else { return .success([]) }
        // librdkafka would wait for a controller until the limit. The mock cluster names one that does not exist.
        guard cluster.hasController else {
            let error = QueueError(RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, operation: operation)
            return .success(plans.map { ($0.topic, error) })
        }

        var topics: [OpaquePointer?] = []
        defer { for topic in topics { rd_kafka_NewTopic_destroy(topic) } }
        for plan in plans {
            var text = [CChar](repeating: 0, count: 256)
            // -1: the broker's default replication.
            guard
                let topic = rd_kafka_NewTopic_new(
                    plan.topic, Int32(clamping: plan.partitions), -1, &text, text.count)
            else {
                return .failure(
                    QueueError(RD_KAFKA_RESP_ERR__INVALID_ARG, operation: operation, detail: text.untilZero))
            }
            topics.append(topic)
        }
        let options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_AdminOptions_set_request_timeout(options, Self.limit.wholeMilliseconds, nil, 0)
        rd_kafka_CreateTopics(client, &topics, topics.count, options, queue)

        let start = ContinuousClock.now
        var event: OpaquePointer?
        // librdkafka answers within the request's limit; a second more is ours.
        while event == nil, !isCancelled(), ContinuousClock.now - start < Self.limit + .seconds(1) {
            event = rd_kafka_queue_poll(queue, 1000)
        }
        guard let event else { return .failure(QueueError(RD_KAFKA_RESP_ERR__TIMED_OUT, operation: operation)) }
        defer { rd_kafka_event_destroy(event) }
        return Self.read(event, plans.map(\.topic), operation)
    }

    private struct Cluster {
        /// Those that we may see.
        var topics: Set<String>
        var hasController: Bool
    }

    private func describe(_ client: OpaquePointer) -> Result<Cluster, QueueError> {
        var metadata: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client, 1, nil, &metadata, Self.limit.wholeMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata else {
            return .failure(QueueError(code, operation: "listing of topics"))
        }
        defer { rd_kafka_metadata_destroy(metadata) }
        let topics = UnsafeBufferPointer(start: metadata.pointee.topics, count: Int(metadata.pointee.topic_cnt))
        let brokers = UnsafeBufferPointer(start: metadata.pointee.brokers, count: Int(metadata.pointee.broker_cnt))
        // Known since this answer came: no wait.
        let controller = rd_kafka_controllerid(client, 0)
        return .success(
            Cluster(
                topics: Set(
                    topics.compactMap { $0.err == RD_KAFKA_RESP_ERR_NO_ERROR ? String(cString: $0.topic) : nil }),
                hasController: brokers.contains { $0.id == controller }))
    }

    private static func read(_ event: OpaquePointer, _ topics: [String], _ operation: String) -> Answer {
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let detail = rd_kafka_event_error_string(event).map { String(cString: $0) }
            let error = QueueError(code, operation: operation, detail: detail)
            switch error.kind {
            case .unauthorized, .configuration: return .success(topics.map { ($0, error) })
            case .unreachable, .unavailable, .overloaded, .topicMissing, .tooLarge, .fatal, .closed, .unclassified:
                return .failure(error)
            }
        }
        var count = 0
        let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        var answer: [(topic: String, error: QueueError?)] = []
        for index in 0..<count {
            guard let result = results?[index] else { continue }
            let code = rd_kafka_topic_result_error(result)
            let topic = rd_kafka_topic_result_name(result).map { String(cString: $0) } ?? ""
            switch code {
            case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: continue
            case RD_KAFKA_RESP_ERR_NO_ERROR: answer.append((topic, nil))
            default: answer.append((topic, QueueError(code, operation: "creation of \(topic)")))
            }
        }
        return .success(answer)
    }
}
