/// What every function of the language gives: for ordinary values, for nulls, and at the edge of what it takes.
///
/// Over one row `i = 7, x = 2.5, t = 'Straße', d = 2024-02-29, ts = 2024-02-29 23:59:58.75, b = true`, and `no_i`,
/// `no_x`, `no_t`, `no_d`, `no_ts`, `no_b`: null of the same types.
enum FunctionCases {
    /// `?` in a call stands for the name of the function. nil: null.
    typealias Case = (call: String, result: String?)

    static let scalar: [String: [Case]] = text.merging(numbers) { $1 }.merging(dates) { $1 }.merging(nulls) { $1 }

    static let text: [String: [Case]] = [
        "upper": [("?(t)", "STRAẞE"), ("?('aé')", "AÉ"), ("?('')", ""), ("?(no_t)", nil)],
        "lower": [("?('ÄBC1')", "äbc1"), ("?('')", ""), ("?(no_t)", nil)],
        "initcap": [
            ("?('hello wORLD')", "Hello World"), ("?('o''neil-été 1st')", "O'Neil-Été 1st"), ("?('')", ""),
            ("?(no_t)", nil),
        ],
        "trim": [("?('  a b ')", "a b"), ("?(' ' || ' ')", ""), ("?('')", ""), ("?(no_t)", nil)],
        "ltrim": [("?('  a ')", "a "), ("?('')", ""), ("?(no_t)", nil)],
        "rtrim": [("?('  a ')", "  a"), ("?('')", ""), ("?(no_t)", nil)],
        "length": [("?(t)", "6"), ("?('🙂é')", "2"), ("?('')", "0"), ("?(no_t)", nil)],
        "substring": [
            ("?(t, 2)", "traße"), ("?(t, 5, 1)", "ß"), ("?(t, 7)", ""), ("?(t, 1, 0)", ""), ("?(t, 2, 100)", "traße"),
            ("?(no_t, 1)", nil), ("?(t, no_i)", nil), ("?(t, 1, no_i)", nil),
        ],
        "replace": [
            ("?('banana', 'an', 'AN')", "bANANa"), ("?('abc', 'x', 'y')", "abc"), ("?('aa', 'a', '')", ""),
            ("?(no_t, 'a', 'b')", nil), ("?(t, no_t, 'b')", nil), ("?(t, 'a', no_t)", nil),
        ],
        "concat": [
            ("?(t, '-', i)", "Straße-7"), ("?(x, b, d)", "2.5true2024-02-29"), ("?('')", ""), ("?(t, no_t)", nil),
            ("?(no_i)", nil),
        ],
        "split_part": [
            ("?('a-b-c', '-', 1)", "a"), ("?('a-b-c', '-', 3)", "c"), ("?('a-b-c', '-', 4)", ""), ("?('', '-', 1)", ""),
            ("?(no_t, '-', 1)", nil),
        ],
        "left": [
            ("?(t, 5)", "Straß"), ("?(t, 0)", ""), ("?(t, 100)", "Straße"), ("?(no_t, 1)", nil), ("?(t, no_i)", nil),
        ],
        "right": [
            ("?(t, 2)", "ße"), ("?(t, 0)", ""), ("?(t, 100)", "Straße"), ("?(no_t, 1)", nil), ("?(t, no_i)", nil),
        ],
        "lpad": [
            ("?('7', 3, '0')", "007"), ("?('abcd', 2, '0')", "ab"), ("?('a', 0, 'x')", ""), ("?('a', 4, 'xy')", "xyxa"),
            ("?(no_t, 3, '0')", nil),
        ],
        "rpad": [
            ("?('7', 3, '0')", "700"), ("?('abcd', 2, '0')", "ab"), ("?('a', 0, 'x')", ""), ("?('a', 4, 'xy')", "axyx"),
            ("?(no_t, 3, '0')", nil),
        ],
        "reverse": [("?('abc')", "cba"), ("?('')", ""), ("?(no_t)", nil)],
        "starts_with": [("?(t, 'Str')", "true"), ("?(t, '')", "true"), ("?(t, 's')", "false"), ("?(no_t, 'a')", nil)],
        "ends_with": [("?(t, 'ße')", "true"), ("?(t, '')", "true"), ("?('', 'a')", "false"), ("?(t, no_t)", nil)],
        "contains": [("?(t, 'aß')", "true"), ("?(t, '')", "true"), ("?('', 'a')", "false"), ("?(no_t, 'a')", nil)],
        "regexp_matches": [
            ("?(t, '^S.+e$')", "true"), ("?(t, '[0-9]')", "false"), ("?('', '^$')", "true"), ("?(no_t, 'a')", nil),
        ],
        "regexp_extract": [
            ("?('ab12cd345', '[0-9]+')", "12"), ("?('key=value', '(.+)=(.+)', 2)", "value"), ("?('abc', '[0-9]')", ""),
            ("?(no_t, 'a')", nil),
        ],
        "regexp_replace": [
            ("?('a1b22', '[0-9]', '#')", "a#b##"), ("?('ab', '(a)(b)', '\\2\\1')", "ba"), ("?('', 'a', 'b')", ""),
            ("?('axxb', 'x*', '')", "ab"), ("?('axxb', 'x*', '-')", "-a-b-"), ("?('  ab', '^ *', '#')", "#ab"),
            ("?(no_t, 'a', 'b')", nil),
        ],
        "md5": [
            ("?('abc')", "900150983cd24fb0d6963f7d28e17f72"), ("?('ß')", "e11ce22edb052b40813b1e145b704775"),
            ("?('')", "d41d8cd98f00b204e9800998ecf8427e"), ("?(no_t)", nil),
        ],
        "sha256": [
            ("?('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("?('')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), ("?(no_t)", nil),
        ],
        "json_extract": [
            ("?('{\"a\": {\"b\": \"x\"}}', '$.a.b')", "\"x\""), ("?('{\"a\": 1}', '$.b')", nil),
            ("?('{\"a\": [1, 2]}', '$.a')", "[1,2]"), ("?(no_t, '$.a')", nil),
        ],
        "json_extract_string": [
            ("?('{\"a\": {\"b\": \"x\"}}', '$.a.b')", "x"), ("?('{\"a\": 1}', '$.a')", "1"), ("?('{}', '$.a')", nil),
            ("?(no_t, '$.a')", nil),
        ],
        "strpos": [
            ("?(t, 'ß')", "5"), ("?(t, 'x')", "0"), ("?(t, '')", "1"), ("?(no_t, 'a')", nil), ("?(t, no_t)", nil),
        ],
    ]

