/// `-1d` of `${DATE|-1d}`: the day that is so far from a date.
struct DateShift: Equatable {
    enum Unit: Character {
        case day = "d"
        case week = "w"
        case month = "m"
        case year = "y"
    }

    var count: Int
    var unit: Unit

    /// A sign, up to six digits, and a unit.
    init?(_ text: String) {
        guard let first = text.first, first == "+" || first == "-", let last = text.last,
            let unit = Unit(rawValue: last),
            case let digits = text.dropFirst().dropLast(), (1...6).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let count = Int(digits)
        else { return nil }
        self.count = first == "-" ? -count : count
        self.unit = unit
    }

    /// `YYYY-MM-DD`; nil when the text is no such date, or the day is outside the years 1 to 9999. A month that is
    /// too short for the day ends with its last one (2024-03-31 less a month is 2024-02-29).
    func applied(to text: String) -> String? {
        guard let days = CalendarText.date(Array(text.utf8)) else { return nil }
        switch unit {
        case .day: return CalendarText.date(ofDays: days + count)
        case .week: return CalendarText.date(ofDays: days + 7 * count)
        case .month: return Self.moved(text, byMonths: count)
        case .year: return Self.moved(text, byMonths: 12 * count)
        }
    }

    private static func moved(_ text: String, byMonths count: Int) -> String? {
        let parts = text.split(separator: "-").compactMap { Int($0) }
        let months = parts[0] * 12 + parts[1] - 1 + count
        guard months >= 12, months < 120_000 else { return nil }
        let start = CalendarText.text(year: months / 12, month: months % 12 + 1, day: 1)
        let next = CalendarText.text(year: (months + 1) / 12, month: (months + 1) % 12 + 1, day: 1)
        guard let first = CalendarText.date(Array(start.utf8)) else { return nil }
        // The year 10000 has no text; December has 31 days.
        let length = CalendarText.date(Array(next.utf8)).map { $0 - first } ?? 31
        return CalendarText.date(ofDays: first + min(parts[2], length) - 1)
    }
}
