/// A word of an expression with its place: offsets count Unicode scalars of the text from 0.
struct ExpressionToken {
    enum Kind: Equatable {
        /// Digits as written, without underscores; a point or an exponent possible.
        case number(String)
        /// `2024-01-01` written without quotes.
        case bareDate(String)
        case text(String)
        case name(String, Expression.Quoting)
        /// A variable outside quotes: one literal, whatever its value holds. `raw` is the value.
        case variable(Literal, raw: String)
        /// An operator, bracket or comma.
        case symbol(String)
        case end
    }

    var kind: Kind
    var start: Int
    /// Behind the last scalar.
    var end: Int

    /// The word in lower case when this is a name without quotes.
    var word: String? {
        guard case .name(let name, .none) = kind else { return nil }
        return name.lowercased()
    }

    func isSymbol(_ symbol: String) -> Bool { kind == .symbol(symbol) }

    /// For messages: `"="`, `the text 'x'`.
    var description: String {
        switch kind {
        case .number(let digits): digits
        case .bareDate(let date): date
        case .text: "a text in quotes"
        case .name(let name, _): "\"\(name)\""
        case .variable: "a variable"
        case .symbol(let symbol): "\"\(symbol)\""
        case .end: "the end of the expression"
        }
    }
}
