import Pipeline

/// Functions of many rows.
extension SparkExpression {
    func aggregate(
        _ call: TypedExpression.AggregateCall, _ type: DataType
    ) throws(PinnedToDuckDB) -> String {
        let given = try sqls(call.arguments)
        let distinct = call.isDistinct ? "DISTINCT " : ""
        let own = try call.filter.map { filter throws(PinnedToDuckDB) in try sql(filter) }
        switch call.function {
        case .countRows: return "count(*)" + filter([own])
        case .count: return "count(\(distinct)\(given[0]))" + filter([own])
        case .sum: return try cast("sum(\(distinct)\(try summand(call.arguments[0], given[0])))" + filter([own]), type)
        case .average: return "avg(\(distinct)\(try cast(given[0], .float64)))" + filter([own])
        case .minimum: return "min(\(given[0]))" + filter([own])
        case .maximum: return "max(\(given[0]))" + filter([own])
        case .boolAnd: return "bool_and(\(given[0]))" + filter([own])
        case .boolOr: return "bool_or(\(given[0]))" + filter([own])
        case .first: return "get(\(sorted(given[0], call, own)), 0)"
        case .last: return "try_element_at(\(sorted(given[0], call, own)), -1)"
        case .collect:
            let all =
                call.isDistinct && call.order.isEmpty
                ? "array_sort(collect_set(\(given[0]))\(filter([own])))" : sorted(given[0], call, own)
            return "nullif(\(all), array())"
        case .joinTexts:
            let order = call.order.isEmpty ? given[0] : orderBy(call.order)
            return "listagg(\(distinct)\(given[0]), \(given[1])) WITHIN GROUP (ORDER BY \(order))" + filter([own])
        case .quantile:
            guard let share = Self.share(call.arguments[1]) else {
                throw PinnedToDuckDB("a quantile that is not written out")
            }
            if type == .float64 { return "percentile(\(try cast(given[0], .float64)), \(share))" + filter([own]) }
            let all = "array_sort(collect_list(\(given[0]))\(filter([own])))"
            return "get(\(all), CAST(greatest(ceil(size(\(all)) * \(share)), 1) - 1 AS INT))"
        case .standardDeviation, .variance:
            let name = call.function == .variance ? "var_samp" : "stddev_samp"
            let isFinite = "abs(\(given[0])) < double('Infinity')"
            return "CASE WHEN count(*)\(filter(["NOT (\(isFinite))", own])) > 0 THEN NULL "
                + "ELSE \(name)(\(given[0]))\(filter([own])) END"
        case .minimumBy, .maximumBy:
            let name = call.function == .minimumBy ? "min_by" : "max_by"
            return "\(name)(\(given[0]), \(given[1]))"
                + filter(["\(given[0]) IS NOT NULL", "\(given[1]) IS NOT NULL", own])
        default: throw PinnedToDuckDB("the aggregate \(call.function.rawValue)")
        }
    }

    /// Sums of integers may pass through values that an int64 cannot hold; those of decimals keep their scale.
    func summand(_ argument: TypedExpression, _ sql: String) throws(PinnedToDuckDB) -> String {
        switch argument.type {
        case .int8, .int16, .int32, .int64: return try cast(sql, .decimal(precision: 38, scale: 0))
        case .boolean: return try cast(sql, .int64)
        case .decimal(_, let scale): return try cast(sql, .decimal(precision: 38, scale: scale))
        default: return sql
        }
    }

    /// The values that are not null, in the order of the call, as an array.
    private func sorted(_ value: String, _ call: TypedExpression.AggregateCall, _ own: String?) -> String {
        let keys = call.order.enumerated().map { "\(column($1.column)) AS k\($0)" }
        let rows =
            "collect_list(struct(\((["\(value) AS v"] + keys).joined(separator: ", "))))"
            + filter(["\(value) IS NOT NULL", own])
        let comparisons = call.order.enumerated().map { index, key in
            let (first, second) = key.descending ? ("r", "l") : ("l", "r")
            return "WHEN NOT (l.k\(index) <=> r.k\(index)) THEN CASE WHEN l.k\(index) IS NULL THEN 1 "
                + "WHEN r.k\(index) IS NULL THEN -1 WHEN \(first).k\(index) < \(second).k\(index) THEN -1 ELSE 1 END"
        }
        guard !comparisons.isEmpty else { return "transform(\(rows), e -> e.v)" }
        return
            "transform(array_sort(\(rows), (l, r) -> CASE \(comparisons.joined(separator: " ")) ELSE 0 END), e -> e.v)"
    }

    private func filter(_ conditions: [String?]) -> String {
        let given = conditions.compactMap(\.self)
        return given.isEmpty ? "" : " FILTER (WHERE \(given.joined(separator: " AND ")))"
    }

    private static func share(_ expression: TypedExpression) -> String? {
        switch expression.kind {
        case .literal(.integer(let value)): String(value)
        case .literal(.decimal(let digits)): "CAST('\(digits)' AS DOUBLE)"
        case .literal(.double(let value)): "CAST('\(value)' AS DOUBLE)"
        case .cast(let operand, _): share(operand)
        default: nil
        }
    }
}