    static let numbers: [String: [Case]] = [
        "abs": [
            ("?(-i)", "7"), ("?(-2.5)", "2.5"), ("?(0)", "0"), ("?(-9223372036854775807)", "9223372036854775807"),
            ("?(no_i)", nil),
        ],
        "round": [
            ("?(x)", "3"), ("?(-x)", "-3"), ("?(2.675, 2)", "2.68"), ("?(1234, -2)", "1200"), ("?(x, 0)", "3.0"),
            ("?(0.4)", "0"),
            ("?(no_x)", nil), ("?(no_i, 1)", nil),
        ],
        "floor": [("?(-x)", "-3.0"), ("?(2.5)", "2"), ("?(i)", "7"), ("?(no_x)", nil)],
        "ceil": [("?(x)", "3.0"), ("?(-2.5)", "-2"), ("?(i)", "7"), ("?(no_x)", nil)],
        "trunc": [("?(-x)", "-2.0"), ("?(2.9)", "2"), ("?(i)", "7"), ("?(no_x)", nil)],
        "sqrt": [("?(16)", "4.0"), ("?(0)", "0.0"), ("?(-1)", nil), ("?(no_x)", nil), ("?(1e300 * 1e300)", "inf")],
        "power": [
            ("?(2, 10)", "1024.0"), ("?(0, 0)", "1.0"), ("?(2, -1)", "0.5"), ("?(no_i, 2)", nil), ("?(2, no_i)", nil),
        ],
        "mod": [("?(7, 3)", "1"), ("?(-7, 3)", "-1"), ("?(7, 0)", nil), ("?(no_i, 3)", nil), ("?(5.5, 2)", "1.5")],
        "greatest": [
            ("?(1, i, 3)", "7"), ("?(no_i, 2)", "2"), ("?(no_i)", nil), ("?('a', t)", "a"), ("?(i, x)", "7.0"),
        ],
        "least": [("?(1, i, 3)", "1"), ("?(no_i, 2)", "2"), ("?(no_i)", nil), ("?(d, '2024-01-01')", "2024-01-01")],
        "sign": [("?(-x)", "-1"), ("?(0)", "0"), ("?(1e-300)", "1"), ("?(no_x)", nil)],
        "exp": [("?(0)", "1.0"), ("?(1000)", "inf"), ("?(-1000)", "0.0"), ("?(no_x)", nil)],
        "ln": [("?(1)", "0.0"), ("?(0)", nil), ("?(-1)", nil), ("?(no_x)", nil)],
        "log10": [("?(1000)", "3.0"), ("?(0)", nil), ("?(-1)", nil), ("?(no_x)", nil)],
    ]

