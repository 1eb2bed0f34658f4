/// Walks through SQL of whatever dialect, keeping track of quotes and comments as far as all dialects agree. Behind
/// what they read differently no variable may stand, for nobody could say whether it is inside quotes.
struct QueryScan {
    private(set) var segments: [DatabaseQuery.Segment] = []
    private(set) var mistakes: [VariableTemplate.Mistake] = []

    private enum State: Equatable {
        case plain
        case quoted(Unicode.Scalar, hasBackslash: Bool)
        case lineComment, blockComment
    }

    private var state = State.plain
    /// What dialects do not agree on, once it was met.
    private var ambiguity: String?
    private var brackets = 0
    private var text = String.UnicodeScalarView()
    private var previous: Unicode.Scalar = " "
    /// Of a variable outside quotes behind which nothing stands yet.
    private var openValue: Int?

    /// What the author wrote between two variables.
    mutating func read(_ part: String) {
        let scalars = Array(part.unicodeScalars)
        if let offset = openValue, let first = scalars.first, Self.adheres(first) { refuseWord(offset) }
        openValue = nil
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : " "
            switch state {
            case .plain: begin(scalar, next)
            case .quoted(let quote, _):
                if scalar == "\\" {
                    state = .quoted(quote, hasBackslash: true)
                    if next == quote || next == "\\" { ambiguity = ambiguity ?? "a backslash before \(next)" }
                } else if scalar == quote {
                    // A doubled quote opens the next text at once, which comes to the same.
                    state = .plain
                }
            case .lineComment:
                if scalar == "\n" { state = .plain }
                if scalar == "\r", next != "\n" { ambiguity = ambiguity ?? "a carriage return in a comment" }
            case .blockComment:
                if previous == "*", scalar == "/" { state = .plain }
                if previous == "/", scalar == "*" { ambiguity = ambiguity ?? "a comment in a comment" }
            }
            text.append(scalar)
            previous = scalar
        }
    }

    /// What opens at a character outside quotes.
    private mutating func begin(_ scalar: Unicode.Scalar, _ next: Unicode.Scalar) {
        switch scalar {
        case "'", "\"", "`": state = .quoted(scalar, hasBackslash: false)
        case "-" where previous == "-":
            state = .lineComment
            // Two minus signs for MySQL.
            if !next.properties.isWhitespace { ambiguity = ambiguity ?? "-- without a blank" }
        case "*" where previous == "/":
            state = .blockComment
            // MySQL executes what stands in such a comment.
            if next == "!" || next == "M" { ambiguity = ambiguity ?? "/*!" }
        // A comment for MySQL, an operator for others.
        case "#": ambiguity = ambiguity ?? "#"
        // Quotes for PostgreSQL alone.
        case "$" where next == "$" || Self.continuesWord(next): ambiguity = ambiguity ?? "$"
        case "[": brackets += 1
        case "]": brackets = max(0, brackets - 1)
        default: break
        }
    }

    /// The value of a variable; `offset`: of its reference.
    mutating func put(_ value: String, offset: Int) {
        if value.unicodeScalars.contains("\0") {
            return refuse("the value of the variable holds a NUL character", offset)
        }
        if let ambiguity {
            return refuse(
                "databases read \(ambiguity) in a query in different ways; no variable can stand behind it", offset)
        }
        // SQLite takes them for quotes.
        if brackets > 0 { return refuse("a variable cannot stand inside [ ] in a query", offset) }
        switch state {
        case .plain:
            if Self.adheres(previous) || openValue != nil { return refuseWord(offset) }
            flush()
            segments.append(.value(LiteralText.value(value)))
            previous = " "
            openValue = offset
        case .quoted(_, hasBackslash: true):
            refuse("a variable cannot stand in a text with backslashes; put the parts together with ||", offset)
        case .quoted(let quote, _):
            if quote == "'", previous == quote, isPrefixed { return refuseWord(offset) }
            flush()
            segments.append(.quotedPart(value, quote: Character(quote)))
            previous = " "
        case .lineComment, .blockComment: refuse("a variable cannot stand in a comment of a query", offset)
        }
    }

    mutating func finish() { flush() }

    /// The text that was just opened is of a kind of its own (`E'`, `X'`, `U&'`): some read backslashes.
    private var isPrefixed: Bool { text.dropLast().last.map { Self.continuesWord($0) || $0 == "&" } ?? false }

    private mutating func flush() {
        if !text.isEmpty { segments.append(.sql(String(text))) }
        text = String.UnicodeScalarView()
    }

    private mutating func refuseWord(_ offset: Int) {
        refuse(
            "a variable outside quotes is one value, not a part of a word; put the whole name in double quotes "
                + "(\"sales_${YEAR}\"), or the whole text in '…'", offset)
    }

    private mutating func refuse(_ message: String, _ offset: Int) {
        mistakes.append(VariableTemplate.Mistake(message: message, offset: offset))
    }

    /// A value beside it would become one with it.
    private static func adheres(_ scalar: Unicode.Scalar) -> Bool {
        continuesWord(scalar) || scalar == "'" || scalar == "\"" || scalar == "`"
    }

    private static func continuesWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "$" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}
