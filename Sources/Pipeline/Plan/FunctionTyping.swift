/// Calls: which function a name means, whether its arguments fit, and what it gives.
extension ExpressionTyper {
    mutating func call(_ call: FunctionCall, _ whole: Expression) -> TypedExpression? {
        if call.isStar { return countRows(call, whole) }
        guard let definition = FunctionTable.named(call.name) else {
            return report(FunctionTable.unknown(call.name), whole)
        }
        if let problem = definition.arityProblem(call.arguments.count) { return report(problem, whole) }
        if definition.isAggregate { return aggregate(definition, call, whole) }
        switch definition.meaning {
        case .extract(let part): return extract(part, call.arguments[0], whole)
        case .castToDate:
            return type(Expression(.cast(call.arguments[0], .date, isTry: false), at: whole.position))
        case .castToTimestamp:
            return type(Expression(.cast(call.arguments[0], .timestamp, isTry: false), at: whole.position))
        case .concatenation: return concatenation(call.arguments)
        case .modulo:
            return type(Expression(.binary(.modulo, call.arguments[0], call.arguments[1]), at: whole.position))
        case .addition:
            return type(Expression(.binary(.add, call.arguments[0], call.arguments[1]), at: whole.position))
        case .function(let id):
            guard let arguments = arguments(definition, call.arguments, whole) else { return nil }
            return result(definition, id, arguments, whole)
        case .distinctCount, .median: return report("\(call.name) cannot stand here", whole)
        }
    }

    // MARK: Aggregates

    private mutating func countRows(_ call: FunctionCall, _ whole: Expression) -> TypedExpression? {
        guard call.name == "count" else { return report("* can only stand in count(*)", whole) }
        return insideAggregate("count", whole) { typer in
            var filter: TypedExpression?
            if let expression = call.filter {
                filter = typer.condition(expression)
                guard filter != nil else { return nil }
            }
            let aggregate = TypedExpression.AggregateCall(
                function: .countRows, arguments: [], isDistinct: false, filter: filter, order: [])
            return TypedExpression(.aggregate(aggregate), .int64)
        }
    }

    private mutating func aggregate(_ definition: FunctionDefinition, _ call: FunctionCall, _ whole: Expression)
        -> TypedExpression?
    {
        guard case .aggregate(let takesDistinct, let dependsOnOrder) = definition.nature else { return nil }
        if call.isDistinct, !takesDistinct {
            return report("DISTINCT means nothing in \(definition.name)", whole)
        }
        guard let keys = dependsOnOrder ? rowOrder(definition.name, whole) : [] else { return nil }
        return insideAggregate(definition.name, whole) { typer in
            let arguments = typer.arguments(definition, call.arguments, whole)
            var filter: TypedExpression?
            if let expression = call.filter {
                filter = typer.condition(expression)
                guard filter != nil else { return nil }
            }
            guard let arguments else { return nil }
            return typer.result(definition, call, arguments, filter, keys, whole)
        }
    }

    /// The order that an aggregate such as `first` reads its rows in.
    private mutating func rowOrder(_ name: String, _ whole: Expression) -> [Ordering]? {
        switch order {
        case .lost:
            return report(
                "\(name) depends on the order of rows, and \(RowOrder.whyLost); sort before it", whole)
        case .input(let ordinals, _):
            if ordinals.isEmpty { wantsOrdinal = true }
            return order.total(over: columns)
        case .sorted: return order.total(over: columns)
        }
    }

    private mutating func result(
        _ definition: FunctionDefinition, _ call: FunctionCall, _ arguments: [TypedExpression],
        _ filter: TypedExpression?, _ keys: [Ordering], _ whole: Expression
    ) -> TypedExpression? {
        var aggregate = TypedExpression.AggregateCall(
            function: .count, arguments: arguments, isDistinct: call.isDistinct, filter: filter, order: keys)
        switch definition.meaning {
        case .distinctCount:
            aggregate.isDistinct = true
            return TypedExpression(.aggregate(aggregate), .int64)
        case .median:
            aggregate.function = .quantile
            aggregate.arguments.append(TypedLiteral.make(.decimal("0.5")))
            return finish(aggregate, definition, whole)
        case .function(let id):
            aggregate.function = id
            // What is kept once has no place in an order but its own.
            if call.isDistinct, id == .joinTexts || id == .collect { aggregate.order = [] }
            return finish(aggregate, definition, whole)
        default: return nil
        }
    }

