public import Foundation

/// Something that happened within an attempt, as it is kept with the run: how far it is, what its engine has to say.
public struct AttemptMessage: Hashable, Sendable, Codable {
    public enum Level: String, Sendable, Codable, CaseIterable {
        /// How far it is. Kept of attempts that last, or fail: of others their phases' times tell it all.
        case progress
        case info
        case warning
    }

    /// From 1, within the attempt.
    public var ordinal: Int
    /// By the worker's clock.
    public var at: Date
    public var level: Level
    /// One line, without control characters, a row's values or secrets.
    public var text: String

    /// Bytes of a text; what is longer is cut.
    public static let textLimit = 500

    public init(ordinal: Int, at: Date, level: Level, text: String) {
        self.ordinal = ordinal
        self.at = at
        self.level = level
        self.text = Self.line(text)
    }

    private static func line(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            // Room for the sign that something is missing.
            guard bytes <= textLimit - 3 else {
                line.append("…")
                break
            }
            let isControl = scalar.properties.generalCategory == .control
            line.append(isControl ? " " : scalar)
        }
        return String(line)
    }
}

/// Messages of one attempt on their way to the store.
public struct SaidMessages: Sendable {
    public var lease: Lease
    public var messages: [AttemptMessage]

    public init(lease: Lease, messages: [AttemptMessage]) {
        self.lease = lease
        self.messages = messages
    }
}

/// What an attempt has said so far: bounded in number, each numbered once, so that sending them again changes nothing.
struct MessageLog: Sendable {
    /// Of one attempt. The last one says that more was left out.
    static let limit = 200

    private(set) var unsent: [AttemptMessage] = []
    private var count = 0
    private var phase: String?
    private var tenth = 0

    /// Whether something is unsent that is worth a statement of its own.
    var hasWords: Bool { unsent.contains { $0.level != .progress } }

    /// A new phase, another tenth of one, and whatever the engine says.
    mutating func note(_ progress: AttemptProgress, at moment: Date) {
        let part = progress.fraction.map { Int(max(0, min($0, 1)) * 10) } ?? 0
        if phase.map({ !$0.unicodeScalars.elementsEqual(progress.phase.unicodeScalars) }) ?? true {
            (phase, tenth) = (progress.phase, part)
            add(.progress, progress.phase, at: moment)
        } else if part > tenth {
            tenth = part
            add(.progress, "\(progress.phase) \(part * 10) %", at: moment)
        }
        if let said = progress.said { add(said.level, said.text, at: moment) }
    }

    private mutating func add(_ level: AttemptMessage.Level, _ text: String, at moment: Date) {
        guard count < Self.limit else { return }
        count += 1
        unsent.append(
            count < Self.limit
                ? AttemptMessage(ordinal: count, at: moment, level: level, text: text)
                : AttemptMessage(ordinal: count, at: moment, level: .warning, text: "further messages are left out"))
    }

    /// Those up to this one have arrived.
    mutating func sent(upTo ordinal: Int) { unsent.removeAll { $0.ordinal <= ordinal } }
}
