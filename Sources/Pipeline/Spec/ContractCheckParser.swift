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
            return quoted(isPattern: false).map { PlacedLiteral(.text($0.text), isFromVariable: $0.hasVariable, place) }
        }
        let start = index
        var text = ""
        while let scalar = peek, !",()[]'\"".unicodeScalars.contains(scalar), !Self.isBlank(scalar) {
            text.unicodeScalars.append(scalar)
            index += 1
        }
        // Python writes its booleans with a capital.
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

    /// `str_matches` takes what stands between its brackets, as its regular expression holds quotes, commas and
    /// brackets of its own; quotes around it are not a part of it.
    private mutating func pattern() -> ContractCheck? {
        skipBlanks()
        guard peek == "'" || peek == "\"" else {
            return fail("str_matches takes a regular expression in quotes, such as str_matches('^[a-z]+$')", at: index)
        }
        guard let text = quoted(isPattern: true), close("str_matches") else { return nil }
        guard !text.text.isEmpty else { return fail("the regular expression is empty", at: index - 1) }
        return .strMatches(PlacedText(text.text, place))
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

    /// In a pattern a backslash is a backslash, and the text ends with the last such quote before the bracket that
    /// closes the check; elsewhere a backslash may stand before a quote or another backslash.
    private mutating func quoted(isPattern: Bool) -> (text: String, hasVariable: Bool)? {
        guard let quote = peek else { return nil }
        let start = index
        index += 1
        let end = isPattern ? lastQuote(quote) : nil
        var text = ""
        var hasVariable = false
        while index < units.count {
            switch units[index].unit {
            case .value(let value):
                text += value
                hasVariable = true
            case .scalar(let scalar):
                if isPattern ? index == end : scalar == quote {
                    index += 1
                    return (text, hasVariable)
                }
                if !isPattern, scalar == "\\", index + 1 < units.count,
                    case .scalar(let next) = units[index + 1].unit, next == "\\" || next == "'" || next == "\""
                {
                    index += 1
                    text.unicodeScalars.append(next)
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
            index += 1
        }
        mistakes.append(mistake("the text has no closing \(quote)", at: start))
        return nil
    }

    private func lastQuote(_ quote: Unicode.Scalar) -> Int? {
        var end = units.count
        func previous() -> Unicode.Scalar? {
            guard end > index, case .scalar(let scalar) = units[end - 1].unit else { return nil }
            return scalar
        }
        while let scalar = previous(), Self.isBlank(scalar) { end -= 1 }
        guard previous() == ")" else { return nil }
        end -= 1
        while let scalar = previous(), Self.isBlank(scalar) { end -= 1 }
        return previous() == quote ? end - 1 : nil
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