    private mutating func finish(
        _ given: TypedExpression.AggregateCall, _ definition: FunctionDefinition, _ whole: Expression
    ) -> TypedExpression? {
        var aggregate = given
        let first = aggregate.arguments[0]
        let type: DataType
        switch aggregate.function {
        case .sum:
            switch first.type {
            case .decimal(_, let scale): type = .decimal(precision: 38, scale: scale)
            case .float32, .float64:
                aggregate.arguments[0] = first.cast(to: .float64)
                type = .float64
            default:
                aggregate.arguments[0] = first.cast(to: .int64)
                type = .int64
            }
        case .average, .standardDeviation, .variance:
            aggregate.arguments[0] = first.cast(to: .float64)
            type = .float64
        case .quantile:
            guard quantileFits(aggregate.arguments[1]) else { return report("the quantile lies from 0 to 1", whole) }
            // Between two texts, or two days, there is nothing.
            type = TypeRules.isNumber(first.type) || first.type == .unknown ? .float64 : first.type
            aggregate.arguments[0] = first.cast(to: type)
        case .collect: type = .list(first.type == .unknown ? .text : first.type)
        case .joinTexts:
            guard TypeRules.isScalar(first.type) else { return report("string_agg needs texts", whole) }
            aggregate.arguments[0] = first.cast(to: .text)
            if aggregate.arguments.count == 1 { aggregate.arguments.append(TypedLiteral.make(.text(","))) }
            type = .text
        default:
            type = definition.result == .first ? first.type : fixed(definition.result)
        }
        return TypedExpression(.aggregate(aggregate), type)
    }

    private func quantileFits(_ typed: TypedExpression) -> Bool {
        switch typed.kind {
        case .literal(.integer(let value)): value == 0 || value == 1
        case .literal(.decimal(let digits)): Double(digits).map { (0...1).contains($0) } ?? false
        default: false
        }
    }

    // MARK: Arguments

    private mutating func arguments(
        _ definition: FunctionDefinition, _ expressions: [Expression], _ whole: Expression
    ) -> [TypedExpression]? {
        if definition.parameters.contains(.alike) { return alike(expressions, whole, definition.name.uppercased()) }
        let typed = expressions.enumerated().map { index, expression in
            argument(definition.parameters[min(index, definition.parameters.count - 1)], expression, definition)
        }
        guard let arguments = complete(typed) else { return nil }
        return check(definition, arguments, expressions) ? arguments : nil
    }

