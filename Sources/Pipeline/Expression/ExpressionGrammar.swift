/// The grammar: a Pratt parser over the words of one expression. The first word that does not fit ends the parse;
/// what is wrong inside well-formed parts (a date that does not exist, an unknown type) is collected.
struct ExpressionGrammar {
    /// Binding power, rising.
    enum Level {
        static let or = 1, and = 2, not = 3, comparison = 4, concatenation = 5, sum = 6, product = 7, negation = 8
        static let cast = 9
    }

    /// Words that are never a column unless quoted.
    static let reserved: Set<String> = [
        "and", "or", "not", "is", "null", "true", "false", "in", "between", "like", "ilike", "case", "when", "then",
        "else", "end",
    ]
    /// Functions that SQL writes without brackets.
    static let bareFunctions: Set<String> = ["current_date", "current_timestamp"]

    /// A finished part with what its surroundings must know about it.
    struct Part {
        enum Form {
            case plain, number, comparison
            case bareDate(Int)
        }
        var expression: Expression
        var depth: Int
        var form = Form.plain
    }

    /// The parse has ended; the problem is recorded.
    struct Stop: Error {}

    let tokens: [ExpressionToken]
    let scalars: [Unicode.Scalar]
    let place: ExpressionPlace
    var index = 0
    private var recursion = 0
    /// Unquoted dates for which no comparison has been seen yet, by offset.
    var looseDates: Set<Int> = []
    private(set) var problems: [Problem] = []

    init(_ tokens: [ExpressionToken], scalars: [Unicode.Scalar], place: ExpressionPlace) {
        self.tokens = tokens
        self.scalars = scalars
        self.place = place
    }

    mutating func run() -> Expression? {
        guard token.kind != .end else {
            report("the expression is empty", at: 0)
            return nil
        }
        do {
            let part = try expression(0)
            if token.kind != .end { try unexpected("an operator or the end of the expression") }
            for offset in looseDates.sorted() {
                report("a date without quotes can only be compared; write DATE '\(slice(offset, 10))'", at: offset)
            }
            return part.expression
        } catch {
            // The problem was recorded when the parse stopped.
            return nil
        }
    }

    // MARK: Operators

    mutating func expression(_ minimum: Int) throws -> Part {
        recursion += 1
        defer { recursion -= 1 }
        // A bracket costs two calls at most.
        guard recursion <= 2 * ExpressionParser.depthLimit else { throw tooDeep(token.start) }
        var left = try prefix(minimum)
        while let level = levelOfNextOperator(), level >= minimum {
            let start = token.start
            switch level {
            case Level.or: left = try chain(left, .or, "or", level)
            case Level.and: left = try chain(left, .and, "and", level)
            case Level.comparison: left = try comparison(left)
            case Level.cast:
                index += 1
                let type = try typeName()
                left = try build(.cast(left.expression, type, isTry: false), [left])
            default:
                guard case .symbol(let symbol) = token.kind, let op = BinaryOperator(rawValue: symbol) else {
                    throw stop("unexpected \(token.description)", at: start)
                }
                index += 1
                let right = try expression(level + 1)
                left = try build(.binary(op, left.expression, right.expression), [left, right])
            }
        }
        return left
    }

    func levelOfNextOperator() -> Int? {
        switch token.kind {
        case .symbol(let symbol):
            switch symbol {
            case "=", "==", "<>", "!=", "<", "<=", ">", ">=": Level.comparison
            case "||": Level.concatenation
            case "+", "-": Level.sum
            case "*", "/", "%": Level.product
            case "::": Level.cast
            default: nil
            }
        case .name:
            switch token.word {
            case "or": Level.or
            case "and": Level.and
            case "is", "in", "between", "like", "ilike": Level.comparison
            case "not" where ["in", "between", "like", "ilike"].contains(peek(1).word): Level.comparison
            default: nil
            }
        default: nil
        }
    }

    /// Long chains of AND or OR become a balanced tree, so that a thousand terms are not a thousand levels.
    mutating func chain(_ first: Part, _ op: BinaryOperator, _ word: String, _ level: Int) throws -> Part {
        var parts = [first]
        while token.word == word {
            index += 1
            parts.append(try expression(level + 1))
        }
        if parts.count <= 32 {
            return try parts.dropFirst().reduce(first) { try join($0, $1, op) }
        }
        while parts.count > 1 {
            var next: [Part] = []
            for pair in stride(from: 0, to: parts.count, by: 2) {
                next.append(
                    pair + 1 < parts.count ? try join(parts[pair], parts[pair + 1], op) : parts[pair])
            }
            parts = next
        }
        return parts[0]
    }

    mutating func join(_ left: Part, _ right: Part, _ op: BinaryOperator) throws -> Part {
        try build(.binary(op, left.expression, right.expression), [left, right])
    }

    mutating func comparison(_ left: Part) throws -> Part {
        let start = token.start
        if case .symbol(let symbol) = token.kind {
            if case .comparison = left.form {
                throw stop(
                    "comparisons cannot be chained; write a < b AND b < c (and OR for \"or\": || joins texts)",
                    at: start)
            }
            let symbols = ["==": "=", "!=": "<>"]
            guard let op = BinaryOperator(rawValue: symbols[symbol] ?? symbol) else {
                throw stop("unexpected \(token.description)", at: start)
            }
            index += 1
            let right = try bareText() ?? expression(Level.comparison + 1)
            settleDates(left, right)
            var part = try build(.binary(op, left.expression, right.expression), [left, right])
            part.form = .comparison
            return part
        }
        if token.word == "is" { return try isTest(left) }
        let isNegated = accept("not")
        let word = token.word
        index += 1
        switch word {
        case "in": return try membership(left, isNegated)
        case "between":
            let low = try expression(Level.comparison + 1)
            try expect(word: "and", "of BETWEEN")
            let high = try expression(Level.comparison + 1)
            settleDates(left, low, high)
            return try build(
                .between(left.expression, low: low.expression, high: high.expression, negated: isNegated),
                [left, low, high])
        default:
            let pattern = try expression(Level.comparison + 1)
            if token.word == "escape" {
                throw stop("ESCAPE is not supported: in a pattern only % and _ are special", at: token.start)
            }
            return try build(
                .like(
                    left.expression, pattern: pattern.expression, caseSensitive: word == "like", negated: isNegated),
                [left, pattern])
        }
    }

