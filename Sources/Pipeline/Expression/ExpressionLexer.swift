/// Cuts the text of an expression into words. Variables are replaced here, so that a value can only ever become
/// one literal, or a part of the text or name in which it stands.
struct ExpressionLexer {
    private let scalars: [Unicode.Scalar]
    private let scope: VariableScope
    private let place: ExpressionPlace
    private var index = 0

    private(set) var tokens: [ExpressionToken] = []
    private(set) var problems: [Problem] = []
    private(set) var variables: Set<String> = []
    /// False when a word could not be read at all: parsing the rest would only add misleading problems.
    private(set) var isReadable = true

    init(_ scalars: [Unicode.Scalar], scope: VariableScope, place: ExpressionPlace) {
        self.scalars = scalars
        self.scope = scope
        self.place = place
    }

    /// Always ends with `.end`.
    mutating func run() {
        while true {
            skipBlanks()
            guard index < scalars.count else { break }
            readToken()
        }
        tokens.append(ExpressionToken(kind: .end, start: scalars.count, end: scalars.count))
    }

    private mutating func readToken() {
        let start = index
        let scalar = scalars[index]
        switch scalar {
        case "'": quoted(closing: "'", start) { .text($0) }
        case "\"": quoted(closing: "\"", start) { .name($0, .double) }
        case "`": quoted(closing: "`", start) { .name($0, .backtick) }
        case "0"..."9": number(start)
        case "." where isDigit(at: index + 1): number(start)
        case "$" where EmbeddedVariable.isReference(scalars, at: index): variable(start)
        case "-" where at(index + 1) == "-", "/" where at(index + 1) == "*":
            fail("comments cannot stand in an expression (two minus signs need a blank between them)", start)
            index = scalars.count
        default:
            if Self.beginsName(scalar) {
                readName()
                add(.name(text(start..<index), .none), start)
            } else {
                symbol(start)
            }
        }
    }

    /// `u.name` is one name: columns have no table in front, but a point in their own.
    private mutating func readName() {
        repeat {
            while let scalar = at(index), Self.continuesName(scalar) { index += 1 }
            guard at(index) == ".", let next = at(index + 1), Self.continuesName(next) else { return }
            index += 1
        } while true
    }

    private mutating func symbol(_ start: Int) {
        let pair = text(start..<min(start + 2, scalars.count))
        if ["<=", ">=", "<>", "!=", "==", "||", "::"].contains(pair) {
            index += 2
            add(.symbol(pair), start)
            return
        }
        index += 1
        let single = text(start..<index)
        if ["(", ")", ",", "=", "<", ">", "+", "-", "*", "/", "%"].contains(single) {
            add(.symbol(single), start)
        } else {
            fail(Self.refusal(of: scalars[start], next: at(start + 1)), start)
        }
    }

