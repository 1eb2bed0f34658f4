import Pipeline

/// Functions of one row.
extension SparkExpression {
    func function(
        _ id: FunctionID, _ arguments: [TypedExpression], _ type: DataType
    ) throws(PinnedToDuckDB) -> String {
        let given = try sqls(arguments)
        switch id {
        case .upper: return SparkLetters(dialect: dialect).upper(given[0])
        case .lower: return SparkLetters(dialect: dialect).lower(given[0])
        case .initCap: return SparkLetters(dialect: dialect).initCap(given[0])
        case .reverse: throw PinnedToDuckDB("reverse, which keeps combined letters together on one engine only")
        case .trim, .leftTrim, .rightTrim:
            let side = id == .trim ? "BOTH" : id == .leftTrim ? "LEADING" : "TRAILING"
            return "trim(\(side) ' \\t\\n\\u000B\\u000C\\r' FROM \(given[0]))"
        case .length: return "CAST(char_length(\(given[0])) AS BIGINT)"
        case .substring:
            guard let from = Self.integer(arguments[1]), from >= 1 else {
                throw PinnedToDuckDB("substring from a place that is not written out or is below 1")
            }
            guard arguments.count > 2 else { return "substring(\(given[0]), \(try small(given[1])))" }
            guard (Self.integer(arguments[2]) ?? 0) >= 0 else {
                throw PinnedToDuckDB("substring of a length below 0")
            }
            return "substring(\(given[0]), \(try small(given[1])), \(try small(given[2])))"
        case .left, .right:
            guard (Self.integer(arguments[1]) ?? 0) >= 0 else { throw PinnedToDuckDB("left or right of less than 0") }
            let word = id == .left ? "left" : "right"
            let count = try small(given[1])
            if Self.integer(arguments[1]) != nil { return "\(word)(\(given[0]), \(count))" }
            return "CASE WHEN \(given[1]) IS NOT NULL THEN \(word)(\(given[0]), CASE WHEN \(given[1]) >= 0 "
                + "THEN \(count) ELSE greatest(char_length(\(given[0])) + \(count), 0) END) END"
        case .leftPad, .rightPad:
            guard case .literal(.text(let filling)) = arguments[2].kind, !filling.isEmpty else {
                throw PinnedToDuckDB("lpad or rpad with a filling that is empty or not written out")
            }
            return "\(id == .leftPad ? "lpad" : "rpad")(\(given[0]), \(try small(given[1])), \(given[2]))"
        case .replace: return "replace(\(given[0]), \(given[1]), \(given[2]))"
        case .splitPart:
            guard let index = Self.integer(arguments[2]), index != 0,
                case .literal(.text(let separator)) = arguments[1].kind, !separator.isEmpty
            else { throw PinnedToDuckDB("split_part with a separator or a place that is not written out") }
            return "split_part(\(given[0]), \(given[1]), \(try small(given[2])))"
        case .startsWith, .endsWith, .contains:
            let name = id == .startsWith ? "startswith" : id == .endsWith ? "endswith" : "contains"
            return "\(name)(\(given[0]), \(given[1]))"
        case .md5: return "md5(CAST(\(given[0]) AS BINARY))"
        case .sha256: return "sha2(CAST(\(given[0]) AS BINARY), 256)"
        case .jsonExtract, .jsonExtractText: throw PinnedToDuckDB("json_extract")
        case .position: return "CAST(locate(\(given[1]), \(given[0])) AS BIGINT)"
        case .regexpMatches: return "(\(given[0]) RLIKE \(dialect.text(try SparkRegex.pattern(arguments[1]))))"
        case .regexpExtract:
            let group = arguments.count > 2 ? try small(given[2]) : "0"
            return "regexp_extract(\(given[0]), \(dialect.text(try SparkRegex.pattern(arguments[1]))), \(group))"
        case .regexpReplace:
            try SparkRegex.checkReplaceable(arguments[1], by: arguments[2])
            return "regexp_replace(\(given[0]), \(dialect.text(try SparkRegex.pattern(arguments[1]))), "
                + "\(dialect.text(try SparkRegex.replacement(arguments[2]))))"
        case .absolute: return try cast("abs(\(given[0]))", type)
        case .round: return try round(arguments, given, type)
        case .floor, .ceiling, .truncate: return try whole(id, arguments[0].type, given[0], type)
        // Null where DuckDB is told to give null.
        case .squareRoot: return "CASE WHEN NOT (\(given[0]) < 0) THEN sqrt(\(given[0])) END"
        case .naturalLogarithm: return "CASE WHEN \(given[0]) > 0 THEN ln(\(given[0])) END"
        case .logarithm10: return "CASE WHEN \(given[0]) > 0 THEN log10(\(given[0])) END"
        case .power: return "power(\(given[0]), \(given[1]))"
        case .exponential: return "exp(\(given[0]))"
        case .sign:
            let value = "sign(\(given[0]))"
            let isDouble = [.float32, .float64].contains(arguments[0].type)
            return try cast(isDouble ? "CASE WHEN isnan(\(given[0])) THEN 0 ELSE \(value) END" : value, type)
        case .greatest, .least:
            // Spark wants two at least.
            let all = given.count == 1 ? given + given : given
            return "\(id == .greatest ? "greatest" : "least")(\(all.joined(separator: ", ")))"
        case .coalesce: return "coalesce(\(given.joined(separator: ", ")))"
        case .nullIf: return "nullif(\(given[0]), \(given[1]))"
        case .currentTimestamp: return dialect.timestamp(acceptedAt)
        case .currentDate: return "CAST(\(dialect.timestamp(acceptedAt)) AS DATE)"
        case .dateTrunc: return try cast("date_trunc(\(given[0]), \(given[1]))", type)
        case .dateDifference: return try difference(arguments, given)
        case .makeDate: return "make_date(\(try small(given[0])), \(try small(given[1])), \(try small(given[2])))"
        case .formatDate: return try formatDate(arguments, given)
        case .countRows, .count, .sum, .average, .minimum, .maximum, .first, .last, .standardDeviation, .variance,
            .quantile, .collect, .boolAnd, .boolOr, .joinTexts, .minimumBy, .maximumBy:
            throw PinnedToDuckDB("an aggregate outside an aggregation")
        }
    }

