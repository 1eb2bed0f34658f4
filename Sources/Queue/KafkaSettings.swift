/// How to reach Kafka, and under which names.
public struct KafkaSettings: Hashable, Sendable {
    /// `host:port`, several separated by commas.
    public var brokers: String
    public var topics: Topics
    /// Workers with equal group ids share the requests among themselves.
    public var groupID: String
    /// Shown in the broker's logs and quotas.
    public var clientID: String
    /// Passed to librdkafka as they are, TLS and SASL included. May hold passwords: never printed or logged.
    public var properties: [String: String]
    /// How long a message may wait for the broker's acknowledgement before `publish` fails.
    public var deliveryLimit: Duration
    /// How long closing may take: sending what is queued, committing, leaving the group.
    public var closeLimit: Duration

    public init(
        brokers: String, topicPrefix: String = "quicketl", groupID: String? = nil, clientID: String = "quicketl",
        properties: [String: String] = [:], deliveryLimit: Duration = .seconds(30),
        closeLimit: Duration = .seconds(10)
    ) {
        self.brokers = brokers
        topics = Topics(prefix: topicPrefix)
        self.groupID = groupID ?? "\(topicPrefix)-workers"
        self.clientID = clientID
        self.properties = properties
        self.deliveryLimit = deliveryLimit
        self.closeLimit = closeLimit
    }

    /// Properties that the promises of this module rest on, or that have a setting of their own.
    static let reserved: [String: String] = [
        "bootstrap.servers": "set the brokers instead",
        "metadata.broker.list": "set the brokers instead",
        "client.id": "set the client id instead",
        "group.id": "set the group id instead",
        "enable.auto.commit": "offsets are committed only after the store has accepted the requests",
        "enable.auto.offset.store": "offsets are committed only after the store has accepted the requests",
        "enable.idempotence": "the producer must not change the order of requests or write them twice",
        "acks": "a request counts as published only when all in-sync replicas have it",
        "request.required.acks": "a request counts as published only when all in-sync replicas have it",
        "auto.offset.reset": "a new group must see the requests that are there already",
        "delivery.report.only.error": "every acknowledgement is awaited",
        "message.timeout.ms": "set the delivery limit instead",
        "delivery.timeout.ms": "set the delivery limit instead",
    ]

    /// Whether these settings can be used, short of what only librdkafka knows.
    public func check() throws(QueueError) {
        func refuse(_ message: String) -> QueueError {
            QueueError(
                .configuration, codeName: "INVALID_SETTING", operation: "configuration of Kafka", message: message)
        }
        guard !brokers.utf8.isEmpty else { throw refuse("no brokers are set; give them as host:port") }
        guard topics.isValid else {
            throw refuse("the topic prefix must be 1 to 200 letters, digits, dots, underscores or hyphens")
        }
        guard !groupID.utf8.isEmpty else { throw refuse("the group id is empty") }
        for name in properties.keys.sorted() {
            if let reason = Self.reserved[name] { throw refuse("property \(name) cannot be set: \(reason)") }
        }
        guard deliveryLimit >= .milliseconds(1), deliveryLimit <= .seconds(3600) else {
            throw refuse("the delivery limit must be from 1 ms to 1 hour")
        }
        guard closeLimit >= .zero, closeLimit <= .seconds(3600) else {
            throw refuse("the closing limit must be from 0 to 1 hour")
        }
    }
}

extension KafkaSettings: CustomStringConvertible {
    /// Without the values of properties, which may be secret.
    public var description: String {
        let names = properties.keys.sorted().joined(separator: ", ")
        return "brokers \(brokers), prefix \(topics.prefix), group \(groupID), properties [\(names)]"
    }
}

/// How much one hand-over of messages holds.
public struct BatchLimits: Hashable, Sendable {
    public var messages: Int
    /// Of keys and payloads. One message may pass it alone.
    public var bytes: Int

    /// 500 requests are one round trip to the store; 4 MiB keep the worker small while it waits for it.
    public init(messages: Int = 500, bytes: Int = 4_194_304) {
        self.messages = max(1, messages)
        self.bytes = max(1, bytes)
    }
}
