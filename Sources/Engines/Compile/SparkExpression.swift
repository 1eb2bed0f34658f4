import Foundation
import Pipeline

/// Typed expressions as Spark's SQL, with the results that DuckDB gives; what cannot be made equal throws. The session
/// is in ANSI mode and in UTC (`SparkSession.settings`).
struct SparkExpression: Sendable {
    let dialect = SparkDialect()
    let acceptedAt: Date
    /// What a column stands as, by its id.
    let column: @Sendable (Int) -> String

    func sql(_ expression: TypedExpression) throws(PinnedToDuckDB) -> String {
        switch expression.kind {
        case .literal(let literal): return try dialect.literal(literal, expression.type)
        case .column(let id): return column(id)
        case .unary(.not, let operand): return "(NOT \(try sql(operand)))"
        case .unary(.minus, let operand): return try cast("(- \(try sql(operand)))", expression.type)
        case .binary(let op, let left, let right): return try binary(op, left, right, expression.type)
        case .isNull(let operand, let isNegated): return "(\(try sql(operand)) IS \(isNegated ? "NOT " : "")NULL)"
        case .isDistinctFrom(let left, let right, let isNegated):
            let isSame = "(\(try sql(left)) <=> \(try sql(right)))"
            return isNegated ? isSame : "(NOT \(isSame))"
        case .between(let operand, let low, let high, let isNegated):
            return "(\(try sql(operand)) \(isNegated ? "NOT " : "")BETWEEN \(try sql(low)) AND \(try sql(high)))"
        case .inList(let operand, let items, let isNegated):
            return "(\(try sql(operand)) \(isNegated ? "NOT " : "")IN (\(try list(items))))"
        case .like(let operand, let pattern, let isCaseSensitive, let isNegated):
            let letters = SparkLetters(dialect: dialect)
            let sides = [try sql(operand), try sql(pattern)].map { isCaseSensitive ? $0 : letters.lower($0) }
            // A sign that no pattern holds: the language knows no escape.
            return "(\(sides[0]) \(isNegated ? "NOT " : "")LIKE \(sides[1]) ESCAPE '\\u0001')"
        case .caseWhen(let branches, let otherwise):
            var whens: [String] = []
            for branch in branches { whens.append("WHEN \(try sql(branch.when)) THEN \(try sql(branch.then))") }
            if let otherwise { whens.append("ELSE \(try sql(otherwise))") }
            return "CASE \(whens.joined(separator: " ")) END"
        case .cast(let operand, let isTry):
            return try SparkCast(dialect: dialect).sql(try sql(operand), operand.type, expression.type, isTry: isTry)
        case .extract(let part, let operand): return try extract(part, operand, expression.type)
        case .function(let id, let arguments): return try function(id, arguments, expression.type)
        case .aggregate(let call): return try aggregate(call, expression.type)
        case .hash(let algorithm, let operand):
            let value = try sql(operand)
            switch algorithm {
            case .md5: return "md5(\(value))"
            case .sha1: return "sha1(\(value))"
            case .sha256: return "sha2(\(value), 256)"
            }
        }
    }

    func list(_ expressions: [TypedExpression]) throws(PinnedToDuckDB) -> String {
        try sqls(expressions).joined(separator: ", ")
    }

    func sqls(_ expressions: [TypedExpression]) throws(PinnedToDuckDB) -> [String] {
        var result: [String] = []
        for expression in expressions { result.append(try sql(expression)) }
        return result
    }

    /// `reversed`: the same order from its end, so that nulls come first.
    func orderBy(_ order: [Ordering], reversed: Bool = false) -> String {
        order.map { key in
            "\(column(key.column)) \(key.descending != reversed ? "DESC" : "ASC") NULLS \(reversed ? "FIRST" : "LAST")"
        }.joined(separator: ", ")
    }

    func cast(_ sql: String, _ type: DataType) throws(PinnedToDuckDB) -> String {
        "CAST(\(sql) AS \(try dialect.name(of: type)))"
    }

    /// A value as a text, as DuckDB casts it.
    func text(_ sql: String, from type: DataType) throws(PinnedToDuckDB) -> String {
        try SparkCast(dialect: dialect).sql(sql, type, .text, isTry: false)
    }