    private static func refusal(of scalar: Unicode.Scalar, next: Unicode.Scalar?) -> String {
        switch scalar {
        case "\u{2018}", "\u{2019}": "curly quote; texts stand in straight quotes: 'x'"
        case "\u{201C}", "\u{201D}": "curly quote; texts stand in '…', names in straight double quotes"
        case "&": "unexpected \"&\"; write AND"
        case "|": "unexpected \"|\"; write OR, or || to join texts"
        case "!": "unexpected \"!\"; write NOT, or <> for unequal"
        case ";": "unexpected \";\"; an expression is not a statement"
        case ".": "unexpected \".\"; names that begin or end with a point stand in double quotes"
        case "$" where next == "$": "\"$${\" can only stand inside quotes"
        case "$": "unexpected \"$\"; variables are written ${NAME}"
        case "[", "]", "{", "}": "unexpected \"\(Character(scalar))\"; lists and structs are not part of expressions"
        default:
            scalar.value < 0x20 || scalar.value == 0x7F
                ? "unexpected control character U+\(hexadecimal(scalar))"
                : "unexpected character \"\(Character(scalar))\" (U+\(hexadecimal(scalar)))"
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    // MARK: Quotes and variables

    private mutating func quoted(
        closing: Unicode.Scalar, _ start: Int, _ kind: (String) -> ExpressionToken.Kind
    ) {
        var value = String.UnicodeScalarView()
        index += 1
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == closing {
                guard at(index + 1) == closing else {
                    index += 1
                    return finishQuoted(String(value), closing, start, kind)
                }
                value.append(closing)
                index += 2
            } else if EmbeddedVariable.isEscape(scalars, at: index) {
                value.append(contentsOf: "${".unicodeScalars)
                index += 3
            } else if EmbeddedVariable.isReference(scalars, at: index) {
                value.append(contentsOf: (replacement() ?? "").unicodeScalars)
            } else {
                value.append(scalar)
                index += 1
            }
        }
        fail("\(Character(closing)) has no closing \(Character(closing))", start)
    }

    private mutating func finishQuoted(
        _ value: String, _ closing: Unicode.Scalar, _ start: Int, _ kind: (String) -> ExpressionToken.Kind
    ) {
        if value.unicodeScalars.contains("\0") {
            problems.append(place.problem("a text cannot hold the character U+0000", at: start))
        } else if closing != "'", value.isEmpty {
            problems.append(place.problem("a name in quotes cannot be empty", at: start))
        }
        add(kind(value), start)
    }

    private mutating func variable(_ start: Int) {
        let value = replacement() ?? ""
        if value.unicodeScalars.contains("\0") {
            problems.append(place.problem("a text cannot hold the character U+0000", at: start))
        }
        add(.variable(LiteralText.value(value), raw: value), start)
    }

    /// Reads the reference at `index`; nil after a problem.
    private mutating func replacement() -> String? {
        let read = EmbeddedVariable.read(scalars, at: index, scope: scope)
        variables.formUnion(read.names)
        problems += read.problems.map { place.problem($0.message, at: $0.offset) }
        index = read.end
        return read.value
    }

    // MARK: Numbers

    private mutating func number(_ start: Int) {
        if let date = bareDate(at: start) {
            index += 10
            return add(.bareDate(date), start)
        }
        var digits = digitRun()
        if at(index) == "." {
            index += 1
            let fraction = digitRun()
            digits += "." + (fraction.isEmpty ? "0" : fraction)
        }
        if at(index) == "e" || at(index) == "E" {
            let sign = at(index + 1) == "-" || at(index + 1) == "+" ? 1 : 0
            if isDigit(at: index + 1 + sign) {
                digits += "e" + text(index + 1..<index + 1 + sign)
                index += 1 + sign
                digits += digitRun()
            }
        }
        if let next = at(index), Self.continuesName(next) {
            while let next = at(index), Self.continuesName(next) { index += 1 }
            let word = text(start..<index)
            return fail(
                "\"\(word)\" is neither a number nor a name; a column of that name stands in double quotes", start)
        }
        if at(index) == ".", isDigit(at: index + 1) || digits.contains(".") {
            return fail("a number has one point", start)
        }
        let whole = digits.prefix { $0 != "." && $0 != "e" }
        if whole.count > 1, whole.first == "0" {
            let advice = "a number does not begin with 0; a code stands in quotes: '\(digits)'"
            problems.append(place.problem(advice, at: start))
            digits = "0"
        }
        add(.number(digits), start)
    }

    /// Digits with single underscores between them, which are left out of the result.
    private mutating func digitRun() -> String {
        var digits = ""
        while let scalar = at(index) {
            if isDigit(at: index) {
                digits.unicodeScalars.append(scalar)
            } else if scalar != "_" || digits.isEmpty || !isDigit(at: index + 1) || at(index - 1) == "_" {
                break
            }
            index += 1
        }
        return digits
    }

    /// Ten scalars that look like `2024-01-31` and end there.
    private func bareDate(at start: Int) -> String? {
        guard start + 10 <= scalars.count else { return nil }
        for offset in 0..<10 {
            let fits = offset == 4 || offset == 7 ? scalars[start + offset] == "-" : isDigit(at: start + offset)
            guard fits else { return nil }
        }
        if let next = at(start + 10), Self.continuesName(next) || next == "." { return nil }
        return text(start..<start + 10)
    }

    // MARK: Scalars

    private mutating func skipBlanks() {
        // Also no-break and other Unicode blanks, which come in from word processors.
        while index < scalars.count, scalars[index].properties.isWhitespace { index += 1 }
    }

    private func at(_ offset: Int) -> Unicode.Scalar? {
        scalars.indices.contains(offset) ? scalars[offset] : nil
    }

    private func isDigit(at offset: Int) -> Bool {
        guard let scalar = at(offset) else { return false }
        return ("0"..."9").contains(scalar)
    }

    private func text(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range])
        return String(view)
    }

    private mutating func add(_ kind: ExpressionToken.Kind, _ start: Int) {
        tokens.append(ExpressionToken(kind: kind, start: start, end: index))
    }

    private mutating func fail(_ message: String, _ start: Int) {
        problems.append(place.problem(message, at: start))
        isReadable = false
    }

    static func beginsName(_ scalar: Unicode.Scalar) -> Bool {
        if scalar == "_" { return true }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        // Emoji, which mean nothing else.
        case .otherSymbol: return scalar.value > 0xFF
        default: return false
        }
    }

    static func continuesName(_ scalar: Unicode.Scalar) -> Bool {
        if beginsName(scalar) { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber: return true
        // Skin tones, and what joins several emoji to one.
        case .modifierSymbol: return (0x1F3FB...0x1F3FF).contains(scalar.value)
        default: return scalar.value == 0x200D
        }
    }
}
