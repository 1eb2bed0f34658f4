import Foundation

/// Times and spans as people and machines want them.
enum Moment {
    /// `2013-01-01T06:00:00.123Z`
    static func rfc3339(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Local time, to the second.
    static func local(_ date: Date?) -> String {
        guard let date else { return "-" }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
        return formatter.string(from: date)
    }

    /// On a terminal local time, elsewhere RFC 3339 in UTC.
    static func shown(_ date: Date?) -> String {
        guard let date else { return "-" }
        return Console.isTerminal ? local(date) : rfc3339(date)
    }

    /// `83 ms`, `4.2 s`, `3 min 20 s`
    static func span(_ seconds: Double?) -> String {
        guard let seconds else { return "-" }
        if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 60 { return String(format: "%.1f s", seconds) }
        let whole = Int(seconds.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole / 60 % 60) min"
    }
}

/// Counts and sizes for people.
enum Amount {
    static func count(_ number: Int64?) -> String {
        guard let number else { return "-" }
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    static func bytes(_ number: Int64?) -> String {
        guard let number else { return "-" }
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(number)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(number) B" : String(format: "%.1f %@", value, units[unit])
    }
}
