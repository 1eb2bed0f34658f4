/// Five fields (`30 6 * * mon-fri`), or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
///
/// Minute, hour, day of month, month, day of week (0 or 7 is Sunday). Where both days are given, either will do, as in
/// cron.
public struct CronExpression: Sendable, Hashable {
    let minutes: Set<Int>
    let hours: Set<Int>
    let days: Set<Int>
    let months: Set<Int>
    /// 0 is Sunday.
    let weekdays: Set<Int>
    private let daysGiven: Bool
    private let weekdaysGiven: Bool
    /// Every hour: then the clock of the wall does not matter when it is put forward or back.
    let isEveryHour: Bool

    struct Mistake: Error { var message: String }

    init(_ text: String) throws(Mistake) {
        let named = [
            "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
            "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
        ]
        let fields = (named[text.lowercased()] ?? text).split(whereSeparator: { $0 == " " || $0 == "\t" })
            .map(String.init)
        guard fields.count == 5 else {
            throw Mistake(
                message: "a schedule has five fields: minute, hour, day of month, month, day of week; this one has "
                    + "\(fields.count)")
        }
        minutes = try Self.values(fields[0], 0...59, "minute")
        hours = try Self.values(fields[1], 0...23, "hour")
        days = try Self.values(fields[2], 1...31, "day of month")
        months = try Self.values(fields[3], 1...12, "month", names: Self.monthNames, first: 1)
        weekdays = Set(
            try Self.values(fields[4], 0...7, "day of week", names: Self.weekdayNames, first: 0).map { $0 % 7 })
        daysGiven = !fields[2].hasPrefix("*")
        weekdaysGiven = !fields[4].hasPrefix("*")
        isEveryHour = hours.count == 24
        guard months.contains(where: { month in days.contains { $0 <= Self.longest[month - 1] } }) || weekdaysGiven
        else { throw Mistake(message: "no month of the schedule has such a day") }
    }

    /// `weekday`: 0 is Sunday.
    func holds(month: Int, day: Int, weekday: Int) -> Bool {
        guard months.contains(month) else { return false }
        return switch (daysGiven, weekdaysGiven) {
        case (true, true): days.contains(day) || weekdays.contains(weekday)
        default: days.contains(day) && weekdays.contains(weekday)
        }
    }

    private static let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private static func values(
        _ field: String, _ range: ClosedRange<Int>, _ noun: String, names: [String] = [], first: Int = 0
    ) throws(Mistake) -> Set<Int> {
        var values: Set<Int> = []
        for item in field.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            func number(_ text: String) throws(Mistake) -> Int {
                if let index = names.firstIndex(of: text.lowercased()) { return index + first }
                guard let value = Int(text), range.contains(value), text.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D })
                else {
                    throw Mistake(
                        message: "\"\(text.trimmed(30))\" is no \(noun); expected \(range.lowerBound) to "
                            + "\(range.upperBound), * or a list, range or step of them")
                }
                return value
            }
            var chosen = range
            if parts[0] != "*" {
                let low = try number(bounds[0])
                let high = bounds.count == 2 ? try number(bounds[1]) : parts.count == 2 ? range.upperBound : low
                guard bounds.count <= 2, low <= high else {
                    throw Mistake(message: "\"\(String(item).trimmed(30))\" is no range of the field \(noun)")
                }
                chosen = low...high
            }
            var step = 1
            if parts.count > 1 {
                guard parts.count == 2, let given = Int(parts[1]), (1...range.upperBound).contains(given) else {
                    throw Mistake(message: "\"\(String(item).trimmed(30))\" has no step that the field \(noun) allows")
                }
                step = given
            }
            values.formUnion(stride(from: chosen.lowerBound, through: chosen.upperBound, by: step))
        }
        return values
    }
}