    // MARK: Operators

    private func binary(
        _ op: BinaryOperator, _ left: TypedExpression, _ right: TypedExpression, _ type: DataType
    ) throws(PinnedToDuckDB) -> String {
        if let moment = try moment(op, left, right, type) { return moment }
        let (a, b) = (try sql(left), try sql(right))
        switch op {
        // Null where the divisor is zero, and only then: infinite with the sign of both, or nan for 0/0.
        case .divide: return "coalesce(try_divide(\(a), \(b)), \(a) * power(\(b), -1e0))"
        case .modulo where [.float32, .float64].contains(type):
            // Null where the divisor is zero, and only then: nan.
            return try cast("coalesce(try_mod(\(a), \(b)), \(a) * \(b) * double('NaN'))", type)
        case .modulo: return try cast("try_mod(\(a), \(b))", type)
        case .add, .subtract, .multiply: return try cast("(\(a) \(op.rawValue) \(b))", type)
        default: return "(\(a) \(op.rawValue) \(b))"
        }
    }

    /// Dates and timestamps with intervals and days; nil for anything else.
    private func moment(
        _ op: BinaryOperator, _ left: TypedExpression, _ right: TypedExpression, _ type: DataType
    ) throws(PinnedToDuckDB) -> String? {
        guard op == .add || op == .subtract else { return nil }
        if right.type == .interval {
            guard left.type != .interval, let interval = Self.interval(right, isNegated: op == .subtract) else {
                throw PinnedToDuckDB("an interval that is not added to a date or a timestamp as it is written")
            }
            if type == .date {
                let months = "add_months(\(try sql(left)), \(interval.months))"
                return "date_add(\(months), CAST(\(interval.days) AS INT))"
            }
            let seconds = "CAST('\(interval.microseconds)' AS DECIMAL(20, 0)) / 1000000"
            let base = try cast(try sql(left), type)
            return try cast(
                "(\(base) + make_ym_interval(0, \(interval.months)) "
                    + "+ make_dt_interval(\(interval.days), 0, 0, CAST(\(seconds) AS DECIMAL(18, 6))))", type)
        }
        guard left.type == .date else {
            if type == .interval { throw PinnedToDuckDB("the difference of two timestamps") }
            return nil
        }
        if right.type == .date { return "CAST(datediff(\(try sql(left)), \(try sql(right))) AS BIGINT)" }
        guard type == .date else {
            if type == .interval { throw PinnedToDuckDB("the difference of two timestamps") }
            return nil
        }
        return "\(op == .add ? "date_add" : "date_sub")(\(try sql(left)), \(try sql(right)))"
    }

    private static func interval(
        _ expression: TypedExpression, isNegated: Bool
    ) -> (months: Int64, days: Int64, microseconds: Int64)? {
        switch expression.kind {
        case .literal(.interval(let months, let days, let microseconds)):
            let sign: Int64 = isNegated ? -1 : 1
            // Smaller than the widest, or the sign could not be turned.
            guard [Int64(months), Int64(days), Int64(microseconds)].allSatisfy({ $0 > .min }) else { return nil }
            return (sign * Int64(months), sign * Int64(days), sign * Int64(microseconds))
        case .unary(.minus, let operand): return interval(operand, isNegated: !isNegated)
        default: return nil
        }
    }

    private func extract(
        _ part: String, _ operand: TypedExpression, _ type: DataType
    ) throws(PinnedToDuckDB) -> String {
        let value = try sql(operand)
        let moment = operand.type == .date ? "CAST(\(value) AS TIMESTAMP_NTZ)" : value
        switch part {
        case "year", "quarter", "month", "day", "hour", "minute", "second":
            return try cast("\(part)(\(moment))", type)
        case "week": return try cast("weekofyear(\(value))", type)
        case "dow": return try cast("(dayofweek(\(value)) - 1)", type)
        case "doy": return try cast("dayofyear(\(value))", type)
        case "epoch": return try cast("(unix_micros(CAST(\(moment) AS TIMESTAMP_LTZ)) / 1e6)", type)
        default: throw PinnedToDuckDB("EXTRACT(\(part) FROM …)")
        }
    }
}
