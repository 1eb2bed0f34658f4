import ArgumentParser
import Pipeline

/// The priority as people write it.
enum PriorityName {
    @Sendable static func parse(_ text: String) throws -> Priority {
        guard let priority = Priority(rawValue: text.lowercased()) else {
            throw ValidationError("\"\(text)\" is no priority; write high, normal or low")
        }
        return priority
    }
}

/// A length of time as people write it.
enum TimeOption {
    @Sendable static func parse(_ text: String) throws -> Duration {
        guard let time = DurationText.duration(text), time > .zero, time <= DurationText.limit else {
            throw ValidationError(
                "\"\(text)\" is no time of more than nothing and at most 30 days; write seconds, or 90s, 5m, 2h")
        }
        return time
    }
}
