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
        // Spark writes years of five digits with a plus.
        case (.date, .text), (.timestamp, .text): return "regexp_replace(\(plain), '^[+]', '')"
        case (_, .text): return plain
        case (.float32, .decimal), (.float64, .decimal):
            throw PinnedToDuckDB("a double as a decimal, which rounds differently")
        case (.text, _) where isInteger(to):
            // `2.5` is 3: half away from zero.
            return "\(word)(round(\(word)(\(whole(value)) AS DECIMAL(38, 10)), 0) AS \(target))"
        case (.text, .float32), (.text, .float64):
            // Spark takes Java's `1.5d` for a number, and does not know the sign of `-nan`.
            let suffix = dialect.text(#"([0-9.])[dDfF](\s*)$"#)
            let sign = dialect.text(#"(?i)^\s*[+-]nan\s*$"#)
            let number = "regexp_replace(regexp_replace(\(ungrouped(value)), \(suffix), 'x'), \(sign), 'nan')"
            return "\(word)(\(number) AS \(target))"
        case (.text, .decimal): return "\(word)(\(ungrouped(value)) AS \(target))"
        case (.text, .boolean): return "\(word)(regexp_replace(\(value), '^\\\\s+|\\\\s+\\u0024', 'x') AS BOOLEAN)"
        case (.text, .date):
            // Whatever follows the day, as long as it is no digit.
            let form = Self.day + #"(?![0-9])(?s:.*)$"#
            return "\(word)(\(moment(value, [(form, "$1-$3-$4")])) AS DATE)"
        case (.text, .timestamp), (.text, .timestamptz):
            let forms = [(Self.day + "$", "$1-$3-$4"), (Self.day + Self.time + "$", "$1-$3-$4T$5")]
            return "\(word)(\(moment(value, forms)) AS \(target))"
        case (.decimal, _) where isInteger(to): return "\(word)(round(\(value), 0) AS \(target))"
        case (.float32, _) where isInteger(to), (.float64, _) where isInteger(to):
            return "\(word)(rint(\(value)) AS \(target))"
        case (.list, _), (.structure, _): throw PinnedToDuckDB("\(from) as \(to)")
        default: return plain
        }
    }

    /// The text of a number as DuckDB reads it: `1_000` is 1000.
    private func ungrouped(_ value: String) -> String {
        "regexp_replace(\(value), \(dialect.text("([0-9])_(?=[0-9])")), \(dialect.text("$1")))"
    }

    /// As `ungrouped`; `0x1F` and `0b101` are integers too.
    private func whole(_ value: String) -> String {
        let branches = [(#"^\s*0[xX][0-9a-fA-F]{1,15}\s*$"#, 16), (#"^\s*0[bB][01]{1,62}\s*$"#, 2)].map { form, base in
            "WHEN \(value) RLIKE \(dialect.text(form)) THEN conv(substring(trim(\(value)), 3), \(base), 10)"
        }
        return "CASE \(branches.joined(separator: " ")) ELSE \(ungrouped(value)) END"
    }

    /// What an operation says when it meets a text of which only DuckDB makes a date.
    static let endlessMoment = "quicketl: infinity, epoch or 24 hours as a date"

    /// Year, separator, month, day.
    private static let day = #"^\s*([0-9]{4,6})([-/ ])([0-9]{1,2})\2([0-9]{1,2})"#
    private static let time =
        #"[T ]\s*([0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?| UTC)?)\s*"#

    /// A text of a date or timestamp as Spark reads it, by the first form that it has; `x` when it has none, and an error
    /// for what DuckDB alone reads, since null would be another answer.
    private func moment(_ value: String, _ forms: [(form: String, replacement: String)]) -> String {
        // Years of fewer digits are those of the first century.
        let short = dialect.text(#"^\s*([0-9]{1,3})(?=[-/ ])"#)
        let padded = "regexp_replace(\(value), \(short), \(dialect.text("000$1")))"
        var branches: [String] = []
        if forms.count > 1 {
            branches.append("WHEN \(value) RLIKE \(dialect.text(#"[T ]\s*24:"#)) THEN \(refusal)")
        }
        for (form, replacement) in forms {
            let form = dialect.text(form)
            branches.append(
                "WHEN \(padded) RLIKE \(form) THEN "
                    + "regexp_replace(\(padded), \(form), \(dialect.text(replacement)))")
        }
        branches.append("WHEN \(value) RLIKE \(dialect.text(#"(?i)^\s*(-?inf(inity)?|epoch)\s*$"#)) THEN \(refusal)")
        return "CASE \(branches.joined(separator: " ")) WHEN \(value) IS NOT NULL THEN 'x' END"
    }

    private var refusal: String { "raise_error(\(dialect.text(Self.endlessMoment)))" }

    private func isInteger(_ type: DataType) -> Bool { [.int8, .int16, .int32, .int64].contains(type) }
}
