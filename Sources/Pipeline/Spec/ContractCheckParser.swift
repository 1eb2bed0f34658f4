/// Parses a check in call form: `ge(0)`, `between(1, 10)`, `isin(['a', 'b'])`, `str_matches('^a+$')`.
///
/// A variable outside quotes is one argument, inside quotes a part of that text.
struct ContractCheckParser {
    private(set) var mistakes: [VariableTemplate.Mistake] = []

    /// A character that the author wrote, or the value of a variable.
    private enum Unit {
        case scalar(Unicode.Scalar)
        case value(String)
    }

    private let units: [(unit: Unit, offset: Int)]
    private let place: FieldPlace
    private var index = 0

    static let names = ["ge", "gt", "le", "lt", "eq", "ne", "between", "isin", "str_matches", "str_length"]

    /// References in the text are known to resolve.
    init(_ text: String, _ value: FieldValue) {
        place = value.place
        units = VariableTemplate(text).parts.flatMap { part -> [(Unit, Int)] in
            switch part {
            case .text(let text, let offset):
                return text.unicodeScalars.enumerated().map { (.scalar($1), offset + $0) }
            case .reference(let reference):
                return [(.value(value.context.substitution.resolve([part]).text), reference.offset)]
            }
        }
    }

    mutating func check() -> ContractCheck? {
        skipBlanks()
        let start = index
        let name = word()
        guard !name.isEmpty, peek == "(" || Self.names.contains(name) else {
            return fail("a check is written in call form, such as ge(0) or isin(['a', 'b'])", at: start)
        }
        guard Self.names.contains(name) else {
            let suggestion = Suggestion.phrase(for: name.trimmed(60), among: Self.names)
            return fail(
                "unknown check \"\(name.trimmed(60))\""
                    + (suggestion.isEmpty ? "; known are \(Self.names.joined(separator: ", "))" : suggestion),
                at: start)
        }
        skipBlanks()
        guard peek == "(" else { return fail("expected \"(\" behind \(name)", at: index) }
        index += 1
        let check = arguments(of: name)
        guard mistakes.isEmpty else { return nil }
        skipBlanks()
        guard index == units.count else { return fail("nothing can stand behind the closing \")\"", at: index) }
        return check
    }

    private mutating func arguments(of name: String) -> ContractCheck? {
        switch name {
        case "between":
            guard let low = literal(), comma(name), let high = literal(), close(name) else { return nil }
            return .between(low, high)
        case "isin":
            guard let values = list(), close(name) else { return nil }
            return .isIn(values)
        case "str_matches": return pattern()
        case "str_length": return lengths()
        default:
            guard let value = literal(), close(name) else { return nil }
            return switch name {
            case "ge": .ge(value)
            case "gt": .gt(value)
            case "le": .le(value)
            case "lt": .lt(value)
            case "eq": .eq(value)
            default: .ne(value)
            }
        }
    }

    // MARK: Arguments

    private mutating func list() -> [PlacedLiteral]? {
        skipBlanks()
        let closing: Unicode.Scalar
        switch peek {
        case "[": closing = "]"
        case "(": closing = ")"
        default: return fail("isin takes a list, such as isin(['a', 'b'])", at: index)
        }
        index += 1
        var values: [PlacedLiteral] = []
        while true {
            skipBlanks()
            if peek == closing, !values.isEmpty {
                index += 1
                return values
            }
            guard let value = literal() else { return nil }
            values.append(value)
            skipBlanks()
            if peek == "," {
                index += 1
            } else if peek != closing {
                return fail("expected \",\" or \"\(closing)\" in the list", at: index)
            }
        }
    }

    /// A number, a date, true or false, a text in quotes, or a variable.
    private mutating func literal() -> PlacedLiteral? {
        skipBlanks()
        if case .value(let text)? = unit {
            index += 1
            return PlacedLiteral(.text(text), isFromVariable: true, place)
        }
        if peek == "'" || peek == "\"" {
            return quoted().map { PlacedLiteral(.text($0.text), isFromVariable: $0.hasVariable, place) }
        }
        let start = index
        var text = ""
        while let scalar = peek, !",()[]'\"".unicodeScalars.contains(scalar), !Self.isBlank(scalar) {
            text.unicodeScalars.append(scalar)
            index += 1
        }
        let meaning = LiteralText.value(text.replacing("_", with: ""))
        switch meaning {
        case .text:
            return fail(
                text.isEmpty
                    ? "expected a value" : "\"\(text.trimmed(60))\" is no number or date; put a text in quotes",
                at: start)
        default: return PlacedLiteral(meaning, place)
        }
    }

