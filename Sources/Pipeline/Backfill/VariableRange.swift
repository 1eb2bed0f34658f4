/// The values that a variable goes through: `2013-01-01..2013-12-31`, `2013-01-01..2013-12-31/1m`, `1..12`, `north,south`,
/// or one value.
public struct VariableRange: Hashable, Sendable {
    public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String
    }

    public var name: String
    public var values: [String]

    /// Of one variable, and of all combinations.
    public static let limit = 10_000

    public init(name: String, _ text: String) throws(Mistake) {
        self.name = name
        var values: [String] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = item.split(separator: "..", omittingEmptySubsequences: false).map(String.init)
            values +=
                bounds.count == 2 ? try Self.range(bounds[0], bounds[1], of: name) ?? [String(item)] : [String(item)]
            guard values.count <= Self.limit else {
                throw Mistake(description: "\(name) has more than \(Self.limit) values")
            }
        }
        var seen: Set<[UInt8]> = []
        self.values = values.filter { seen.insert(Array($0.utf8)).inserted }
    }

    /// nil for what is no range, such as a path with dots.
    private static func range(_ first: String, _ end: String, of name: String) throws(Mistake) -> [String]? {
        let parts = end.split(separator: "/", maxSplits: 1).map(String.init)
        guard let last = parts.first else { return nil }
        if CalendarText.isDate(first), CalendarText.isDate(last) {
            guard let step = DateShift("+" + (parts.count == 2 ? parts[1] : "1d")), step.count > 0 else {
                throw Mistake(description: "\(name): \"\(parts[1])\" is no step; write 1d, 1w, 1m or 1y")
            }
            return try dates(first, last, step, of: name)
        }
        guard parts.count == 1, let low = Int64(first), let high = Int64(last) else { return nil }
        guard low <= high, high.subtractingReportingOverflow(low).overflow == false, high - low < Int64(limit) else {
            throw Mistake(description: "\(name): \(first)..\(last) is empty, or has more than \(limit) values")
        }
        // As wide as it was written: 01..12.
        let width = first.utf8.first == UInt8(ascii: "0") ? first.utf8.count : 0
        return (low...high).map { number in
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
    }

    /// Counted from the first date, so that months do not lose days on the way.
    private static func dates(
        _ first: String, _ last: String, _ step: DateShift, of name: String
    ) throws(Mistake) -> [String] {
        // Dates of this form are in the order of their texts.
        guard first <= last else { throw Mistake(description: "\(name): \(first) is after \(last)") }
        var dates: [String] = []
        var shift = step
        var date: String? = first
        while let current = date, current <= last {
            guard dates.count < limit else {
                throw Mistake(description: "\(name): \(first)..\(last) has more than \(limit) values")
            }
            dates.append(current)
            shift.count = step.count * dates.count
            date = shift.applied(to: first)
        }
        return dates
    }

    /// Every combination of values, the last variable's changing first.
    public static func combinations(_ ranges: [VariableRange]) throws(Mistake) -> [[String: String]] {
        var combinations: [[String: String]] = [[:]]
        for range in ranges {
            guard combinations.count * range.values.count <= limit else {
                throw Mistake(description: "there are more than \(limit) combinations; fill in parts")
            }
            combinations = combinations.flatMap { combination in
                range.values.map { combination.merging([range.name: $0]) { $1 } }
            }
        }
        return combinations
    }
}
