import Pipeline

/// Conversions between types with DuckDB's results.
struct SparkCast: Sendable {
    let dialect: SparkDialect

    /// `isTry`: null for a value that does not fit.
    func sql(_ value: String, _ from: DataType, _ to: DataType, isTry: Bool) throws(PinnedToDuckDB) -> String {
        let word = isTry ? "TRY_CAST" : "CAST"
        let target = try dialect.name(of: to)
        let plain = "\(word)(\(value) AS \(target))"
        switch (from, to) {
        case _ where from == to: return value
        case (.unknown, _): return plain
        case (.float32, .text), (.float64, .text): throw PinnedToDuckDB("a double as a text")
        case (.list, .text), (.structure, .text), (.binary, .text): throw PinnedToDuckDB("\(from) as a text")
        case (.timestamptz, .text): return "(CAST(\(value) AS STRING) || '+00')"
        case (_, .text): return plain
        case (.float32, .decimal), (.float64, .decimal):
            throw PinnedToDuckDB("a double as a decimal, which rounds differently")
        case (.text, _) where isInteger(to):
            // `2.5` is 3: half away from zero.
            return "\(word)(round(\(word)(\(value) AS DECIMAL(38, 10)), 0) AS \(target))"
        case (.text, .float32), (.text, .float64):
            // Spark takes Java's `1.5d` for a number.
            return "\(word)(regexp_replace(\(value), '([0-9.])[dDfF](\\\\s*)\\u0024', 'x') AS \(target))"
        case (.text, .date):
            // Spark takes `2024` and `2024-1` for dates; DuckDB takes slashes too.
            let form = "'^\\\\s*([0-9]{4,6})[-/]([0-9]{1,2})[-/]([0-9]{1,2})\\\\s*\\u0024'"
            return "\(word)(CASE WHEN \(value) RLIKE \(form) THEN "
                + "regexp_replace(\(value), \(form), '\\u00241-\\u00242-\\u00243') "
                + "WHEN \(value) IS NOT NULL THEN 'x' END AS DATE)"
        case (.text, .timestamp), (.text, .timestamptz):
            return "\(word)(CASE WHEN \(value) RLIKE '^\\\\s*[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}' THEN \(value) "
                + "WHEN \(value) IS NOT NULL THEN 'x' END AS \(target))"
        case (.decimal, _) where isInteger(to): return "\(word)(round(\(value), 0) AS \(target))"
        case (.float32, _) where isInteger(to), (.float64, _) where isInteger(to):
            return "\(word)(rint(\(value)) AS \(target))"
        case (.list, _), (.structure, _): throw PinnedToDuckDB("\(from) as \(to)")
        default: return plain
        }
    }

    private func isInteger(_ type: DataType) -> Bool { [.int8, .int16, .int32, .int64].contains(type) }
}
