import Foundation
import Fuzzing
import Pipeline

/// Makes small tables with awkward values and pipelines of expressions over every function that both engines have. What
/// comes out is not worked out here: two engines are compared with each other.
struct ParityGenerator {
    private(set) var dice: SeededDice

    init(seed: UInt64) { dice = SeededDice(seed: seed) }

    /// As letters: b(oolean), i(nteger), x (double), m (decimal), t(ext), d(ate), s (timestamp).
    enum Kind: String, CaseIterable {
        case b, i, x, m, t, d, s

        /// As DuckDB calls it.
        var stored: String {
            switch self {
            case .b: "BOOLEAN"
            case .i: "BIGINT"
            case .x: "DOUBLE"
            case .m: "DECIMAL(12, 3)"
            case .t: "VARCHAR"
            case .d: "DATE"
            case .s: "TIMESTAMP"
            }
        }

        var dataType: DataType {
            switch self {
            case .b: .boolean
            case .i: .int64
            case .x: .float64
            case .m: .decimal(precision: 12, scale: 3)
            case .t: .text
            case .d: .date
            case .s: .timestamp
            }
        }
    }

    // MARK: Data

    private static let integers = ["0", "1", "-1", "2", "7", "-13", "100", "12345", "-99999", "1000000"]
    private static let doubles = [
        "0.0", "-0.0", "1.0", "0.5", "1.5", "2.5", "-2.5", "-0.25", "3.75", "1e-7", "123456.789", "-1e6", "nan", "inf",
        "-inf", "0.1", "1e15",
    ]
    private static let decimals = [
        "0", "1", "-1", "0.5", "1.5", "2.5", "-2.5", "0.005", "12.345", "-99999.999", "1000",
    ]
    static let texts = [
        "a", "B", "ab", "é", "e\u{301}", "Straße", "ΑΣ", "İx", "ǅ", "ŉ", "ﬁ", "x_y", "50%", "12", "2.5", "-7", " 8 ",
        "1e3",
        "true", "T", "yes", "0", "2024-02-29", "2024-02-30", "2024-1-5", "2024/03/04", "2024-01-05 10:11:12",
        "2024-01-05T23:59:59.5", "1969-12-31", "nan", "🙂x", "a.b.c", "a-b-c", "x'y", "a\\b", "hello wORLD", "  two  ",
        "tab\there", "$1", "0x1F", "1_000", "99999999999999999999", "1.5d", ".5", "5.", "+3", "Zürich Hbf",
    ]
    private static let dates = [
        "2024-02-29", "2024-12-30", "2023-01-01", "1970-01-01", "1969-12-31", "2000-02-29", "1900-03-01", "2024-07-04",
        "0001-01-01", "9999-12-31", "1582-10-10",
    ]
    private static let timestamps = [
        "2024-02-29 23:59:58.75", "2024-12-30 00:00:00", "1969-12-31 23:59:59.999999", "1970-01-01 00:00:00",
        "2000-02-29 12:30:45.000001", "2024-07-04 06:07:08", "1900-03-01 01:02:03.5",
    ]

    /// A SELECT whose rows have a column `id` and two of each kind.
    mutating func rows() -> String {
        let names = ["id"] + Self.columns.map(\.name)
        let casts =
            ["CAST(id AS BIGINT) AS id"] + Self.columns.map { "CAST(\($0.name) AS \($0.kind.stored)) AS \($0.name)" }
        let rows = (0..<(1 + dice.roll(12))).map { row in
            "("
                + (["'\(row)'"] + Self.columns.map { dice.roll(6) == 0 ? "NULL" : value($0.kind) }).joined(
                    separator: ", ")
                + ")"
        }
        return "SELECT \(casts.joined(separator: ", "))\nFROM (VALUES \(rows.joined(separator: ",\n"))) "
            + "AS v(\(names.joined(separator: ", ")))"
    }

    static let columns: [(name: String, kind: Kind)] = Kind.allCases.flatMap { kind in
        ["", "2"].map { (name: kind.rawValue + $0, kind: kind) }
    }