    /// What Spark wants as an INT.
    private func small(_ sql: String) throws(PinnedToDuckDB) -> String { try cast(sql, .int32) }

    static func integer(_ expression: TypedExpression) -> Int64? {
        switch expression.kind {
        case .literal(.integer(let value)): value
        case .unary(.minus, let operand): integer(operand).flatMap { $0 == .min ? nil : -$0 }
        case .cast(let operand, _): integer(operand)
        default: nil
        }
    }

    private func round(
        _ arguments: [TypedExpression], _ given: [String], _ type: DataType
    ) throws(PinnedToDuckDB) -> String {
        guard arguments.count > 1 else { return try cast("round(\(given[0]), 0)", type) }
        guard let places = Self.integer(arguments[1]), abs(places) <= 300 else {
            throw PinnedToDuckDB("round to places that are not written out")
        }
        guard arguments[0].type == .float64 || arguments[0].type == .float32 else {
            return try cast("round(\(given[0]), \(places))", type)
        }
        // Spark rounds the shortest decimal that names the double, DuckDB the double times a power of ten.
        let factor = "1e\(abs(places))"
        let (before, after) = places >= 0 ? ("*", "/") : ("/", "*")
        return try cast("(round(\(given[0]) \(before) \(factor), 0) \(after) \(factor))", type)
    }

