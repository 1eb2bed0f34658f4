/// Reads how the fleet shall treat runs of the pipeline: `retries`, `timeout` and their like.
enum RunOptionsReading {
    static func options(_ fields: FieldReader) -> RunOptions {
        var options = RunOptions()
        options.retries = fields.value("retries")?.integer("a number of retries", in: 0...100).map { Int($0) }
        options.timeout = fields.value("timeout").flatMap(timeout)
        options.concurrencyKey = fields.value("concurrency_key").flatMap { value in
            guard let text = value.text(expecting: "a key", limit: 500)?.text else { return nil }
            if text.isEmpty { value.report("the concurrency key is empty; remove the field to use the sink's path") }
            return text
        }
        options.priority = fields.value("priority")?.choice(Priority.self, of: "priority")
        options.maxRunning = fields.value("max_running")?
            .integer("a number of runs", in: 1...Int64(RequestLimits.maxRunning)).map { Int($0) }
        options.prefer = fields.value("prefer")?.choice(RunOptions.Preference.self, of: "preference")
        if let value = fields.value("tags") {
            options.tags = (value.items(of: "tags", allowEmpty: true, limit: 50) ?? []).compactMap {
                $0.text(expecting: "a tag", limit: 100)?.text
            }
        }
        return options
    }

    /// A number of seconds, or `90s`, `5m`, `2h`.
    private static func timeout(_ value: FieldValue) -> Duration? {
        guard let scalar = value.scalar(expecting: "a time such as 90s, 5m or 2h") else { return nil }
        guard let duration = DurationText.duration(scalar.text), duration > .zero, duration <= DurationText.limit else {
            value.report("expected a time of more than nothing and at most 30 days, such as 90s, 5m or 2h, or seconds")
            return nil
        }
        return duration
    }
}

/// Lengths of time as people write them.
public enum DurationText {
    public static let limit: Duration = .seconds(30 * 86_400)

    /// `90`, `1.5`, `90s`, `5m`, `2h`, `1d`; nil when it is none of them.
    public static func duration(_ text: String) -> Duration? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        var digits = text[...]
        var unit = 1.0
        if let last = digits.last, let known = units[last] {
            unit = known
            digits.removeLast()
        }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
            let number = Double(digits), number * unit <= 1e9
        else { return nil }
        return .seconds(number * unit)
    }
}
