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
    private struct Stop: Error {}

    private let tokens: [ExpressionToken]
    private let scalars: [Unicode.Scalar]
    private let place: ExpressionPlace
    private var index = 0
    private var recursion = 0
    /// Unquoted dates for which no comparison has been seen yet, by offset.
    private var looseDates: Set<Int> = []
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

    private mutating func expression(_ minimum: Int) throws -> Part {
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

    private func levelOfNextOperator() -> Int? {
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
    private mutating func chain(_ first: Part, _ op: BinaryOperator, _ word: String, _ level: Int) throws -> Part {
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

    private mutating func join(_ left: Part, _ right: Part, _ op: BinaryOperator) throws -> Part {
        try build(.binary(op, left.expression, right.expression), [left, right])
    }

    private mutating func comparison(_ left: Part) throws -> Part {
        let start = token.start
        if case .symbol(let symbol) = token.kind {
            if case .comparison = left.form {
                throw stop("comparisons cannot be chained; write a < b AND b < c", at: start)
            }
            let symbols = ["==": "=", "!=": "<>"]
            guard let op = BinaryOperator(rawValue: symbols[symbol] ?? symbol) else {
                throw stop("unexpected \(token.description)", at: start)
            }
            index += 1
            let right = try expression(Level.comparison + 1)
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

    private mutating func membership(_ left: Part, _ isNegated: Bool) throws -> Part {
        try expect("(", "after IN")
        let open = tokens[index - 1].start
        if token.isSymbol(")") { throw stop("IN needs at least one value", at: token.start) }
        var items: [Part] = []
        repeat { items.append(try expression(0)) } while accept(symbol: ",")
        try expectClosing(open)
        settleDates(left)
        items.forEach { settleDates($0) }
        return try build(
            .inList(left.expression, items.map(\.expression), negated: isNegated), [left] + items)
    }

    private mutating func isTest(_ left: Part) throws -> Part {
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

    // MARK: Operands

    private mutating func prefix(_ minimum: Int) throws -> Part {
        let start = token.start
        let current = token
        index += 1
        switch current.kind {
        case .number(let digits): return try number(digits, at: start)
        case .bareDate(let date):
            if !CalendarText.isDate(date) { report("there is no date \(date)", at: start) }
            looseDates.insert(start)
            var part = leaf(.literal(.date(date)), at: start)
            part.form = .bareDate(start)
            return part
        case .text(let text): return leaf(.literal(.text(text)), at: start)
        case .variable(let literal, _): return leaf(.literal(literal), at: start)
        case .name(let name, let quoting):
            guard quoting == .none else { return leaf(.column(name, quoting), at: start) }
            return try word(name, minimum, at: start)
        case .symbol("("):
            let inner = try expression(0)
            try expectClosing(start)
            return Part(expression: inner.expression, depth: inner.depth)
        case .symbol("-"):
            // The smallest integer has no positive counterpart.
            if token.kind == .number("9223372036854775808"), !peek(1).isSymbol("::") {
                index += 1
                return leaf(.literal(.integer(.min)), at: start)
            }
            let operand = try expression(Level.negation)
            if case .number = operand.form, case .literal(let literal) = operand.expression.kind {
                var part = leaf(.literal(literal.negated), at: start)
                part.depth = operand.depth
                return part
            }
            return try build(.unary(.minus, operand.expression), [operand], at: start)
        case .symbol("+"): return try expression(Level.negation)
        default:
            index -= 1
            try unexpected("a column, a value or a function")
        }
    }

    private mutating func number(_ digits: String, at start: Int) throws -> Part {
        do {
            var part = leaf(.literal(try LiteralText.number(digits)), at: start)
            part.form = .number
            return part
        } catch {
            switch error {
            case .beyondInt64:
                report(
                    "\(digits) is beyond int64; write \(digits)e0 for a double or \(digits).0 for a decimal", at: start)
            case .beyondDouble: report("\(digits) is beyond the range of a double", at: start)
            case .tooManyDigits: report("a decimal number has at most 38 digits", at: start)
            }
            return leaf(.literal(.integer(0)), at: start)
        }
    }

    private mutating func word(_ name: String, _ minimum: Int, at start: Int) throws -> Part {
        let lower = name.lowercased()
        switch lower {
        case "null": return leaf(.literal(.null), at: start)
        case "true": return leaf(.literal(.boolean(true)), at: start)
        case "false": return leaf(.literal(.boolean(false)), at: start)
        case "not":
            guard minimum <= Level.not else { throw stop("NOT needs brackets here: (NOT …)", at: start) }
            let operand = try expression(Level.not)
            return try build(.unary(.not, operand.expression), [operand], at: start)
        case "case": return try caseWhen(at: start)
        case "date", "timestamp", "interval":
            if let literal = try typedLiteral(lower, at: start) { return literal }
        default: break
        }
        if Self.reserved.contains(lower) {
            throw stop("unexpected \(lower.uppercased()); a column of that name stands in double quotes", at: start)
        }
        if token.isSymbol("(") {
            switch lower {
            case "cast", "try_cast": return try cast(isTry: lower == "try_cast", at: start)
            case "extract": return try extract(at: start)
            default: return try call(lower, at: start)
            }
        }
        if Self.bareFunctions.contains(lower) { return leaf(.call(FunctionCall(lower, [])), at: start) }
        if let joined = spacedName(from: start, minimum) { return leaf(.column(joined, .backtick), at: start) }
        return leaf(.column(name), at: start)
    }

    /// `first name = 'Al'`: several words that are the whole left side of a comparison are one column.
    private mutating func spacedName(from start: Int, _ minimum: Int) -> String? {
        var last = index
        while case .name(_, .none) = tokens[last].kind, let word = tokens[last].word, !Self.reserved.contains(word) {
            last += 1
        }
        guard last > index, minimum <= Level.comparison, isLeftEdge(index - 1) else { return nil }
        let next = tokens[last]
        let comparisons = ["=", "==", "<>", "!=", "<", "<=", ">", ">="]
        let isCompared =
            comparisons.contains { next.isSymbol($0) }
            || ["is", "in", "between", "like", "ilike", "not"].contains(next.word)
        guard isCompared else { return nil }
        index = last
        return slice(start, tokens[last - 1].end - start)
    }

    /// Whether nothing that binds stands before the word at `position`.
    private func isLeftEdge(_ position: Int) -> Bool {
        guard position > 0 else { return true }
        let before = tokens[position - 1]
        return before.isSymbol("(") || before.isSymbol(",") || ["and", "or", "not", "when"].contains(before.word)
    }

    /// `DATE '…'`, `TIMESTAMP '…'`, `INTERVAL '…'`, `INTERVAL 30 DAY`; nil when the word is a column or function.
    private mutating func typedLiteral(_ word: String, at start: Int) throws -> Part? {
        let valueStart = token.start
        let text: String
        switch token.kind {
        case .text(let value): text = value
        case .variable(_, let raw): text = raw
        case .number(let digits) where word == "interval": text = digits
        case .symbol("-") where word == "interval":
            guard case .number(let digits) = peek(1).kind, IntervalText.unit(peek(2).word ?? "") != nil else {
                return nil
            }
            index += 1
            text = "-" + digits
        default: return nil
        }
        index += 1
        switch word {
        case "date":
            guard CalendarText.isDate(text) else {
                report("not a date: write DATE 'YYYY-MM-DD'", at: valueStart)
                return leaf(.literal(.null), at: start)
            }
            return leaf(.literal(.date(text)), at: start)
        case "timestamp":
            guard let timestamp = CalendarText.timestamp(text) else {
                report("not a timestamp: write TIMESTAMP 'YYYY-MM-DD HH:MM:SS'", at: valueStart)
                return leaf(.literal(.null), at: start)
            }
            return leaf(.literal(.timestamp(timestamp)), at: start)
        default:
            var literal: Literal?
            if let unitWord = token.word, IntervalText.unit(unitWord) != nil {
                index += 1
                literal = IntervalText.literal(text, unitWord)
            } else {
                literal = IntervalText.literal(text)
            }
            if literal == nil {
                report("not an interval: write INTERVAL '30 days' or INTERVAL 30 DAY", at: valueStart)
            }
            return leaf(.literal(literal ?? .null), at: start)
        }
    }

    private mutating func caseWhen(at start: Int) throws -> Part {
        var parts: [Part] = []
        var operand: Part?
        if token.word != "when" {
            let part = try expression(0)
            operand = part
            parts.append(part)
        }
        var branches: [Expression.Branch] = []
        while accept("when") {
            let when = try expression(0)
            if operand != nil { settleDates(when) }
            try expect(word: "then", "of WHEN")
            let then = try expression(0)
            parts += [when, then]
            branches.append(Expression.Branch(when: when.expression, then: then.expression))
        }
        guard !branches.isEmpty else { try unexpected("WHEN") }
        var otherwise: Part?
        if accept("else") {
            let part = try expression(0)
            otherwise = part
            parts.append(part)
        }
        try expect(word: "end", "of CASE")
        return try build(
            .caseWhen(operand: operand?.expression, branches: branches, otherwise: otherwise?.expression), parts,
            at: start)
    }

    private mutating func cast(isTry: Bool, at start: Int) throws -> Part {
        let open = token.start
        index += 1
        let operand = try expression(0)
        try expect(word: "as", "of CAST")
        let type = try typeName()
        try expectClosing(open)
        return try build(.cast(operand.expression, type, isTry: isTry), [operand], at: start)
    }

    private mutating func extract(at start: Int) throws -> Part {
        let open = token.start
        index += 1
        let partStart = token.start
        let part: String
        switch token.kind {
        case .name(let name, _): part = name.lowercased()
        case .text(let text): part = text.lowercased()
        default: try unexpected("a part such as year, month or day")
        }
        index += 1
        if !DatePart.all.contains(part) {
            let advice = Suggestion.phrase(for: part, among: DatePart.all)
            report(
                "unknown part \"\(part)\" of a date; there are \(DatePart.all.joined(separator: ", "))\(advice)",
                at: partStart)
        }
        try expect(word: "from", "of EXTRACT")
        let operand = try expression(0)
        try expectClosing(open)
        return try build(.extract(part: part, operand.expression), [operand], at: start)
    }

    private mutating func call(_ name: String, at start: Int) throws -> Part {
        let open = token.start
        index += 1
        var call = FunctionCall(name, [])
        var parts: [Part] = []
        if token.isSymbol("*"), peek(1).isSymbol(")") {
            index += 1
            call.isStar = true
        } else if !token.isSymbol(")") {
            call.isDistinct = accept("distinct")
            repeat { parts.append(try expression(0)) } while accept(symbol: ",")
        }
        if token.word == "order" {
            throw stop("ORDER BY inside a function is not supported", at: token.start)
        }
        try expectClosing(open)
        call.arguments = parts.map(\.expression)
        if token.word == "over" {
            throw stop("OVER is not supported in an expression; use the window transform", at: token.start)
        }
        if token.word == "filter", peek(1).isSymbol("(") {
            index += 2
            let filterOpen = tokens[index - 1].start
            try expect(word: "where", "of FILTER")
            let filter = try expression(0)
            try expectClosing(filterOpen)
            parts.append(filter)
            call.filter = filter.expression
        }
        check(call, at: start)
        return try build(.call(call), parts, at: start)
    }

    /// What can be said of a call before any column is known.
    private mutating func check(_ call: FunctionCall, at start: Int) {
        guard let definition = FunctionTable.named(call.name) else {
            return report(FunctionTable.unknown(call.name), at: start)
        }
        if call.isStar {
            if call.name != "count" { report("* can only stand in count(*)", at: start) }
        } else if let problem = definition.arityProblem(call.arguments.count) {
            report(problem, at: start)
        }
        if !definition.isAggregate, call.isDistinct || call.filter != nil {
            report("\(call.name) is no aggregate: DISTINCT and FILTER mean nothing there", at: start)
        }
    }

    /// `int64`, `decimal(10, 2)`.
    private mutating func typeName() throws -> DataType {
        let start = token.start
        guard case .name(let name, .none) = token.kind else { try unexpected("a type such as int64 or date") }
        index += 1
        var text = name
        if accept(symbol: "(") {
            let open = tokens[index - 1].start
            var sizes: [String] = []
            repeat {
                guard case .number(let digits) = token.kind else { try unexpected("a number") }
                sizes.append(digits)
                index += 1
            } while accept(symbol: ",")
            try expectClosing(open)
            text += "(" + sizes.joined(separator: ", ") + ")"
        }
        if let type = CastType.type(text) { return type }
        report("unknown type \"\(text)\"\(Suggestion.phrase(for: name, among: CastType.names))", at: start)
        return .unknown
    }

    // MARK: Building

    private func leaf(_ kind: Expression.Kind, at start: Int) -> Part {
        Part(expression: Expression(kind, at: place.position(start)), depth: 1)
    }

    /// `start` nil: an operator, which begins where its left operand begins.
    private mutating func build(_ kind: Expression.Kind, _ parts: [Part], at start: Int? = nil) throws -> Part {
        let depth = 1 + (parts.map(\.depth).max() ?? 0)
        guard depth <= ExpressionParser.depthLimit else { throw tooDeep(start ?? tokens[index - 1].start) }
        let position = start.map(place.position) ?? parts[0].expression.position
        return Part(expression: Expression(kind, at: position), depth: depth)
    }

    private mutating func settleDates(_ parts: Part...) {
        for case .bareDate(let offset) in parts.map(\.form) { looseDates.remove(offset) }
    }

    // MARK: Words

    private var token: ExpressionToken { tokens[index] }

    private func peek(_ distance: Int) -> ExpressionToken { tokens[min(index + distance, tokens.count - 1)] }

    private mutating func accept(_ word: String) -> Bool {
        guard token.word == word else { return false }
        index += 1
        return true
    }

    private mutating func accept(symbol: String) -> Bool {
        guard token.isSymbol(symbol) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ symbol: String, _ where: String) throws {
        if !accept(symbol: symbol) { try unexpected("\"\(symbol)\" \(`where`)") }
    }

    private mutating func expect(word: String, _ where: String) throws {
        if !accept(word) { try unexpected("\(word.uppercased()) \(`where`)") }
    }

    private mutating func expectClosing(_ open: Int) throws {
        if accept(symbol: ")") { return }
        let place = place.position(open).map { " at line \($0.line), column \($0.column)" } ?? ""
        try unexpected("\")\" for the \"(\"\(place)")
    }

    private func slice(_ start: Int, _ count: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[start..<min(start + count, scalars.count)])
        return String(view)
    }

    // MARK: Problems

    private mutating func unexpected(_ expected: String) throws -> Never {
        let found = token
        var message = "expected \(expected), found \(found.description)"
        if index > 0 { message += advice(before: tokens[index - 1], found) }
        throw stop(message, at: found.start)
    }

    private func advice(before previous: ExpressionToken, _ found: ExpressionToken) -> String {
        switch (previous.kind, found.kind) {
        case (.name, .variable) where previous.end == found.start:
            "; a variable outside quotes is a value: for a part of a name write \"…${NAME}…\" in double quotes"
        case (.name(_, .none), .name(_, .none)):
            "; a text stands in single quotes, a name with blanks in double quotes"
        default: ""
        }
    }

    private mutating func stop(_ message: String, at offset: Int) -> Stop {
        report(message, at: offset)
        return Stop()
    }

    private mutating func tooDeep(_ offset: Int) -> Stop {
        stop("the expression is nested more than \(ExpressionParser.depthLimit) levels deep", at: offset)
    }

    private mutating func report(_ message: String, at offset: Int) {
        problems.append(place.problem(message, at: offset))
    }
}
