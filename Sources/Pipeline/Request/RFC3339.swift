public import Foundation

/// Moments as text, the way messages and `--json` show them: `2013-01-01T06:30:00.250Z`.
///
/// Written by hand because a formatter is a shared object with a locale, and forgives what it should refuse.
public enum RFC3339 {
    /// In UTC with milliseconds (rounded); nil outside the years 1 to 9999.
    public static func text(of moment: Date) -> String? {
        let exact = (moment.timeIntervalSince1970 * 1000).rounded()
        guard exact >= earliest, exact <= latest else { return nil }
        let milliseconds = Int64(exact)
        let days = floorDivision(milliseconds, 86_400_000)
        let rest = Int(milliseconds - days * 86_400_000)
        let (year, month, day) = civil(fromDays: Int(days))
        return digits(year, 4) + "-" + digits(month, 2) + "-" + digits(day, 2)
            + "T" + digits(rest / 3_600_000, 2) + ":" + digits(rest / 60_000 % 60, 2)
            + ":" + digits(rest / 1000 % 60, 2) + "." + digits(rest % 1000, 3) + "Z"
    }

    /// Reads `YYYY-MM-DDThh:mm:ss`, a fraction of up to nine digits (used to the microsecond), and `Z` or an offset.
    /// nil for all else.
    public static func date(from text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard (20...35).contains(bytes.count) else { return nil }
        var index = 0
        func number(_ count: Int) -> Int? {
            guard index + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[index..<(index + count)] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            index += count
            return value
        }
        func skip(_ allowed: UInt8...) -> UInt8? {
            guard index < bytes.count, allowed.contains(bytes[index]) else { return nil }
            index += 1
            return bytes[index - 1]
        }
        let dash = UInt8(ascii: "-")
        let colon = UInt8(ascii: ":")
        guard let year = number(4), skip(dash) != nil, let month = number(2), skip(dash) != nil, let day = number(2),
            skip(UInt8(ascii: "T"), UInt8(ascii: "t")) != nil,
            let hour = number(2), skip(colon) != nil, let minute = number(2), skip(colon) != nil,
            let second = number(2),
            year >= 1, (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var microseconds = 0
        if skip(UInt8(ascii: ".")) != nil {
            var count = 0
            while index < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) {
                if count < 6 { microseconds = microseconds * 10 + Int(bytes[index] - UInt8(ascii: "0")) }
                count += 1
                index += 1
            }
            guard (1...9).contains(count) else { return nil }
            for _ in min(count, 6)..<6 { microseconds *= 10 }
        }
        var offsetMinutes = 0
        guard let sign = skip(UInt8(ascii: "Z"), UInt8(ascii: "z"), UInt8(ascii: "+"), dash) else { return nil }
        if sign == UInt8(ascii: "+") || sign == dash {
            guard let hours = number(2), skip(colon) != nil, let minutes = number(2), hours < 24, minutes < 60 else {
                return nil
            }
            offsetMinutes = (hours * 60 + minutes) * (sign == dash ? -1 : 1)
        }
        guard index == bytes.count else { return nil }
        let seconds =
            days(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60 + second
            - offsetMinutes * 60
        // One division of an exact integer, so that a moment is the same Date however it was written. Microseconds
        // of all years do not fit into a Double's 53 bits; milliseconds do.
        let sinceEpoch =
            microseconds % 1000 == 0
            ? Double(seconds * 1000 + microseconds / 1000) / 1000
            : Double(seconds * 1_000_000 + microseconds) / 1_000_000
        let moment = Date(timeIntervalSince1970: sinceEpoch)
        return self.text(of: moment) == nil ? nil : moment
    }

    private static let earliest = Double(days(year: 1, month: 1, day: 1)) * 86_400_000
    private static let latest = Double(days(year: 10_000, month: 1, day: 1)) * 86_400_000 - 1

    private static func digits(_ value: Int, _ count: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    private static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func floorDivision(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    /// Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap day is the
    /// last of a year, in eras of 400 years (146,097 days).
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = Int(floorDivision(Int64(y), 400))
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = Int(floorDivision(Int64(shifted), 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