    mutating func membership(_ left: Part, _ isNegated: Bool) throws -> Part {
        try expect("(", "after IN")
        let open = tokens[index - 1].start
        if token.isSymbol(")") { throw stop("IN needs at least one value", at: token.start) }
        var items: [Part] = []
        repeat { items.append(try bareText() ?? expression(0)) } while accept(symbol: ",")
        try expectClosing(open)
        settleDates(left)
        for item in items { settleDates(item) }
        return try build(
            .inList(left.expression, items.map(\.expression), negated: isNegated), [left] + items)
    }

    mutating func isTest(_ left: Part) throws -> Part {
        index += 1
        let isNegated = accept("not")
        if accept("null") { return try build(.isNull(left.expression, negated: isNegated), [left]) }
        for (word, value) in [("true", true), ("false", false)] where accept(word) {
            let literal = Expression(.literal(.boolean(value)), at: place.position(tokens[index - 1].start))
            return try build(
                .isDistinctFrom(left.expression, literal, negated: !isNegated), [left])
        }
        guard accept("distinct"), accept("from") else {
            try unexpected("NULL, NOT NULL, TRUE, FALSE or DISTINCT FROM behind IS")
        }
        let right = try expression(Level.comparison + 1)
        settleDates(left, right)
        return try build(
            .isDistinctFrom(left.expression, right.expression, negated: isNegated), [left, right])
    }

    // MARK: Building

    func leaf(_ kind: Expression.Kind, at start: Int) -> Part {
        Part(expression: Expression(kind, at: place.position(start)), depth: 1)
    }

    /// `start` nil: an operator, which begins where its left operand begins.
    mutating func build(_ kind: Expression.Kind, _ parts: [Part], at start: Int? = nil) throws -> Part {
        let depth = 1 + (parts.map(\.depth).max() ?? 0)
        guard depth <= ExpressionParser.depthLimit else { throw tooDeep(start ?? tokens[index - 1].start) }
        let position = start.map(place.position) ?? parts[0].expression.position
        return Part(expression: Expression(kind, at: position), depth: depth)
    }

    mutating func settleDates(_ parts: Part...) {
        for case .bareDate(let offset) in parts.map(\.form) { looseDates.remove(offset) }
    }

    // MARK: Words

    var token: ExpressionToken { tokens[index] }

    func peek(_ distance: Int) -> ExpressionToken { tokens[min(index + distance, tokens.count - 1)] }

    mutating func accept(_ word: String) -> Bool {
        guard token.word == word else { return false }
        index += 1
        return true
    }

    mutating func accept(symbol: String) -> Bool {
        guard token.isSymbol(symbol) else { return false }
        index += 1
        return true
    }

    mutating func expect(_ symbol: String, _ where: String) throws {
        if !accept(symbol: symbol) { try unexpected("\"\(symbol)\" \(`where`)") }
    }

    mutating func expect(word: String, _ where: String) throws {
        if !accept(word) { try unexpected("\(word.uppercased()) \(`where`)") }
    }

    mutating func expectClosing(_ open: Int) throws {
        if accept(symbol: ")") { return }
        let place = place.position(open).map { " at line \($0.line), column \($0.column)" } ?? ""
        try unexpected("\")\" for the \"(\"\(place)")
    }

    func slice(_ start: Int, _ count: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<min(start + count, scalars.count)])
        return String(view)
    }

    // MARK: Problems

    mutating func unexpected(_ expected: String) throws -> Never {
        let found = token
        var message = "expected \(expected), found \(found.description)"
        if index > 0 { message += advice(before: tokens[index - 1], found) }
        throw stop(message, at: found.start)
    }

    func advice(before previous: ExpressionToken, _ found: ExpressionToken) -> String {
        switch (previous.kind, found.kind) {
        case (.name, .variable) where previous.end == found.start:
            "; a variable outside quotes is a value: for a part of a name write \"…${NAME}…\" in double quotes"
        case (.symbol("*"), .symbol("*")): "; a power is power(a, b)"
        case (.symbol("/"), .symbol("/")): "; a division without remainder is floor(a / b)"
        case (.symbol("="), .symbol(">")): "; write >="
        case (.name(_, .none), .name(_, .none)):
            "; a text stands in single quotes\(bareWords(from: index - 1)), a name with blanks in double quotes"
        default: ""
        }
    }

    mutating func stop(_ message: String, at offset: Int) -> Stop {
        report(message, at: offset)
        return Stop()
    }

    mutating func tooDeep(_ offset: Int) -> Stop {
        stop("the expression is nested more than \(ExpressionParser.depthLimit) levels deep", at: offset)
    }

    mutating func report(_ message: String, at offset: Int, _ severity: Problem.Severity = .error) {
        var problem = place.problem(message, at: offset)
        problem.severity = severity
        problems.append(problem)
    }
}