    private mutating func argument(
        _ parameter: FunctionDefinition.Parameter, _ expression: Expression, _ definition: FunctionDefinition
    ) -> TypedExpression? {
        let name = definition.name
        switch parameter {
        case .any, .alike: return type(expression)
        case .text: return text(expression, for: name)
        case .json:
            guard let typed = type(expression) else { return nil }
            if typed.type == .json || typed.type == .text { return typed }
            if typed.type == .unknown { return typed.cast(to: .text) }
            return report("\(name) needs JSON or text, found \(describe(typed, expression))", expression)
        case .moment: return moment(expression, for: name)
        case .part: return part(expression, name)
        case .number:
            guard let typed = type(expression) else { return nil }
            if TypeRules.isNumber(typed.type) { return typed }
            if typed.type == .unknown { return typed.cast(to: .float64) }
            // Of a condition: how many are true, or which share.
            if typed.type == .boolean, name == "sum" || name == "avg" { return typed.cast(to: .int64) }
            return report("\(name) needs a number, found \(describe(typed, expression))", expression)
        case .integer:
            guard let typed = type(expression) else { return nil }
            if TypeRules.isInteger(typed.type) || typed.type == .unknown { return typed.cast(to: .int64) }
            return report("\(name) needs a whole number, found \(describe(typed, expression))", expression)
        case .boolean: return condition(expression)
        case .orderable:
            guard let typed = type(expression) else { return nil }
            if TypeRules.isNumber(typed.type) || TypeRules.isMoment(typed.type) { return typed }
            if [.text, .time, .unknown].contains(typed.type) { return typed }
            return report("\(name) needs numbers, texts or dates, found \(describe(typed, expression))", expression)
        case .interval:
            guard let typed = type(expression) else { return nil }
            if typed.type == .interval { return typed }
            return report(
                "\(name) needs an interval such as INTERVAL 1 DAY, found \(describe(typed, expression))", expression)
        case .literalText:
            guard let typed = type(expression) else { return nil }
            if Self.isTextLiteral(typed) { return typed }
            return report("\(name) needs a text in quotes here, so that it can be checked before the run", expression)
        case .literalNumber:
            guard let typed = type(expression) else { return nil }
            if case .literal = typed.kind, TypeRules.isNumber(typed.type) { return typed }
            return report("\(name) needs a number that is written out here", expression)
        }
    }

    private mutating func part(_ expression: Expression, _ name: String) -> TypedExpression? {
        let word: String
        switch expression.kind {
        case .literal(.text(let text)): word = text
        case .column(let text, _): word = text
        default: return report("\(name) needs a part such as 'month' here", expression)
        }
        if let unit = IntervalText.unit(word), DatePart.spans.contains(unit) { return TypedLiteral.make(.text(unit)) }
        let advice = Suggestion.phrase(for: word, among: DatePart.spans)
        return report(
            "\(name) knows no part \"\(word)\"; there are \(DatePart.spans.joined(separator: ", "))\(advice)",
            expression)
    }

    /// What can be said of arguments that are written out: engines differ at the edges.
    private mutating func check(
        _ definition: FunctionDefinition, _ arguments: [TypedExpression], _ expressions: [Expression]
    ) -> Bool {
        guard case .function(let id) = definition.meaning else { return true }
        var leastAt: [Int: Int64] = [:]
        switch id {
        case .substring: leastAt = [1: 1, 2: 0]
        case .left, .right, .leftPad, .rightPad: leastAt = [1: 0]
        case .splitPart: leastAt = [2: 1]
        case .regexpExtract: leastAt = [2: 0]
        default: break
        }
        let before = problems.count
        for (index, least) in leastAt.sorted(by: { $0.key < $1.key }) where index < arguments.count {
            guard case .literal(.integer(let value)) = arguments[index].kind, value < least else { continue }
            refuse("\(definition.name) needs at least \(least) here", expressions[index])
        }
        switch (id, arguments.count > 1 ? arguments[1].kind : .literal(.null)) {
        case (.regexpMatches, .literal(.text(let pattern))), (.regexpReplace, .literal(.text(let pattern))),
            (.regexpExtract, .literal(.text(let pattern))):
            if let problem = RegexSubset.problem(pattern) { refuse("the pattern \(problem)", expressions[1]) }
            if id == .regexpExtract, arguments.count > 2, case .literal(.integer(let group)) = arguments[2].kind,
                group > RegexSubset.groups(pattern)
            {
                refuse("the pattern has only \(RegexSubset.groups(pattern)) groups", expressions[2])
            }
        case (.formatDate, .literal(.text(let pattern))) where DatePattern(pattern) == nil:
            refuse("the pattern of format_date is made of YYYY YY MM DD HH24 MI SS and signs", expressions[1])
        default: break
        }
        if id == .leftPad || id == .rightPad, case .literal(.text("")) = arguments[2].kind {
            refuse("\(definition.name) needs a text to fill up with", expressions[2])
        }
        return problems.count == before
    }

    private mutating func refuse(_ message: String, _ expression: Expression) {
        let _: TypedExpression? = report(message, expression)
    }

    // MARK: Results

