public import Fleet

/// What went wrong between this program and Kafka.
public struct QueueError: Error, Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// No broker answers, or not in time.
        case unreachable
        /// A broker answers, but is busy with itself: no leader, a rebalance, too few replicas.
        case unavailable
        /// More messages wait for the broker than the local queue holds.
        case overloaded
        /// The topic does not exist and is not made by itself.
        case topicMissing = "topic_missing"
        case tooLarge = "too_large"
        /// Log-in refused, or no permission.
        case unauthorized
        /// A setting or property that cannot be used.
        case configuration
        /// The client cannot go on; a new one can.
        case fatal
        /// The sink was closed before the message was acknowledged.
        case closed
        /// A code that no table knows; tried again within limits, and logged so that the table grows.
        case unclassified
    }

    public var kind: Kind
    /// librdkafka's name of the code, such as `_TRANSPORT`.
    public var codeName: String
    /// What was attempted, on what: "publication to quicketl.runs".
    public var operation: String
    /// Never holds the value of a property or of a message.
    public var message: String

    public init(_ kind: Kind, codeName: String, operation: String, message: String) {
        self.kind = kind
        self.codeName = codeName
        self.operation = operation
        self.message = message
    }
}

extension QueueError: TransientError {
    public var isTransient: Bool {
        switch kind {
        case .unreachable, .unavailable, .overloaded, .topicMissing, .fatal, .closed, .unclassified: true
        case .tooLarge, .unauthorized, .configuration: false
        }
    }

    /// Whether a consumer gives up instead of waiting for better times.
    var endsConsuming: Bool {
        switch kind {
        case .unauthorized, .configuration, .fatal, .closed: true
        case .unreachable, .unavailable, .overloaded, .topicMissing, .tooLarge, .unclassified: false
        }
    }
}

extension QueueError: CustomStringConvertible {
    public var description: String { "\(operation) failed: \(message) (\(codeName))\(advice)" }

    private var advice: String {
        switch kind {
        case .unreachable: "; check that the broker runs and can be reached from here"
        case .topicMissing: "; create the topic, or let the broker create topics"
        case .unauthorized: "; check the credentials and what they permit"
        case .tooLarge: "; the broker's message.max.bytes decides"
        case .unavailable, .overloaded, .configuration, .fatal, .closed, .unclassified: ""
        }
    }
}
