/// Checked reading of dates and times written as text: which texts are dates must not depend on an engine.
enum CalendarText {
    /// `YYYY-MM-DD` of the years 1 to 9999.
    static func isDate(_ text: some StringProtocol) -> Bool { date(Array(text.utf8)) != nil }

    /// `YYYY-MM-DD HH:MM[:SS[.ffffff]]`, also with `T`, or a date alone, as `YYYY-MM-DD HH:MM:SS[.ffffff]`.
    static func timestamp(_ text: some StringProtocol) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, date(Array(bytes[0..<10])) != nil else { return nil }
        let day = String(decoding: bytes[0..<10], as: UTF8.self)
        if bytes.count == 10 { return day + " 00:00:00" }
        guard bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "T") else { return nil }
        return time(Array(bytes[11...])).map { "\(day) \($0)" }
    }

    /// The same with an offset behind it (`Z`, `+02`, `-05:30`, `+0530`), in UTC; without one it is UTC already.
    static func instant(_ text: some StringProtocol) -> String? {
        if let timestamp = timestamp(text) { return timestamp }
        var bytes = Array(text.utf8)
        guard bytes.count > 11 else { return nil }
        if [UInt8(ascii: "Z"), UInt8(ascii: "z")].contains(bytes.last) {
            bytes.removeLast()
            return timestamp(String(decoding: bytes, as: UTF8.self))
        }
        let signs = [UInt8(ascii: "+"), hyphen]
        guard let sign = bytes[11...].lastIndex(where: signs.contains) else { return nil }
        let digits = bytes[(sign + 1)...].filter { $0 != colon }
        let isSpelt = [2, 4].contains(digits.count) && [digits.count, 5].contains(bytes.count - sign - 1)
        guard isSpelt, let hours = number(digits[..<2]), hours < 16, let minutes = number(digits[2...]), minutes < 60,
            let local = timestamp(String(decoding: bytes[..<sign], as: UTF8.self))
        else { return nil }
        let offset = (hours * 60 + minutes) * (bytes[sign] == hyphen ? 1 : -1)
        let parts = Array(local.utf8)
        guard let days = date(Array(parts[..<10])), let hour = number(parts[11..<13]),
            let minute = number(parts[14..<16])
        else { return nil }
        let moment = days * 1_440 + hour * 60 + minute + offset
        let day = moment >= 0 ? moment / 1_440 : (moment - 1_439) / 1_440
        let ofDay = moment - day * 1_440
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return Self.date(ofDays: day).map {
            "\($0) \(two(ofDay / 60)):\(two(ofDay % 60))\(String(decoding: parts[16...], as: UTF8.self))"
        }
    }

    /// `HH:MM[:SS[.ffffff]]` as `HH:MM:SS[.ffffff]`.
    static func time(_ bytes: [UInt8]) -> String? {
        guard bytes.count >= 5, bytes[2] == colon, let hour = number(bytes[0..<2]), hour < 24,
            let minute = number(bytes[3..<5]), minute < 60
        else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        if bytes.count == 5 { return text + ":00" }
        guard bytes.count >= 8, bytes[5] == colon, let second = number(bytes[6..<8]), second < 60 else { return nil }
        if bytes.count == 8 { return text }
        guard bytes[8] == UInt8(ascii: "."), (10...15).contains(bytes.count), number(bytes[9...]) != nil else {
            return nil
        }
        return text
    }

    /// Days since 1970-01-01.
    static func date(_ bytes: [UInt8]) -> Int? {
        guard bytes.count == 10, bytes[4] == hyphen, bytes[7] == hyphen, let year = number(bytes[0..<4]),
            let month = number(bytes[5..<7]), let day = number(bytes[8..<10]), year >= 1, (1...12).contains(month)
        else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[month - 1]).contains(day) else { return nil }
        // Days before March-based years make leap days the last of their year.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    /// The inverse; nil outside the years 1 to 9999.
    static func date(ofDays days: Int) -> String? {
        guard (-719_162...2_932_896).contains(days) else { return nil }
        // Days before March-based years, as above.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return text(year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: day)
    }

    static func text(year: Int, month: Int, day: Int) -> String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return digits.isEmpty ? nil : value
    }

    private static let hyphen = UInt8(ascii: "-")
    private static let colon = UInt8(ascii: ":")
}
