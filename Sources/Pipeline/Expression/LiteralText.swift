/// Literals from their text: numbers of an expression, and the values of variables.
enum LiteralText {
    enum Failure: Error { case beyondInt64, beyondDouble, tooManyDigits }

    /// A number as the lexer took it: digits, at most one point, at most one exponent, perhaps a sign.
    static func number(_ text: String) throws(Failure) -> Literal {
        if text.utf8.contains(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
            guard let value = Double(text), value.isFinite else { throw .beyondDouble }
            return .double(value)
        }
        if text.utf8.contains(UInt8(ascii: ".")) {
            guard text.utf8.count(where: isDigit) <= 38 else { throw .tooManyDigits }
            return .decimal(text)
        }
        guard let value = Int64(text) else { throw .beyondInt64 }
        return .integer(value)
    }

    /// What the value of a variable outside quotes means: a number, a boolean, a date, a timestamp, else a text.
    /// Digits with leading zeros are codes, hence text.
    static func value(_ text: String) -> Literal {
        switch text.utf8.count {
        case 4...5 where text.lowercased() == "true": return .boolean(true)
        case 4...5 where text.lowercased() == "false": return .boolean(false)
        case 10 where CalendarText.isDate(text): return .date(text)
        case 16...26:
            if let timestamp = CalendarText.timestamp(text) { return .timestamp(timestamp) }
        default: break
        }
        guard readsAsNumber(text), let number = try? number(text) else {
            // A number that no type holds stays the text that it is.
            return .text(text)
        }
        return number
    }

    private static func readsAsNumber(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        guard whole.count <= 1 || whole.first != UInt8(ascii: "0") else { return false }
        var fraction = 0
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.prefix(while: isDigit).count
            guard fraction > 0 else { return false }
            rest = rest.dropFirst(fraction)
        }
        guard !whole.isEmpty || fraction > 0 else { return false }
        guard let mark = rest.first else { return true }
        guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
        rest.removeFirst()
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
