public import Pipeline

/// The names of the topics, all of which begin with one prefix.
///
/// One topic per priority, so that a backlog of one never holds back a request of another.
public struct Topics: Hashable, Sendable {
    public var prefix: String

    public init(prefix: String = "quicketl") { self.prefix = prefix }

    public func runs(_ priority: Priority) -> String {
        switch priority {
        case .high: "\(prefix).runs.high"
        case .normal: "\(prefix).runs"
        case .low: "\(prefix).runs.low"
        }
    }

    /// Events saying that data arrived.
    public var landings: String { "\(prefix).landings" }
    /// Messages that could not become a run.
    public var dead: String { "\(prefix).dead" }

    /// What workers consume, the most urgent first.
    public var requests: [String] { [runs(.high), runs(.normal), runs(.low)] }

    public var all: [String] { requests + [landings, dead] }

    /// Kafka allows letters, digits, `.`, `_` and `-`, and 249 characters in all.
    var isValid: Bool {
        (1...200).contains(prefix.utf8.count)
            && prefix.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// One partition of one topic.
struct TopicPartition: Hashable, Sendable, CustomStringConvertible {
    var topic: String
    var partition: Int32

    var description: String { "\(topic)[\(partition)]" }
}
