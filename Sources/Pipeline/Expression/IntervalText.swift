/// Intervals from their text: `30 days`, `1 month 2 days`, `1:30:00`.
enum IntervalText {
    static let units = [
        "year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond",
    ]

    /// Without a trailing `s`; nil for a word that is no unit.
    static func unit(_ word: String) -> String? {
        let lower = word.lowercased()
        if units.contains(lower) { return lower }
        guard lower.hasSuffix("s"), units.contains(String(lower.dropLast())) else { return nil }
        return String(lower.dropLast())
    }

    /// Pairs of a whole number and a unit; seconds may have up to six decimals. nil when it does not read so or
    /// does not fit.
    static func literal(_ text: String) -> Literal? {
        var total = Literal.interval(months: 0, days: 0, microseconds: 0)
        let words = split(text)
        guard !words.isEmpty, words.count.isMultiple(of: 2), words.count <= 20 else { return nil }
        for index in stride(from: 0, to: words.count, by: 2) {
            guard let part = literal(words[index], words[index + 1]), let sum = sum(total, part) else { return nil }
            total = sum
        }
        return total
    }

    static func literal(_ amount: String, _ unitWord: String) -> Literal? {
        guard let unit = unit(unitWord) else { return nil }
        if unit == "second", amount.contains("."), let microseconds = microseconds(amount) {
            return .interval(months: 0, days: 0, microseconds: microseconds)
        }
        guard let count = Int64(amount) else { return nil }
        let scale: Int64
        switch unit {
        case "year": return months(count, times: 12)
        case "quarter": return months(count, times: 3)
        case "month": return months(count, times: 1)
        case "week": return days(count, times: 7)
        case "day": return days(count, times: 1)
        case "hour": scale = 3_600_000_000
        case "minute": scale = 60_000_000
        case "second": scale = 1_000_000
        case "millisecond": scale = 1_000
        default: scale = 1
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: scale)
        return overflow ? nil : .interval(months: 0, days: 0, microseconds: product)
    }

    /// What `literal` reads again as the same interval.
    static func text(months: Int, days: Int, microseconds: Int64) -> String {
        var parts: [String] = []
        if months != 0 { parts.append("\(months) months") }
        if days != 0 { parts.append("\(days) days") }
        if microseconds != 0 { parts.append("\(microseconds) microseconds") }
        return parts.isEmpty ? "0 days" : parts.joined(separator: " ")
    }

    private static func months(_ count: Int64, times: Int64) -> Literal? {
        // Engines hold months and days in 32 bits.
        guard abs(count) <= Int64(Int32.max) / times else { return nil }
        return .interval(months: Int(count * times), days: 0, microseconds: 0)
    }

    private static func days(_ count: Int64, times: Int64) -> Literal? {
        guard abs(count) <= Int64(Int32.max) / times else { return nil }
        return .interval(months: 0, days: Int(count * times), microseconds: 0)
    }

    private static func sum(_ left: Literal, _ right: Literal) -> Literal? {
        guard case .interval(let m1, let d1, let u1) = left, case .interval(let m2, let d2, let u2) = right else {
            return nil
        }
        let (microseconds, overflow) = u1.addingReportingOverflow(u2)
        guard !overflow, abs(m1 + m2) <= Int(Int32.max), abs(d1 + d2) <= Int(Int32.max) else { return nil }
        return .interval(months: m1 + m2, days: d1 + d2, microseconds: microseconds)
    }

    private static func microseconds(_ text: String) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count <= 6, let whole = Int64(parts[0]), (0...9_000_000_000).contains(whole),
            let fraction = Int64(String(parts[1]) + String(repeating: "0", count: 6 - parts[1].count)), fraction >= 0
        else { return nil }
        let value = whole * 1_000_000 + fraction
        return isNegative ? -value : value
    }

    /// Words; a number right before its unit (`30days`) counts as two.
    private static func split(_ text: String) -> [String] {
        var words: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            let amount = word.prefix { $0.isNumber || $0 == "-" || $0 == "+" || $0 == "." }
            let rest = word.dropFirst(amount.count)
            if !amount.isEmpty { words.append(String(amount)) }
            if !rest.isEmpty { words.append(String(rest)) }
        }
        return words
    }
}
