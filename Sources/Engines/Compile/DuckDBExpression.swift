import Foundation
import Pipeline

/// Typed expressions as DuckDB's SQL. Everything is bracketed: nobody has to know DuckDB's precedence.
struct DuckDBExpression: Sendable {
    let dialect = DuckDBDialect()
    let acceptedAt: Date
    /// What a column stands as, by its id.
    let column: @Sendable (Int) -> String

    func sql(_ expression: TypedExpression) -> String {
        switch expression.kind {
        case .literal(let literal): return dialect.literal(literal, expression.type)
        case .column(let id): return column(id)
        case .unary(.not, let operand): return "(NOT \(sql(operand)))"
        case .unary(.minus, let operand): return cast("(- \(sql(operand)))", expression.type)
        case .binary(let op, let left, let right): return binary(op, left, right, expression.type)
        case .isNull(let operand, let isNegated): return "(\(sql(operand)) IS \(isNegated ? "NOT " : "")NULL)"
        case .isDistinctFrom(let left, let right, let isNegated):
            return "(\(sql(left)) IS \(isNegated ? "NOT " : "")DISTINCT FROM \(sql(right)))"
        case .between(let operand, let low, let high, let isNegated):
            return "(\(sql(operand)) \(isNegated ? "NOT " : "")BETWEEN \(sql(low)) AND \(sql(high)))"
        case .inList(let operand, let items, let isNegated):
            return "(\(sql(operand)) \(isNegated ? "NOT " : "")IN (\(items.map(sql).joined(separator: ", "))))"
        case .like(let operand, let pattern, let isCaseSensitive, let isNegated):
            let word = (isNegated ? "NOT " : "") + (isCaseSensitive ? "LIKE" : "ILIKE")
            return "(\(sql(operand)) \(word) \(sql(pattern)))"
        case .caseWhen(let branches, let otherwise):
            let whens = branches.map { "WHEN \(sql($0.when)) THEN \(sql($0.then))" }.joined(separator: " ")
            return "CASE \(whens)\(otherwise.map { " ELSE " + sql($0) } ?? "") END"
        case .cast(let operand, _) where expression.type == .text: return text(sql(operand), from: operand.type)
        case .cast(let operand, let isTry):
            return "\(isTry ? "TRY_CAST" : "CAST")(\(sql(operand)) AS \(dialect.name(of: expression.type)))"
        case .extract(let part, let operand): return "date_part(\(dialect.text(part)), \(sql(operand)))"
        case .function(let id, let arguments): return function(id, arguments, expression.type)
        case .aggregate(let call): return aggregate(call, expression.type)
        case .hash(let algorithm, let operand): return "\(algorithm.rawValue)(\(sql(operand)))"
        }
    }

    /// `reversed`: the same order from its end, so that nulls come first.
    func orderBy(_ order: [Ordering], reversed: Bool = false) -> String {
        order.map { key in
            "\(column(key.column)) \(key.descending != reversed ? "DESC" : "ASC") NULLS \(reversed ? "FIRST" : "LAST")"
        }.joined(separator: ", ")
    }

    /// A value of a type as a text; of one without a type, none. NaN has no sign.
    func text(_ sql: String, from type: DataType) -> String {
        let text = cast(sql, .text)
        return type == .float32 || type == .float64 ? "replace(\(text), '-nan', 'nan')" : text
    }

    func cast(_ sql: String, _ type: DataType) -> String { "CAST(\(sql) AS \(dialect.name(of: type)))" }

    private func binary(_ op: BinaryOperator, _ left: TypedExpression, _ right: TypedExpression, _ type: DataType)
        -> String
    {
        let sql = "(\(self.sql(left)) \(op.rawValue) \(self.sql(right)))"
        switch type {
        // DuckDB has its own idea of a product's digits, and makes a timestamp of a day and an interval.
        case .decimal, .date: return cast(sql, type)
        default: return sql
        }
    }

    // MARK: Functions

    private func function(_ id: FunctionID, _ arguments: [TypedExpression], _ type: DataType) -> String {
        let given = arguments.map(sql)
        switch id {
        case .trim, .leftTrim, .rightTrim:
            let name = id == .trim ? "trim" : id == .leftTrim ? "ltrim" : "rtrim"
            return "\(name)(\(given[0]), concat(' ', chr(9), chr(10), chr(11), chr(12), chr(13)))"
        case .leftPad, .rightPad:
            return "\(id == .leftPad ? "lpad" : "rpad")(\(given[0]), CAST(\(given[1]) AS INTEGER), \(given[2]))"
        case .regexpExtract:
            return "regexp_extract(\(given[0]), \(given[1])\(arguments.count > 2 ? ", \(bare(arguments[2]))" : ""))"
        case .regexpReplace: return "regexp_replace(\(given[0]), \(given[1]), \(given[2]), 'g')"
        case .round:
            return cast("round(\(given[0])\(arguments.count > 1 ? ", \(bare(arguments[1]))" : ""))", type)
        case .floor, .ceiling, .truncate, .sign, .dateTrunc, .absolute:
            return cast("\(Self.names[id] ?? "")(\(given.joined(separator: ", ")))", type)
        // Null where DuckDB would stop with an error; the argument stands once, or nested calls would grow without end.
        case .squareRoot: return "sqrt(nullif(greatest(\(given[0]), \(Self.largestNegative)), \(Self.largestNegative)))"
        case .naturalLogarithm: return "ln(nullif(greatest(\(given[0]), CAST(0 AS DOUBLE)), CAST(0 AS DOUBLE)))"
        case .logarithm10: return "log10(nullif(greatest(\(given[0]), CAST(0 AS DOUBLE)), CAST(0 AS DOUBLE)))"
        case .currentTimestamp: return dialect.timestamp(acceptedAt)
        case .currentDate: return cast(dialect.timestamp(acceptedAt), .date)
        case .initCap:
            let word = "[\\p{L}\\p{M}\\p{N}]+"
            let pieces = "regexp_extract_all(lower(\(given[0])), '\(word)|[^\\p{L}\\p{M}\\p{N}]+')"
            return "array_to_string(list_transform(\(pieces), lambda w: upper(w[1]) || w[2:]), '')"
        case .formatDate:
            guard case .literal(.text(let pattern)) = arguments[1].kind, let pieces = DatePattern(pattern)?.pieces
            else { return dialect.literal(.null, .text) }
            return "strftime(\(cast(given[0], .timestamp)), \(dialect.text(pieces.map(Self.format).joined())))"
        default: return "\(Self.names[id] ?? "")(\(given.joined(separator: ", ")))"
        }
    }

