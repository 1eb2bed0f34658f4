/// `email = al@example.org`, `price ($) > 5`: one comparison, no quotes, with characters that mean nothing in an
/// expression. The left side is a column by its name, the right side a value or one text. Only asked where a text is
/// no expression; anything in it that may be a mistake (a quote, a bracket left open, a second operator) leaves it so.
enum PlainComparison {
    /// The order in which they are looked for: the longer ones first.
    private static let operators: [(String, BinaryOperator)] = [
        (">=", .greaterOrEqual), ("<=", .lessOrEqual), ("!=", .notEqual), ("<>", .notEqual), ("==", .equal),
        (">", .greater), ("<", .less), ("=", .equal),
    ]
    private static let doubtful = Set("'\"`‘’“”<>=!&|;{}[]$\\\n\r".unicodeScalars)

    static func expression(_ text: String, place: ExpressionPlace) -> Expression? {
        guard let (mark, op) = operators.first(where: { text.firstRange(of: $0.0) != nil }),
            let range = text.firstRange(of: mark)
        else { return nil }
        let left = trimmed(text[..<range.lowerBound])
        let right = trimmed(text[range.upperBound...])
        guard isName(left), let value = value(right) else { return nil }
        let position = place.position(0)
        return Expression(
            .binary(op, Expression(.column(left, .backtick), at: position), Expression(.literal(value), at: position)),
            at: position)
    }

    private static func isName(_ text: String) -> Bool {
        // `price ($)` is looked at with its sign, which begins no variable here.
        let scalars = text.unicodeScalars.filter { $0 != "$" }
        guard !text.isEmpty, !scalars.contains(where: doubtful.contains), !text.contains("${") else { return false }
        var open = 0
        for scalar in scalars {
            open += scalar == "(" ? 1 : scalar == ")" ? -1 : 0
            guard (0...1).contains(open) else { return false }
        }
        let words = text.lowercased().split(separator: " ")
        return open == 0 && !words.contains { ExpressionGrammar.reserved.contains(String($0)) }
    }

    private static func value(_ text: String) -> Literal? {
        guard !text.isEmpty, !text.unicodeScalars.contains(where: { doubtful.contains($0) || $0 == "(" || $0 == ")" })
        else { return nil }
        if let number = Int64(text) { return .integer(number) }
        if ["true", "false"].contains(text.lowercased()) { return .boolean(text.lowercased() == "true") }
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        if digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
            digits.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 1, digits.utf8.count > 1
        {
            // What is no number after all is none of the texts below either.
            guard let number = try? LiteralText.number(String(digits)) else { return nil }
            return digits.count < text.count ? number.negated : number
        }
        let isOneWord = !text.unicodeScalars.contains { $0.properties.isWhitespace }
        return isOneWord && text.unicodeScalars.contains { "@/#~^?:%.-".unicodeScalars.contains($0) }
            ? .text(text) : nil
    }

    private static func trimmed(_ text: Substring) -> String {
        var scalars = text.unicodeScalars[...]
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        return String(scalars)
    }
}