    private mutating func value(_ kind: Kind) -> String {
        switch kind {
        case .b: dice.flip() ? "'true'" : "'false'"
        case .i: "'\(dice.pick(Self.integers))'"
        case .x: "'\(dice.pick(Self.doubles))'"
        case .m: "'\(dice.pick(Self.decimals))'"
        case .t: text()
        case .d: "'\(dice.pick(Self.dates))'"
        case .s: "'\(dice.pick(Self.timestamps))'"
        }
    }

    // MARK: Expressions

    mutating func expressions(_ count: Int) -> [String] {
        (0..<count).map { _ in expression(dice.pick(Kind.allCases), 1 + dice.roll(3)) }
    }

    /// Aggregates over the rows, or over groups of them.
    mutating func aggregates(_ count: Int) -> [String] {
        (0..<count).map { _ in
            let kind = dice.pick([Kind.i, .i, .m, .t, .d, .s, .b])
            let argument = dice.roll(3) == 0 ? expression(kind, 1) : column(kind)
            var functions = ["count", "count_distinct", "min", "max", "any"]
            if kind == .i || kind == .m { functions += ["sum", "avg", "median", "stddev", "variance"] }
            if kind == .b { functions = ["bool_and", "bool_or", "count", "count_distinct"] }
            var call = "\(dice.pick(functions))(\(argument))"
            if dice.roll(8) == 0 { call = "count(*)" }
            if dice.roll(8) == 0 { call = "\(dice.pick(["min_by", "max_by"]))(\(argument), id)" }
            if dice.roll(10) == 0 { call = "quantile(\(column(.i)), \(dice.pick(["0", "0.25", "0.9", "1"])))" }
            if dice.roll(4) == 0 { call += " FILTER (WHERE \(expression(.b, 1)))" }
            return call
        }
    }

    private mutating func column(_ kind: Kind) -> String { dice.pick([kind.rawValue, kind.rawValue + "2"]) }

    private mutating func literal(_ kind: Kind) -> String {
        func number(_ text: String) -> String { text.hasPrefix("-") ? "(\(text))" : text }
        switch kind {
        case .b: return dice.flip() ? "true" : "false"
        case .i: return number(dice.pick(Self.integers))
        case .x:
            let text = dice.pick(Self.doubles.filter { !$0.contains("n") && !$0.contains("e") })
            return "CAST(\(number(text)) AS double)"
        case .m: return "CAST(\(number(dice.pick(Self.decimals))) AS decimal(12, 3))"
        case .t: return text()
        case .d: return "DATE '\(dice.pick(Self.dates))'"
        case .s: return "TIMESTAMP '\(dice.pick(Self.timestamps))'"
        }
    }

    private mutating func text() -> String { "'" + dice.pick(Self.texts).replacing("'", with: "''") + "'" }

    private mutating func leaf(_ kind: Kind) -> String { dice.roll(4) == 0 ? literal(kind) : column(kind) }

    private mutating func expression(_ kind: Kind, _ depth: Int) -> String {
        guard depth > 0 else { return leaf(kind) }
        let (a, b) = (expression(kind, depth - 1), leaf(kind))
        switch dice.roll(9) {
        case 0: return "CASE WHEN \(expression(.b, depth - 1)) THEN \(a)\(dice.flip() ? " ELSE \(b)" : "") END"
        case 1: return "coalesce(\(a), \(b))"
        case 2: return "nullif(\(a), \(b))"
        case 3 where kind != .b: return "\(dice.pick(["greatest", "least"]))(\(a), \(b))"
        default: break
        }
        let own: String
        switch kind {
        case .b: own = condition(depth - 1)
        case .i: own = integer(a, b, depth - 1)
        case .x: own = double(a, b, depth - 1)
        case .m: own = decimal(a, b)
        case .t: own = text(a, b, depth - 1)
        case .d: own = date(a, depth - 1)
        case .s: own = timestamp(a, depth - 1)
        }
        return own
    }

