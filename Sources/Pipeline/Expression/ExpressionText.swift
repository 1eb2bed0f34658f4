/// An expression in canonical form: keywords in capitals, brackets only where they are needed. Parsing it gives
/// the same tree again (chains of more than 32 AND or OR: the same meaning).
public enum ExpressionText {
    public static func text(_ expression: Expression) -> String { text(expression, atLeast: 0) }

    private typealias Level = ExpressionGrammar.Level
    private static let atom = Level.cast + 1

    private static func text(_ expression: Expression, atLeast minimum: Int) -> String {
        let text = bare(expression)
        return level(expression) < minimum ? "(\(text))" : text
    }

    private static func level(_ expression: Expression) -> Int {
        switch expression.kind {
        case .literal(let literal): isNegative(literal) ? Level.negation : atom
        case .unary(.not, _): Level.not
        case .unary(.minus, _): Level.negation
        case .binary(let op, _, _): level(op)
        case .isNull, .isDistinctFrom, .between, .inList, .like: Level.comparison
        case .column, .caseWhen, .cast, .extract, .call: atom
        }
    }

    private static func level(_ op: BinaryOperator) -> Int {
        switch op {
        case .or: Level.or
        case .and: Level.and
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: Level.comparison
        case .concatenate: Level.concatenation
        case .add, .subtract: Level.sum
        case .multiply, .divide, .modulo: Level.product
        }
    }

    private static func bare(_ expression: Expression) -> String {
        let above = Level.comparison + 1
        switch expression.kind {
        case .literal(let literal): return text(literal)
        case .column(let name, let quoting): return self.name(name, quoting)
        case .unary(.not, let operand): return "NOT " + text(operand, atLeast: Level.not)
        case .unary(.minus, let operand):
            let inner = text(operand, atLeast: Level.negation)
            // Two minus signs would begin a comment, and a sign before digits would become part of the number.
            if let first = inner.unicodeScalars.first, first == "-" || first == "." || ("0"..."9").contains(first) {
                return "-(\(inner))"
            }
            return "-" + inner
        case .binary(let op, let left, let right):
            let level = level(op)
            let leftMinimum = level == Level.comparison ? level + 1 : level
            return "\(text(left, atLeast: leftMinimum)) \(op.rawValue) \(text(right, atLeast: level + 1))"
        case .isNull(let operand, let isNegated):
            return text(operand, atLeast: above) + (isNegated ? " IS NOT NULL" : " IS NULL")
        case .isDistinctFrom(let left, let right, let isNegated):
            return text(left, atLeast: above) + (isNegated ? " IS NOT DISTINCT FROM " : " IS DISTINCT FROM ")
                + text(right, atLeast: above)
        case .between(let operand, let low, let high, let isNegated):
            return text(operand, atLeast: above) + (isNegated ? " NOT BETWEEN " : " BETWEEN ")
                + text(low, atLeast: above) + " AND " + text(high, atLeast: above)
        case .inList(let operand, let items, let isNegated):
            return text(operand, atLeast: above) + (isNegated ? " NOT IN (" : " IN (")
                + items.map { text($0) }.joined(separator: ", ") + ")"
        case .like(let operand, let pattern, let isCaseSensitive, let isNegated):
            return text(operand, atLeast: above) + (isNegated ? " NOT" : "")
                + (isCaseSensitive ? " LIKE " : " ILIKE ") + text(pattern, atLeast: above)
        case .caseWhen(let operand, let branches, let otherwise):
            let parts =
                ["CASE"] + [operand.map { text($0) }].compactMap(\.self)
                + branches.map { "WHEN \(text($0.when)) THEN \(text($0.then))" }
                + [otherwise.map { "ELSE " + text($0) }].compactMap(\.self) + ["END"]
            return parts.joined(separator: " ")
        case .cast(let operand, let type, let isTry):
            return "\(isTry ? "TRY_CAST" : "CAST")(\(text(operand)) AS \(type))"
        case .extract(let part, let operand): return "EXTRACT(\(part) FROM \(text(operand)))"
        case .call(let call): return text(call)
        }
    }

    private static func text(_ call: FunctionCall) -> String {
        let arguments = call.isStar ? "*" : call.arguments.map { text($0) }.joined(separator: ", ")
        let filter = call.filter.map { " FILTER (WHERE \(text($0)))" } ?? ""
        return "\(call.name)(\(call.isDistinct ? "DISTINCT " : "")\(arguments))\(filter)"
    }

    private static func isNegative(_ literal: Literal) -> Bool {
        switch literal {
        case .integer(let value): value < 0
        case .decimal(let digits): digits.hasPrefix("-")
        case .double(let value): value.sign == .minus
        default: false
        }
    }

    static func text(_ literal: Literal) -> String {
        switch literal {
        case .null: "NULL"
        case .boolean(let value): value ? "TRUE" : "FALSE"
        case .integer(let value): String(value)
        case .decimal(let digits): digits
        case .double(let value): exponential(value)
        case .text(let text): quoted(text, by: "'")
        case .date(let date): "DATE '\(date)'"
        case .timestamp(let timestamp): "TIMESTAMP '\(timestamp)'"
        case .interval(let months, let days, let microseconds):
            "INTERVAL '\(IntervalText.text(months: months, days: days, microseconds: microseconds))'"
        }
    }

    /// Only the exponent tells a double from a decimal.
    private static func exponential(_ value: Double) -> String {
        let text = "\(value)"
        return text.utf8.contains(UInt8(ascii: "e")) ? text : text + "e0"
    }

    /// A column's name, quoted where it must be.
    static func name(_ name: String, _ quoting: Expression.Quoting = .none) -> String {
        switch quoting {
        case .double: return quoted(name, by: "\"")
        case .backtick: return quoted(name, by: "`")
        case .none:
            let scalars = name.unicodeScalars
            let lower = name.lowercased()
            let isPlain =
                scalars.first.map(ExpressionLexer.beginsName) == true
                && scalars.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
                    !$0.isEmpty && $0.allSatisfy(ExpressionLexer.continuesName)
                }
                && !ExpressionGrammar.reserved.contains(lower) && !ExpressionGrammar.bareFunctions.contains(lower)
            return isPlain ? name : quoted(name, by: "`")
        }
    }

    private static func quoted(_ text: String, by quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView([quote])
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            result.append(scalar)
            // `${` would be read as a variable.
            if scalar == quote || (scalar == "$" && EmbeddedVariable.isReference(scalars, at: index)) {
                result.append(scalar)
            }
        }
        result.append(quote)
        return String(result)
    }
}