    private mutating func result(
        _ definition: FunctionDefinition, _ id: FunctionID, _ arguments: [TypedExpression], _ whole: Expression
    ) -> TypedExpression? {
        let type: DataType
        var given = arguments
        switch id {
        case .round, .floor, .ceiling, .truncate: return rounding(id, arguments, whole)
        case .absolute where TypeRules.isInteger(arguments[0].type):
            given = [arguments[0].cast(to: .int64)]
            type = .int64
        case .dateTrunc:
            guard case .literal(.text(let part)) = arguments[0].kind else { return nil }
            let isWithinDay = ["hour", "minute", "second"].contains(part)
            type = arguments[1].type == .date && isWithinDay ? .timestamp : arguments[1].type
        case .dateDifference:
            let common = TypeRules.common(arguments[1].type, arguments[2].type) ?? .timestamp
            given = [arguments[0], arguments[1].cast(to: common), arguments[2].cast(to: common)]
            type = .int64
        case .power, .squareRoot, .exponential, .naturalLogarithm, .logarithm10:
            given = arguments.map { $0.cast(to: .float64) }
            type = .float64
        default:
            switch definition.result {
            case .first, .alike: type = arguments[0].type
            default: type = fixed(definition.result)
            }
        }
        return TypedExpression(.function(id, given), type)
    }

    private mutating func rounding(_ id: FunctionID, _ arguments: [TypedExpression], _ whole: Expression)
        -> TypedExpression?
    {
        let first = arguments[0]
        guard arguments.count == 2 else {
            if id == .round { return TypedExpression(.function(.round, [first]), .int64) }
            return TypedExpression(.function(id, [first]), wholeNumber(first.type))
        }
        guard case .literal(.integer(let places)) = arguments[1].kind, (-38...38).contains(places) else {
            return report("round takes a whole number of places, at most 38", whole)
        }
        switch first.type {
        case .decimal(let precision, let scale):
            return TypedExpression(
                .function(.round, arguments), .decimal(precision: precision, scale: max(0, min(scale, Int(places)))))
        case .float32, .float64: return TypedExpression(.function(.round, arguments), first.type)
        default: return TypedExpression(.function(.round, [first.cast(to: .int64), arguments[1]]), .int64)
        }
    }

    private func wholeNumber(_ type: DataType) -> DataType {
        switch type {
        case .decimal(let precision, _): .decimal(precision: precision, scale: 0)
        case .float32, .float64: type
        default: .int64
        }
    }

    private func fixed(_ result: FunctionDefinition.Result) -> DataType {
        if case .fixed(let type) = result { type } else { .unknown }
    }
}

extension FunctionTable {
    /// What other languages call what is here.
    private static let foreign = [
        "if": "CASE WHEN a THEN b ELSE c END", "iff": "CASE WHEN a THEN b ELSE c END",
        "iif": "CASE WHEN a THEN b ELSE c END", "nvl": "coalesce(a, b)", "isnull": "a IS NULL, or coalesce(a, b)",
        "to_date": "date(a), or CAST(a AS date)", "to_timestamp": "timestamp(a)", "strptime": "timestamp(a)",
        "to_char": "format_date(d, 'YYYY-MM-DD')", "strftime": "format_date(d, 'YYYY-MM-DD')",
        "getdate": "current_date", "int": "CAST(a AS int)", "str": "CAST(a AS text)", "float": "CAST(a AS double)",
        "startswith": "starts_with(a, b)", "endswith": "ends_with(a, b)", "strip": "trim(a)",
    ]

    static func unknown(_ name: String) -> String {
        if let advice = foreign[name] { return "unknown function \"\(name)\"; write \(advice)" }
        if let point = name.lastIndex(of: "."), named(String(name[name.index(after: point)...])) != nil {
            let method = name[name.index(after: point)...]
            return "unknown function \"\(name.trimmed(60))\"; write \(method)(\(String(name[..<point]).trimmed(60)))"
        }
        return "unknown function \"\(name)\"\(Suggestion.phrase(for: name, among: names))"
    }
}