    static let dates: [String: [Case]] = [
        "timestamp": [
            ("?('2024-02-29 10:00:00')", "2024-02-29 10:00:00"), ("?(d)", "2024-02-29 00:00:00"), ("?(no_d)", nil),
        ],
        // The run was accepted at 2023-11-14 22:13:20.25.
        "current_date": [("?()", "2023-11-14"), ("?() + 1", "2023-11-15"), ("nullif(?(), current_date)", nil)],
        "current_timestamp": [
            ("?()", "2023-11-14 22:13:20.25"), ("date(?())", "2023-11-14"), ("nullif(?(), current_timestamp)", nil),
        ],
        "date": [("?(ts)", "2024-02-29"), ("?('2024-02-29')", "2024-02-29"), ("?(no_ts)", nil)],
        "date_trunc": [
            ("?('month', d)", "2024-02-01"), ("?(hour, ts)", "2024-02-29 23:00:00"), ("?('year', d)", "2024-01-01"),
            ("?('week', d)", "2024-02-26"), ("?('quarter', d)", "2024-01-01"), ("?('hour', d)", "2024-02-29 00:00:00"),
            ("?('day', no_d)", nil),
        ],
        "date_diff": [
            ("?('day', d, '2024-03-01')", "1"), ("?('year', date '2023-12-31', date '2024-01-01')", "1"),
            ("?('day', d, d)", "0"), ("?('month', d, '2024-01-31')", "-1"), ("?('day', no_d, d)", nil),
            ("?('day', d, no_d)", nil),
        ],
        "date_add": [
            ("?(d, interval 1 year)", "2025-02-28"), ("?(date '2024-01-31', interval 1 month)", "2024-02-29"),
            ("?(d, interval '0 days')", "2024-02-29"), ("?(no_d, interval 1 day)", nil),
        ],
        "format_date": [
            ("?(d, 'YYYY-MM-DD')", "2024-02-29"), ("?(ts, 'DD.MM.YY HH24:MI:SS')", "29.02.24 23:59:58"),
            ("?(d, 'YYYY%')", "2024%"),
            ("?(no_d, 'YYYY')", nil),
        ],
        "make_date": [("?(2024, 2, 29)", "2024-02-29"), ("?(1, 1, 1)", "0001-01-01"), ("?(no_i, 1, 1)", nil)],
        "year": [("?(d)", "2024"), ("?(ts)", "2024"), ("?('0001-01-01')", "1"), ("?(no_d)", nil)],
        "quarter": [("?(d)", "1"), ("?('2024-12-31')", "4"), ("?(no_d)", nil)],
        "month": [("?(d)", "2"), ("?('2024-12-31')", "12"), ("?(no_d)", nil)],
        "day": [("?(d)", "29"), ("?('2024-12-31')", "31"), ("?(no_d)", nil)],
        "hour": [("?(ts)", "23"), ("?(d)", "0"), ("?(no_ts)", nil)],
        "minute": [("?(ts)", "59"), ("?(d)", "0"), ("?(no_ts)", nil)],
        "second": [("?(ts)", "58"), ("?(d)", "0"), ("?(no_ts)", nil)],
    ]

    static let nulls: [String: [Case]] = [
        "coalesce": [
            ("?(no_i, i)", "7"), ("?(no_t)", nil), ("?('', t)", ""), ("?(no_i, x)", "2.5"), ("?(null, null)", nil),
        ],
        "ifnull": [("?(no_t, 'x')", "x"), ("?(t, 'x')", "Straße"), ("?(no_i, no_i)", nil)],
        "nullif": [("?(i, 7)", nil), ("?(i, 8)", "7"), ("?(no_i, 7)", nil), ("?(i, no_i)", "7"), ("?('', '')", nil)],
    ]

    /// Over the rows (k, i, x, t, d, b) of `rows`, in their order.
    struct Aggregate {
        var call: String
        /// Over rows with values and nulls.
        var some: String?
        /// Over rows that are all null.
        var nulls: String?
        /// Without any row.
        var none: String?
    }

