public import Foundation

/// What a message of the landings topic says.
public struct LandingMessage: Sendable {
    public var landings: [Landing] = []
    /// Events of known forms that tell of something else than an arrival: a removal, a test of the notification.
    public var ignored = 0
    /// What is wrong with single events of a batch, each with its place in the message; never a value.
    public var problems: [String] = []

    public init() {}
}

/// Why a message tells of no landing that this program can read.
public struct LandingDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: RequestDecodingError.Reason
    /// Never holds a value.
    public var detail: String

    public init(_ reason: RequestDecodingError.Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }

    public var description: String { "the message is no landing that can be read: \(detail)" }
}

extension LandingMessage {
    /// Reads a payload in any of the known forms (`docs/triggers.md`). Any bytes give a message or an error.
    ///
    /// `headers`: of the Kafka message, for forms that keep their attributes there.
    public static func decode(
        _ payload: Data, headers: [(name: String, value: Data)] = []
    ) throws(LandingDecodingError) -> LandingMessage {
        guard payload.count <= LandingLimits.messageBytes else {
            throw LandingDecodingError(
                .tooLarge, "the message has \(payload.count) bytes; the limit is \(LandingLimits.messageBytes)")
        }
        let value: JSONValue
        do {
            value = try JSONReader.read(Array(payload), nestingLimit: RequestLimits.nesting)
        } catch {
            throw LandingDecodingError(.undecodable, "not JSON at byte \(error.byte): \(error.message)")
        }
        let attributes = EventAttributes(headers)
        var reading = LandingReading()
        if case .array(let events) = value {
            guard events.count <= LandingLimits.landings else {
                throw LandingDecodingError(
                    .tooLarge, "the message has \(events.count) events; the limit is \(LandingLimits.landings)")
            }
            for (index, event) in events.enumerated() {
                reading.path = "[\(index)]"
                try reading.event(event, EventAttributes([]))
            }
        } else {
            try reading.event(value, attributes)
        }
        // Where nothing could be read the message is one problem, not a batch with some.
        if reading.message.landings.isEmpty, reading.message.ignored == 0, !reading.message.problems.isEmpty {
            throw LandingDecodingError(.undecodable, RunRequest.summary(of: reading.message.problems))
        }
        return reading.message
    }
}

/// Attributes that stand beside a payload, in headers or in an envelope.
struct EventAttributes {
    private var values: [(name: String, text: String)] = []

    init(_ headers: [(name: String, value: Data)]) {
        for header in headers {
            // What is not UTF-8 belongs to somebody else.
            if let text = String(validating: header.value, as: UTF8.self) { values.append((header.name, text)) }
        }
    }

    init(_ object: JSONValue?) {
        guard case .object(let members)? = object else { return }
        for member in members { if let text = member.value.text { values.append((member.name, text)) } }
    }

    subscript(_ name: String) -> String? { values.first { $0.name.utf8.elementsEqual(name.utf8) }?.text }
}
