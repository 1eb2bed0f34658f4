/// What stands between operators: values, columns, brackets, CASE, casts and calls.
extension ExpressionGrammar {
    mutating func prefix(_ minimum: Int) throws -> Part {
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

    mutating func number(_ digits: String, at start: Int) throws -> Part {
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

    mutating func word(_ name: String, _ minimum: Int, at start: Int) throws -> Part {
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
        if let joined = bareName(from: start) { return leaf(.column(joined, .backtick), at: start) }
        return leaf(.column(name), at: start)
    }

    /// `first name = 'Al'`: several words that are the whole left side of a comparison are one column.
    mutating func spacedName(from start: Int, _ minimum: Int) -> String? {
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
    func isLeftEdge(_ position: Int) -> Bool {
        guard position > 0 else { return true }
        let before = tokens[position - 1]
        return before.isSymbol("(") || before.isSymbol(",") || ["and", "or", "not", "when"].contains(before.word)
    }

    /// `DATE '…'`, `TIMESTAMP '…'`, `INTERVAL '…'`, `INTERVAL 30 DAY`; nil when the word is a column or function.
    mutating func typedLiteral(_ word: String, at start: Int) throws -> Part? {
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

    mutating func caseWhen(at start: Int) throws -> Part {
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

    mutating func cast(isTry: Bool, at start: Int) throws -> Part {
        let open = token.start
        index += 1
        let operand = try expression(0)
        try expect(word: "as", "of CAST")
        let type = try typeName()
        try expectClosing(open)
        return try build(.cast(operand.expression, type, isTry: isTry), [operand], at: start)
    }

    mutating func extract(at start: Int) throws -> Part {
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

    mutating func call(_ name: String, at start: Int) throws -> Part {
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
        if name == "percentile_cont" {
            guard parts.count == 1, token.word == "within" else {
                throw stop(
                    "write percentile_cont(0.5) WITHIN GROUP (ORDER BY column), or quantile(column, 0.5)", at: start)
            }
            let ordered = try withinGroup()
            call = FunctionCall("quantile", [ordered.expression, parts[0].expression])
            parts.append(ordered)
        }
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

    /// `WITHIN GROUP (ORDER BY value)`: the value.
    mutating func withinGroup() throws -> Part {
        index += 1
        try expect(word: "group", "behind WITHIN")
        let open = token.start
        try expect("(", "behind GROUP")
        try expect(word: "order", "inside the brackets")
        try expect(word: "by", "behind ORDER")
        let value = try expression(0)
        if token.word == "desc" { throw stop("only an ascending order is supported here; take 1 - q", at: token.start) }
        _ = accept("asc")
        try expectClosing(open)
        return value
    }

    /// What can be said of a call before any column is known.
    mutating func check(_ call: FunctionCall, at start: Int) {
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
    mutating func typeName() throws -> DataType {
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
        let suggestion = Suggestion.phrase(for: name, among: CastType.names)
        report(
            "unknown type \"\(text)\""
                + (suggestion.isEmpty ? "; such as text, int, double, boolean, date or timestamp" : suggestion),
            at: start)
        return .unknown
    }
}
