/// `sum(amount) OVER (PARTITION BY region ORDER BY day DESC)` as the whole of an expression: a window column, which has
/// the meaning that the window transform gives it. Anything else with OVER is left to the expression parser, which
/// refuses it with that advice.
struct OverClause {
    private struct Unfit: Error {}

    private let function: WindowColumnSpec.Function
    private var column: PlacedText?
    private var offset: Int64 = 1
    private var partitionBy: [PlacedText] = []
    private var orderBy: [SortKey] = []
    private let place: FieldPlace

    private var tokens: ArraySlice<ExpressionToken>

    init?(_ value: FieldValue) {
        guard case .scalar(let scalar) = value.node.content, scalar.text.utf8.count <= ExpressionParser.lengthLimit,
            let over = scalar.text.lowercased().firstRange(of: "over"), over.lowerBound > scalar.text.startIndex
        else { return nil }
        let scalars = Array(scalar.text.unicodeScalars)
        let origin = value.context.origin(of: scalar, at: value.place)
        var lexer = ExpressionLexer(
            scalars, scope: value.context.substitution.scope, place: ExpressionPlace(scalars, origin: origin))
        lexer.run()
        guard lexer.isReadable, lexer.variables.isEmpty, let word = lexer.tokens.first?.word else { return nil }
        guard let function = WindowColumnSpec.Function(rawValue: word == "mean" ? "avg" : word) else { return nil }
        self.function = function
        place = value.place
        tokens = lexer.tokens[...].dropFirst()
        do {
            try readCall()
            try readWindow()
        } catch {
            return nil
        }
        // SQL counts along an order, and its first and last value are those of a frame; the transform's are not.
        if [.count, .first, .last].contains(function), !orderBy.isEmpty { return nil }
        if function.ranks || function.shifts, orderBy.isEmpty { return nil }
    }

    func column(named name: PlacedText) -> WindowColumnSpec {
        WindowColumnSpec(
            name: name, function: function, column: column, offset: offset, partitionBy: partitionBy,
            orderBy: orderBy, place: place)
    }

    // MARK: Words

    private mutating func readCall() throws(Unfit) {
        try symbol("(")
        if function == .count, accept(symbol: "*") {
            column = nil
        } else if !function.ranks {
            column = try name()
            if function.shifts, accept(symbol: ",") {
                guard case .number(let digits)? = tokens.popFirst()?.kind, let rows = Int64(digits) else {
                    throw Unfit()
                }
                offset = rows
            }
        }
        try symbol(")")
    }

    private mutating func readWindow() throws(Unfit) {
        try word("over")
        try symbol("(")
        if accept("partition") {
            try word("by")
            repeat { partitionBy.append(try name()) } while accept(symbol: ",")
        }
        if accept("order") {
            try word("by")
            repeat {
                let column = try name()
                let isDescending = accept("desc")
                if !isDescending { _ = accept("asc") }
                orderBy.append(SortKey(column: column, descending: isDescending))
            } while accept(symbol: ",")
        }
        try symbol(")")
        guard tokens.first?.kind == .end else { throw Unfit() }
    }

    private mutating func name() throws(Unfit) -> PlacedText {
        guard case .name(let name, let quoting)? = tokens.popFirst()?.kind else { throw Unfit() }
        if quoting == .none, ExpressionGrammar.reserved.contains(name.lowercased()) { throw Unfit() }
        return PlacedText(name, place)
    }

    private mutating func accept(_ word: String) -> Bool {
        guard tokens.first?.word == word else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func accept(symbol: String) -> Bool {
        guard tokens.first?.isSymbol(symbol) == true else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func word(_ word: String) throws(Unfit) {
        if !accept(word) { throw Unfit() }
    }

    private mutating func symbol(_ symbol: String) throws(Unfit) {
        if !accept(symbol: symbol) { throw Unfit() }
    }
}