    /// floor, ceil and trunc. Spark's own give an int64 for a double, which cannot hold all of them.
    private func whole(
        _ id: FunctionID, _ from: DataType, _ value: String, _ type: DataType
    ) throws(PinnedToDuckDB) -> String {
        let floor: String
        let ceiling: String
        if from == .float32 || from == .float64 {
            let near = "rint(\(value))"
            floor = "CASE WHEN \(near) > \(value) THEN \(near) - 1 ELSE \(near) END"
            ceiling = "CASE WHEN \(near) < \(value) THEN \(near) + 1 ELSE \(near) END"
        } else if case .decimal = from {
            (floor, ceiling) = ("floor(\(value))", "ceil(\(value))")
        } else {
            return try cast(value, type)
        }
        switch id {
        case .floor: return try cast(floor, type)
        case .ceiling: return try cast(ceiling, type)
        default: return try cast("CASE WHEN \(value) < 0 THEN \(ceiling) ELSE \(floor) END", type)
        }
    }

    /// How many borders of the part lie between: the difference of the beginnings. (Of weeks DuckDB counts whole ones.)
    private func difference(
        _ arguments: [TypedExpression], _ given: [String]
    ) throws(PinnedToDuckDB) -> String {
        guard case .literal(.text(let part)) = arguments[0].kind else {
            throw PinnedToDuckDB("date_diff over a part that is not written out")
        }
        let (a, b) = (given[1], given[2])
        func months(_ value: String) -> String { "(year(\(value)) * 12 + month(\(value)))" }
        func quarters(_ value: String) -> String { "(year(\(value)) * 4 + quarter(\(value)))" }
        func begin(_ value: String) -> String { "unix_seconds(CAST(date_trunc('\(part)', \(value)) AS TIMESTAMP_LTZ))" }
        let difference: String
        switch part {
        case "year": difference = "year(\(b)) - year(\(a))"
        case "quarter": difference = "\(quarters(b)) - \(quarters(a))"
        case "month": difference = "\(months(b)) - \(months(a))"
        case "day": difference = "datediff(CAST(\(b) AS DATE), CAST(\(a) AS DATE))"
        // Spans of seven days, whatever weekday they begin on.
        case "week": difference = "datediff(CAST(\(b) AS DATE), CAST(\(a) AS DATE)) div 7"
        case "hour": difference = "(\(begin(b)) - \(begin(a))) div 3600"
        case "minute": difference = "(\(begin(b)) - \(begin(a))) div 60"
        case "second": difference = "\(begin(b)) - \(begin(a))"
        default: throw PinnedToDuckDB("date_diff of \(part)")
        }
        return try cast("(\(difference))", .int64)
    }

    private func formatDate(
        _ arguments: [TypedExpression], _ given: [String]
    ) throws(PinnedToDuckDB) -> String {
        guard case .literal(.text(let pattern)) = arguments[1].kind, let pieces = DatePattern(pattern)?.pieces else {
            return try dialect.literal(.null, .text)
        }
        // Piece by piece: a text in a pattern of Java's would need quotes of its own.
        var parts: [String] = []
        for piece in pieces {
            switch piece {
            case .year4:
                // Four digits at least: `lpad` would cut a fifth one off.
                let year = "CAST(year(\(given[0])) AS STRING)"
                parts.append("lpad(\(year), greatest(4, length(\(year))), '0')")
            case .text(let text): parts.append(dialect.text(text))
            case .year2: parts.append("date_format(\(given[0]), 'yy')")
            case .month: parts.append("date_format(\(given[0]), 'MM')")
            case .day: parts.append("date_format(\(given[0]), 'dd')")
            case .hour: parts.append("date_format(\(given[0]), 'HH')")
            case .minute: parts.append("date_format(\(given[0]), 'mm')")
            case .second: parts.append("date_format(\(given[0]), 'ss')")
            }
        }
        // Null for null, also when the pattern holds no piece of the date.
        return "CASE WHEN \(given[0]) IS NOT NULL THEN concat(\(parts.joined(separator: ", "))) END"
    }
}