    /// What stands between the brackets: a regular expression holds quotes, commas and brackets of its own. Quotes
    /// around it are no part of it, and may be missing.
    private mutating func pattern() -> ContractCheck? {
        skipBlanks()
        let start = index
        guard let close = lastBracket else {
            return fail("expected \")\" behind the values of str_matches", at: units.count)
        }
        var pattern = units[start..<close]
        while case .scalar(let last)? = pattern.last?.unit, Self.isBlank(last) { pattern.removeLast() }
        if case .scalar(let quote)? = pattern.first?.unit, quote == "'" || quote == "\"" {
            guard pattern.count > 1, case .scalar(quote)? = pattern.last?.unit else {
                return fail("the text has no closing \(quote)", at: start)
            }
            pattern = pattern.dropFirst().dropLast()
        }
        index = close + 1
        guard !pattern.isEmpty else { return fail("the regular expression is empty", at: start) }
        let text = pattern.map { unit, _ in
            switch unit {
            case .scalar(let scalar): String(scalar)
            case .value(let value): value
            }
        }.joined()
        return .strMatches(PlacedText(text, place))
    }

    private var lastBracket: Int? {
        units.indices.last { if case .scalar(")") = units[$0].unit, $0 >= index { true } else { false } }
    }

    private mutating func lengths() -> ContractCheck? {
        guard let min = length() else { return nil }
        skipBlanks()
        var max: Int64??
        if peek == "," {
            index += 1
            max = length()
            if max == nil { return nil }
        }
        guard close("str_length") else { return nil }
        let upper = max ?? nil
        guard min != nil || upper != nil else { return fail("str_length needs a bound", at: index - 1) }
        if let low = min, let upper, low > upper {
            return fail("no text is at least \(low) and at most \(upper) characters long", at: index - 1)
        }
        return .strLength(min: min, max: upper)
    }

    /// `.some(nil)`: None, or nothing.
    private mutating func length() -> Int64?? {
        skipBlanks()
        if case .value(let text)? = unit {
            guard let length = Int64(text), length >= 0 else {
                mistakes.append(mistake("the value of the variable is no number of characters", at: index))
                return nil
            }
            index += 1
            return .some(length)
        }
        let start = index
        let text = word()
        if text.isEmpty || text == "None" { return .some(nil) }
        guard let length = Int64(text), length >= 0 else {
            mistakes.append(mistake("expected a number of characters", at: start))
            return nil
        }
        return .some(length)
    }

    // MARK: Texts in quotes

    /// A backslash may stand before a quote or another backslash.
    private mutating func quoted() -> (text: String, hasVariable: Bool)? {
        guard let quote = peek else { return nil }
        let start = index
        index += 1
        var text = ""
        var hasVariable = false
        while index < units.count {
            switch units[index].unit {
            case .value(let value):
                text += value
                hasVariable = true
            case .scalar(let scalar) where scalar == quote:
                index += 1
                return (text, hasVariable)
            case .scalar(let scalar):
                text.unicodeScalars.append(escaped(scalar) ?? scalar)
            }
            index += 1
        }
        mistakes.append(mistake("the text has no closing \(quote)", at: start))
        return nil
    }

    /// What a backslash at `index` stands before, moving on to it.
    private mutating func escaped(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        guard scalar == "\\", index + 1 < units.count, case .scalar(let next) = units[index + 1].unit,
            next == "\\" || next == "'" || next == "\""
        else { return nil }
        index += 1
        return next
    }

    // MARK: Characters

    private var unit: Unit? { index < units.count ? units[index].unit : nil }

    private var peek: Unicode.Scalar? { if case .scalar(let scalar)? = unit { scalar } else { nil } }

    private mutating func word() -> String {
        var word = ""
        while let scalar = peek, VariableReader.isNameScalar(scalar, first: false) {
            word.unicodeScalars.append(scalar)
            index += 1
        }
        return word
    }

    private mutating func skipBlanks() { while let scalar = peek, Self.isBlank(scalar) { index += 1 } }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    private mutating func comma(_ name: String) -> Bool {
        skipBlanks()
        if peek == "," {
            index += 1
            return true
        }
        mistakes.append(mistake("\(name) takes two values, such as \(name)(1, 10)", at: index))
        return false
    }

    private mutating func close(_ name: String) -> Bool {
        skipBlanks()
        if peek == ")" {
            index += 1
            return true
        }
        mistakes.append(mistake("expected \")\" behind the values of \(name)", at: index))
        return false
    }

    private mutating func fail<Value>(_ message: String, at index: Int) -> Value? {
        mistakes.append(mistake(message, at: index))
        return nil
    }

    private func mistake(_ message: String, at index: Int) -> VariableTemplate.Mistake {
        let end = (units.last?.offset ?? -1) + 1
        return VariableTemplate.Mistake(
            message: message, offset: index < units.count ? units[index].offset : end)
    }
}