    private mutating func integer(_ a: String, _ b: String, _ depth: Int) -> String {
        let parts = ["year", "quarter", "month", "week", "day", "dow", "doy"]
        let times = ["hour", "minute", "second"]
        let differences = ["year", "quarter", "month", "week", "day"]
        let (t, d, s) = (expression(.t, depth), expression(.d, depth), expression(.s, depth))
        return dice.pick([
            "(\(a) + \(b))", "(\(a) - \(b))", "(\(a) * \(dice.pick(["2", "-3", "7"])))", "(\(a) % \(b))",
            "mod(\(a), \(b))", "abs(\(a))", "(- \(a))", "length(\(t))", "strpos(\(t), \(text()))",
            "EXTRACT(\(dice.pick(parts)) FROM \(d))", "EXTRACT(\(dice.pick(parts + times)) FROM \(s))",
            "date_diff('\(dice.pick(differences))', \(d), \(column(.d)))",
            "date_diff('\(dice.pick(differences + times))', \(s), \(column(.s)))", "(\(d) - \(column(.d)))",
            "CAST(\(column(.b)) AS int)", "CAST(\(column(.m)) AS int)", "TRY_CAST(\(column(.x)) AS int)",
            "TRY_CAST(\(t) AS int)", "sign(\(column(.x)))", "TRY_CAST(round(\(column(.m))) AS int)",
            "\(dice.pick(["floor", "ceil", "trunc"]))(\(a))", "year(\(d))", "hour(\(s))",
        ])
    }

    private mutating func double(_ a: String, _ b: String, _ depth: Int) -> String {
        let (i, t) = (expression(.i, depth), expression(.t, depth))
        return dice.pick([
            "(\(a) + \(b))", "(\(a) - \(b))", "(\(a) * \(b))", "(\(a) / \(b))", "(\(i) / \(column(.i)))",
            "sqrt(\(a))", "round(\(column(.x)), \(dice.roll(4)))", "\(dice.pick(["floor", "ceil", "trunc"]))(\(a))",
            "abs(\(a))", "ln(\(a))", "log10(\(a))", "exp(\(column(.m)))", "power(\(column(.x)), 2)", "(- \(a))",
            "CAST(\(i) AS double)", "CAST(\(column(.m)) AS double)", "TRY_CAST(\(t) AS double)",
            "(\(a) % \(column(.x)))",
        ])
    }

    private mutating func decimal(_ a: String, _ b: String) -> String {
        let value = dice.pick([
            "(\(column(.m)) + \(column(.m)))", "(\(column(.m)) - \(column(.i)))", "(\(column(.m)) * 2)",
            "round(\(column(.m)), \(dice.roll(4)))", "abs(\(a))", "(- \(b))",
            "\(dice.pick(["floor", "ceil", "trunc"]))(\(a))",
            "CAST(\(column(.i)) AS decimal(12, 3))", "TRY_CAST(\(column(.t)) AS decimal(12, 3))", "(\(column(.m)) % 7)",
        ])
        return "CAST(\(value) AS decimal(12, 3))"
    }