    /// A number that a function wants as a plain constant, checked by the plan.
    private func bare(_ expression: TypedExpression) -> String {
        switch expression.kind {
        case .literal(.integer(let value)): String(value)
        case .literal(.decimal(let digits)): digits
        default: sql(expression)
        }
    }

    private static func format(_ piece: DatePattern.Piece) -> String {
        switch piece {
        case .year4: "%Y"
        case .year2: "%y"
        case .month: "%m"
        case .day: "%d"
        case .hour: "%H"
        case .minute: "%M"
        case .second: "%S"
        case .text(let text): text == "%" ? "%%" : text
        }
    }

    /// The negative double next to zero: `greatest` turns every negative number into it.
    private static let largestNegative = "CAST('-4.9406564584124654e-324' AS DOUBLE)"

    /// Where the argument list is all that there is to say.
    private static let names: [FunctionID: String] = [
        .upper: "upper", .lower: "lower", .length: "length", .substring: "substring", .replace: "replace",
        .splitPart: "split_part", .left: "left", .right: "right", .reverse: "reverse", .startsWith: "starts_with",
        .endsWith: "ends_with", .contains: "contains", .regexpMatches: "regexp_matches", .position: "strpos",
        .absolute: "abs", .floor: "floor", .ceiling: "ceil", .truncate: "trunc", .power: "pow",
        .greatest: "greatest", .least: "least", .sign: "sign", .exponential: "exp", .dateTrunc: "date_trunc",
        .dateDifference: "date_diff", .makeDate: "make_date", .coalesce: "coalesce", .nullIf: "nullif",
        .md5: "md5", .sha256: "sha256", .jsonExtract: "json_extract", .jsonExtractText: "json_extract_string",
    ]

    // MARK: Aggregates

    private func aggregate(_ call: TypedExpression.AggregateCall, _ type: DataType) -> String {
        let given = call.arguments.map(sql)
        let distinct = call.isDistinct ? "DISTINCT " : ""
        switch call.function {
        case .countRows: return "count(*)" + filter([call.filter.map(sql)])
        case .count: return "count(\(distinct)\(given[0]))" + filter([call.filter.map(sql)])
        case .sum: return cast("sum(\(distinct)\(given[0]))" + filter([call.filter.map(sql)]), type)
        case .first, .last:
            let name = call.function == .first ? "first" : "last"
            return ordered(name, given[0], call) + filter(["\(given[0]) IS NOT NULL", call.filter.map(sql)])
        case .collect:
            return ordered("list", distinct + given[0], call)
                + filter(["\(given[0]) IS NOT NULL", call.filter.map(sql)])
        case .joinTexts:
            let order = call.order.isEmpty ? (call.isDistinct ? given[0] : "") : orderBy(call.order)
            return "string_agg(\(distinct)\(given[0]), \(given[1])\(order.isEmpty ? "" : " ORDER BY \(order)"))"
                + filter([call.filter.map(sql)])
        case .quantile:
            let name = type == .float64 ? "quantile_cont" : "quantile_disc"
            return "\(name)(\(given[0]), \(bare(call.arguments[1])))" + filter([call.filter.map(sql)])
        case .standardDeviation, .variance:
            let name = call.function == .variance ? "var_samp" : "stddev_samp"
            let own = call.filter.map(sql)
            // DuckDB stops with an error at the first infinite value.
            return "CASE WHEN count(*)\(filter(["NOT isfinite(\(given[0]))", own])) > 0 THEN NULL "
                + "ELSE \(name)(\(given[0]))\(filter(["isfinite(\(given[0]))", own])) END"
        default:
            return "\(Self.aggregateNames[call.function] ?? "")(\(distinct)\(given.joined(separator: ", ")))"
                + filter([call.filter.map(sql)])
        }
    }

    private func ordered(_ name: String, _ argument: String, _ call: TypedExpression.AggregateCall) -> String {
        // Different values have no place in the order of rows: by themselves.
        let order = call.isDistinct && call.order.isEmpty ? sql(call.arguments[0]) : orderBy(call.order)
        return "\(name)(\(argument)\(order.isEmpty ? "" : " ORDER BY \(order)"))"
    }

    private func filter(_ conditions: [String?]) -> String {
        let given = conditions.compactMap(\.self)
        return given.isEmpty ? "" : " FILTER (WHERE \(given.joined(separator: " AND ")))"
    }

    private static let aggregateNames: [FunctionID: String] = [
        .average: "avg", .minimum: "min", .maximum: "max", .boolAnd: "bool_and", .boolOr: "bool_or",
        .minimumBy: "arg_min", .maximumBy: "arg_max",
    ]
}
