import Fleet
public import Foundation

/// What happened to a run, in the order of its happening, as far as it is on record.
public struct RunTimeline: Sendable {
    public struct Entry: Sendable, Hashable, Codable {
        public enum Kind: String, Sendable, Codable {
            case run, attempt, phase, check
            /// What the engine said.
            case message
        }

        public var at: Date
        public var kind: Kind
        public var attempt: Int?
        public var text: String

        public init(at: Date, kind: Kind, attempt: Int? = nil, text: String) {
            self.at = at
            self.kind = kind
            self.attempt = attempt
            self.text = text
        }
    }

    /// The phases of an attempt, in their order.
    private static let phases = ["describe", "execute", "check", "write", "publish"]

    public private(set) var entries: [Entry] = []

    public init(_ run: RunDetail) {
        note(run.summary.submittedAt, "submitted by \(run.submittedBy)")
        if let accepted = run.acceptedAt { note(accepted, "accepted") }
        for attempt in run.attempts { add(attempt, of: run) }
        if let asked = run.cancelRequestedAt { note(asked, "cancel asked for") }
        if let due = run.dueAt, run.summary.state == .waiting { note(due, "due for the next attempt") }
        if let finished = run.summary.finishedAt {
            // Both ends are of one transaction, each with its own moment.
            let last = run.attempts.compactMap(\.finishedAt).max() ?? finished
            note(
                max(finished, last), run.summary.state.rawValue + (run.summary.error.map { ": \($0)" } ?? ""))
        }
        // Clocks differ, and what belongs together has the same time: the order of noting decides then.
        let numbered = entries.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
        entries = numbered.map(\.element)
    }

    private mutating func note(_ at: Date, _ text: String) {
        entries.append(Entry(at: at, kind: .run, text: text))
    }

    private mutating func add(_ attempt: RunDetail.Attempt, of run: RunDetail) {
        func entry(_ at: Date, _ kind: Entry.Kind, _ text: String) -> Entry {
            Entry(at: at, kind: kind, attempt: attempt.attempt, text: text)
        }
        entries.append(entry(attempt.startedAt, .attempt, "began on worker \(attempt.workerID)"))
        // Seconds are kept of the last attempt that reported any.
        if attempt.attempt == run.attempts.last?.attempt {
            var at = attempt.startedAt
            for phase in Self.phases {
                guard let seconds = run.phaseSeconds[phase] else { continue }
                at += seconds
                entries.append(entry(at, .phase, "\(phase) took \(Int((seconds * 1000).rounded())) ms"))
            }
        }
        for message in run.messages where message.attempt == attempt.attempt {
            // Clocks differ, and no attempt says anything before it began or after it ended.
            let at = min(max(message.at, attempt.startedAt), attempt.finishedAt ?? .distantFuture)
            switch message.level {
            case .progress: entries.append(entry(at, .phase, message.text))
            case .info: entries.append(entry(at, .message, message.text))
            case .warning: entries.append(entry(at, .message, "warning: \(message.text)"))
            }
        }
        guard let finished = attempt.finishedAt else { return }
        for check in run.checks where check.attempt == attempt.attempt {
            let outcome = check.passed ? "passed" : "failed on \(check.failedRows) rows"
            entries.append(entry(finished, .check, "check \(check.type) \(check.subject): \(outcome)"))
        }
        let what = [attempt.errorStep, attempt.error].compactMap(\.self).joined(separator: ": ")
        entries.append(entry(finished, .attempt, attempt.state + (what.isEmpty ? "" : ": \(what)")))
    }
}