    private mutating func text(_ a: String, _ b: String, _ depth: Int) -> String {
        let pattern = dice.pick([
            "[0-9]+", "^a", "b$", "[a-z]", "(.)(.)", "\\s", "\\d", "[^a-zA-Z]", "a|b", "x?y", "\\.", "^$", "é", "[é-ü]",
        ])
        let count = dice.roll(6)
        let filling = dice.pick(["0", "xy", "é"])
        let (i, d, s) = (expression(.i, depth), expression(.d, depth), expression(.s, depth))
        return dice.pick([
            "upper(\(a))", "lower(\(a))", "initcap(\(a))", "trim(\(a))", "ltrim(\(a))", "rtrim(\(a))",
            "substring(\(a), \(1 + count))", "substring(\(a), \(1 + count), \(dice.roll(4)))", "left(\(a), \(count))",
            "right(\(a), \(count))", "lpad(\(a), \(count), '\(filling)')", "rpad(\(a), \(count), '\(filling)')",
            "replace(\(a), \(text()), \(b))",
            "split_part(\(a), '\(dice.pick([".", "-", " ", "é"]))', \(dice.pick([1, 2, -1])))",
            "regexp_replace(\(a), '\(pattern)', '\(dice.pick(["", "#", "é", "$"]))')",
            "regexp_extract(\(a), '\(pattern)')",
            "(\(a) || \(b))", "concat(\(a), '-', \(column(.i)))", "CAST(\(i) AS text)", "CAST(\(d) AS text)",
            "CAST(\(s) AS text)", "CAST(\(column(.m)) AS text)", "CAST(\(column(.b)) AS text)",
            "format_date(\(d), '\(dice.pick(["YYYY-MM-DD", "DD.MM.YY", "YYYY%", "MM/YYYY"]))')",
            "format_date(\(s), 'YYYYMMDD HH24:MI:SS')",
        ])
    }

    private mutating func date(_ a: String, _ depth: Int) -> String {
        let part = dice.pick(["year", "quarter", "month", "week", "day"])
        let days = "\(dice.roll(60))"
        return dice.pick([
            "(\(column(.d)) + INTERVAL '\(days) days')", "(\(column(.d)) - INTERVAL '\(1 + dice.roll(14)) months')",
            "date_add(\(leaf(.d)), INTERVAL 1 year)", "date_trunc('\(part)', \(a))", "date(\(expression(.s, depth)))",
            "CAST(\(expression(.s, depth)) AS date)", "TRY_CAST(\(expression(.t, depth)) AS date)",
            "make_date(2024, \(1 + dice.roll(12)), \(1 + dice.roll(28)))", "(\(column(.d)) + \(days))",
        ])
    }

    private mutating func timestamp(_ a: String, _ depth: Int) -> String {
        let part = dice.pick(["year", "quarter", "month", "week", "day", "hour", "minute", "second"])
        let unit = dice.pick(["days", "hours", "minutes", "seconds", "months"])
        return dice.pick([
            "(\(column(.s)) + INTERVAL '\(dice.roll(100)) \(unit)')",
            "(\(column(.s)) - INTERVAL '\(dice.roll(40)) \(unit)')",
            "date_trunc('\(part)', \(a))", "CAST(\(expression(.d, depth)) AS timestamp)",
            "TRY_CAST(\(expression(.t, depth)) AS timestamp)",
        ])
    }

    private mutating func condition(_ depth: Int) -> String {
        let kind = dice.pick([Kind.i, .x, .m, .t, .d, .s])
        let (a, b, c) = (expression(kind, depth), leaf(kind), leaf(kind))
        let t = expression(.t, depth)
        let like = dice.pick(["%", "a%", "%b", "_", "é%", "%\\%%", "_%_", "A%"])
        return dice.pick([
            "(\(a) \(dice.pick(["=", "<>", "<", "<=", ">", ">="])) \(b))", "(\(a) BETWEEN \(b) AND \(c))",
            "(\(a) \(dice.flip() ? "NOT " : "")IN (\(b), \(c)))", "(\(a) IS \(dice.flip() ? "NOT " : "")NULL)",
            "(\(a) IS \(dice.flip() ? "NOT " : "")DISTINCT FROM \(b))",
            "(\(t) \(dice.pick(["LIKE", "ILIKE"])) '\(like)')",
            "starts_with(\(t), \(text()))", "ends_with(\(t), \(text()))", "contains(\(t), \(text()))",
            "regexp_matches(\(t), '\(dice.pick(["[0-9]", "^.$", "b$", "\\s", "^[A-Z]"]))')",
            "(\(leaf(.b)) AND \(leaf(.b)))", "(\(leaf(.b)) OR \(leaf(.b)))", "(NOT \(leaf(.b)))",
            "TRY_CAST(\(t) AS bool)", "CAST(\(column(.i)) AS bool)",
        ])
    }
}