    static let rows = "i,x,t,d,b\n3,1.5,b,2024-01-03,true\n,,,,\n1,-2.0,a,2024-01-01,false\n3,0.5,é,2024-01-09,true\n"

    static let aggregates: [String: [Aggregate]] = [
        "count": [
            Aggregate(call: "?(*)", some: "4", nulls: "2", none: "0"),
            Aggregate(call: "?(i)", some: "3", nulls: "0", none: "0"),
            Aggregate(call: "?(distinct i)", some: "2", nulls: "0", none: "0"),
            Aggregate(call: "?(*) filter (where i > 1)", some: "2", nulls: "0", none: "0"),
        ],
        "count_distinct": [Aggregate(call: "?(i)", some: "2", nulls: "0", none: "0")],
        "sum": [
            Aggregate(call: "?(i)", some: "7"), Aggregate(call: "?(x)", some: "0.0"),
            Aggregate(call: "?(distinct i)", some: "4"),
            Aggregate(call: "?(i) filter (where b)", some: "6"), Aggregate(call: "?(i * 0.1)", some: "0.7"),
            Aggregate(call: "?(b)", some: "2"),
        ],
        "avg": [Aggregate(call: "?(i)", some: "2.3333333333333335"), Aggregate(call: "?(x)", some: "0.0")],
        "min": [
            Aggregate(call: "?(i)", some: "1"), Aggregate(call: "?(t)", some: "a"),
            Aggregate(call: "?(d)", some: "2024-01-01"),
            Aggregate(call: "?(b)", some: "false"),
        ],
        "max": [
            Aggregate(call: "?(i)", some: "3"), Aggregate(call: "?(t)", some: "é"),
            Aggregate(call: "?(d)", some: "2024-01-09"),
        ],
        "any": [Aggregate(call: "?(i)", some: "1"), Aggregate(call: "?(t)", some: "a")],
        "first": [Aggregate(call: "?(i)", some: "3"), Aggregate(call: "?(t) filter (where i = 1)", some: "a")],
        "last": [Aggregate(call: "?(t)", some: "é"), Aggregate(call: "?(i) filter (where i < 3)", some: "1")],
        "stddev": [
            Aggregate(call: "?(i)", some: "1.1547005383792515"),
            Aggregate(call: "?(i) filter (where i = 1)", some: nil),
            Aggregate(call: "?(x / 0)", some: nil),
        ],
        "variance": [
            Aggregate(call: "?(i)", some: "1.3333333333333333"),
            Aggregate(call: "?(i) filter (where i = 1)", some: nil),
            Aggregate(call: "?(x / 0)", some: nil),
        ],
        "median": [
            Aggregate(call: "?(i)", some: "3.0"), Aggregate(call: "?(x)", some: "0.5"),
            Aggregate(call: "?(i) filter (where i + x > -1.5)", some: "3.0"),
            Aggregate(call: "?(d)", some: "2024-01-03"),
            Aggregate(call: "?(t)", some: "b"), Aggregate(call: "?(d) filter (where i = 3)", some: "2024-01-03"),
        ],
        "quantile": [
            Aggregate(call: "?(i, 0)", some: "1.0"), Aggregate(call: "?(i, 1)", some: "3.0"),
            Aggregate(call: "?(x, 0.25)", some: "-0.75"),
            Aggregate(call: "?(d, 1)", some: "2024-01-09"), Aggregate(call: "?(t, 0)", some: "a"),
        ],
        "collect": [
            Aggregate(call: "?(i)", some: "[3, 1, 3]"), Aggregate(call: "?(distinct i)", some: "[1, 3]"),
            Aggregate(call: "?(t) filter (where i = 3)", some: "[b, é]"),
        ],
        "bool_and": [Aggregate(call: "?(b)", some: "false"), Aggregate(call: "?(i > 0)", some: "true")],
        "bool_or": [Aggregate(call: "?(b)", some: "true"), Aggregate(call: "?(i > 9)", some: "false")],
        "string_agg": [
            Aggregate(call: "?(t)", some: "b,a,é"), Aggregate(call: "?(t, '')", some: "baé"),
            Aggregate(call: "?(distinct i, '/')", some: "1/3"),
        ],
        "min_by": [Aggregate(call: "?(t, i)", some: "a"), Aggregate(call: "?(i, x)", some: "1")],
        "max_by": [Aggregate(call: "?(t, d)", some: "é"), Aggregate(call: "?(d, x)", some: "2024-01-03")],
    ]
}
