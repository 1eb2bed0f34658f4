/// The functions of the language: names, arguments, results. What each is called on an engine stands with the engine.
public struct FunctionDefinition: Sendable {
    /// What an argument must be.
    enum Parameter: Hashable, Sendable {
        case text
        /// JSON, or text that holds it.
        case json
        case number
        case integer
        case boolean
        /// A date, a timestamp or an instant.
        case moment
        case interval
        /// A number, a text, a date or time: what has a middle.
        case orderable
        case any
        /// All arguments of this kind are brought to one type.
        case alike
        /// A part of a date: `'month'`, or the bare word.
        case part
        /// Written out in the expression, so that it can be checked (a pattern, a separator).
        case literalText
        case literalNumber
    }

    enum Result: Hashable, Sendable {
        case fixed(DataType)
        /// The type of the first argument.
        case first
        /// The type that the `alike` arguments were brought to.
        case alike
        /// Depends on more than that: `FunctionTyping`.
        case special
    }

    enum Nature: Hashable, Sendable {
        case scalar
        case aggregate(takesDistinct: Bool, dependsOnOrder: Bool)
    }

    /// What a call becomes in the plan.
    enum Meaning: Hashable, Sendable {
        case function(FunctionID)
        case distinctCount
        case extract(String)
        case castToDate
        case castToTimestamp
        case concatenation
        case modulo
        case addition
        case median
    }

    /// The name in messages; the others are aliases.
    public var names: [String]
    var meaning: Meaning
    var parameters: [Parameter]
    /// How many of the last parameters may be left out.
    var optional: Int
    /// Whether the last parameter may be repeated.
    var repeats: Bool
    var result: Result
    var nature: Nature
    /// One line for the reference.
    public var documentation: String

    public var name: String { names[0] }
    public var isAggregate: Bool { nature != .scalar }

    /// `substring(text, integer[, integer])`.
    public var signature: String {
        let required = parameters.count - optional
        var text = name + "("
        for (index, parameter) in parameters.enumerated() {
            if index >= required { text += "[" }
            text += (index > 0 ? ", " : "") + parameter.description
        }
        return text + (repeats ? ", …" : "") + String(repeating: "]", count: optional) + ")"
    }

    /// Why so many arguments don't fit; nil when they do.
    func arityProblem(_ count: Int) -> String? {
        let required = parameters.count - optional
        let fits = count >= required && (repeats || count <= parameters.count)
        return fits ? nil : "\(name) takes \(expectation), not \(count): \(signature)"
    }

    private var expectation: String {
        let required = parameters.count - optional
        let noun = (repeats || optional > 0 ? parameters.count : required) == 1 ? "argument" : "arguments"
        if repeats { return "at least \(required) \(noun)" }
        if optional > 0 { return "\(required) to \(parameters.count) \(noun)" }
        return required == 0 ? "no arguments" : "\(required) \(noun)"
    }
}

extension FunctionDefinition.Parameter: CustomStringConvertible {
    var description: String {
        switch self {
        case .text: "text"
        case .json: "JSON"
        case .number: "number"
        case .integer: "integer"
        case .boolean: "boolean"
        case .moment: "date or timestamp"
        case .interval: "interval"
        case .orderable: "number, text or date"
        case .any, .alike: "value"
        case .part: "part"
        case .literalText: "'text'"
        case .literalNumber: "number literal"
        }
    }
}

public enum FunctionTable {
    public static let all: [FunctionDefinition] = text + numbers + dates + nulls + aggregates

    public static func named(_ name: String) -> FunctionDefinition? { byName[name] }

    /// Every name and alias.
    public static var names: some Sequence<String> { byName.keys }

    // Names are ASCII, so that Swift's own equality of texts does no harm.
    private static let byName = Dictionary(
        all.flatMap { definition in definition.names.map { ($0, definition) } }, uniquingKeysWith: { first, _ in first }
    )

    private static func scalar(
        _ names: String..., is id: FunctionID, _ parameters: [FunctionDefinition.Parameter], optional: Int = 0,
        repeats: Bool = false, gives result: FunctionDefinition.Result, _ documentation: String
    ) -> FunctionDefinition {
        FunctionDefinition(
            names: names, meaning: .function(id), parameters: parameters, optional: optional, repeats: repeats,
            result: result, nature: .scalar, documentation: documentation)
    }

    private static func notation(
        _ names: String..., for meaning: FunctionDefinition.Meaning, _ parameters: [FunctionDefinition.Parameter],
        repeats: Bool = false, _ documentation: String
    ) -> FunctionDefinition {
        FunctionDefinition(
            names: names, meaning: meaning, parameters: parameters, optional: 0, repeats: repeats, result: .special,
            nature: .scalar, documentation: documentation)
    }

    private static func aggregate(
        _ names: String..., is meaning: FunctionDefinition.Meaning, _ parameters: [FunctionDefinition.Parameter],
        optional: Int = 0, gives result: FunctionDefinition.Result, distinct: Bool = false, ordered: Bool = false,
        _ documentation: String
    ) -> FunctionDefinition {
        FunctionDefinition(
            names: names, meaning: meaning, parameters: parameters, optional: optional, repeats: false, result: result,
            nature: .aggregate(takesDistinct: distinct, dependsOnOrder: ordered), documentation: documentation)
    }

    private static let text: [FunctionDefinition] = [
        scalar("upper", "ucase", is: .upper, [.text], gives: .fixed(.text), "in capitals"),
        scalar("lower", "lcase", is: .lower, [.text], gives: .fixed(.text), "in small letters"),
        scalar(
            "initcap", is: .initCap, [.text], gives: .fixed(.text),
            "the first letter of every word in capitals, the others small; words are made of letters and digits"),
        scalar(
            "trim", is: .trim, [.text], gives: .fixed(.text),
            "without blank, tab, newline, return, vertical tab and form feed on both sides"),
        scalar("ltrim", is: .leftTrim, [.text], gives: .fixed(.text), "trim on the left"),
        scalar("rtrim", is: .rightTrim, [.text], gives: .fixed(.text), "trim on the right"),
        scalar("length", "len", is: .length, [.text], gives: .fixed(.int64), "in code points"),
        scalar(
            "substring", "substr", is: .substring, [.text, .integer, .integer], optional: 1, gives: .fixed(.text),
            "from a position that counts from 1, at most so many code points"),
        scalar("replace", is: .replace, [.text, .text, .text], gives: .fixed(.text), "every occurrence"),
        notation("concat", for: .concatenation, [.any], repeats: true, "the texts of all values; null if one is null"),
        scalar(
            "split_part", is: .splitPart, [.text, .text, .integer], gives: .fixed(.text),
            "a part between separators, counted from 1; empty when there is none"),
        scalar("left", is: .left, [.text, .integer], gives: .fixed(.text), "the first code points"),
        scalar("right", is: .right, [.text, .integer], gives: .fixed(.text), "the last code points"),
        scalar("lpad", is: .leftPad, [.text, .integer, .text], gives: .fixed(.text), "filled up or cut to a length"),
        scalar("rpad", is: .rightPad, [.text, .integer, .text], gives: .fixed(.text), "filled up or cut to a length"),
        scalar("reverse", is: .reverse, [.text], gives: .fixed(.text), "back to front"),
        scalar("starts_with", is: .startsWith, [.text, .text], gives: .fixed(.boolean), "whether a text begins so"),
        scalar("ends_with", is: .endsWith, [.text, .text], gives: .fixed(.boolean), "whether a text ends so"),
        scalar("contains", is: .contains, [.text, .text], gives: .fixed(.boolean), "whether a text holds another"),
        scalar(
            "regexp_matches", is: .regexpMatches, [.text, .literalText], gives: .fixed(.boolean),
            "whether the pattern occurs"),
        scalar(
            "regexp_extract", is: .regexpExtract, [.text, .literalText, .literalNumber], optional: 1,
            gives: .fixed(.text), "the first match, or a group of it; empty when there is none"),
        scalar(
            "regexp_replace", is: .regexpReplace, [.text, .literalText, .literalText], gives: .fixed(.text),
            "every match; \\1 stands for a group"),
        scalar(
            "strpos", "instr", is: .position, [.text, .text], gives: .fixed(.int64), "where it occurs, from 1; else 0"),
        scalar("md5", is: .md5, [.text], gives: .fixed(.text), "the MD5 hash of its UTF-8 in hexadecimal digits"),
        scalar("sha256", is: .sha256, [.text], gives: .fixed(.text), "the SHA-256 hash in hexadecimal digits"),
        scalar(
            "json_extract", is: .jsonExtract, [.json, .literalText], gives: .fixed(.json),
            "what stands at a path such as '$.user.name', as JSON; null when there is nothing. On DuckDB"),
        scalar(
            "json_extract_string", "json_extract_scalar", is: .jsonExtractText, [.json, .literalText],
            gives: .fixed(.text), "the same as text, without quotes. On DuckDB"),
    ]

    private static let numbers: [FunctionDefinition] = [
        scalar("abs", is: .absolute, [.number], gives: .first, "without its sign"),
        scalar(
            "round", is: .round, [.number, .literalNumber], optional: 1, gives: .special,
            "half away from zero; without places an int64"),
        scalar("floor", is: .floor, [.number], gives: .special, "the whole number below"),
        scalar("ceil", "ceiling", is: .ceiling, [.number], gives: .special, "the whole number above"),
        scalar("trunc", is: .truncate, [.number], gives: .special, "the whole number towards zero"),
        scalar("sqrt", is: .squareRoot, [.number], gives: .fixed(.float64), "null below 0"),
        scalar("power", "pow", is: .power, [.number, .number], gives: .fixed(.float64), "a to the power of b"),
        notation("mod", for: .modulo, [.number, .number], "the remainder, with the dividend's sign"),
        scalar("greatest", is: .greatest, [.alike], repeats: true, gives: .alike, "the largest that is not null"),
        scalar("least", is: .least, [.alike], repeats: true, gives: .alike, "the smallest that is not null"),
        scalar("sign", is: .sign, [.number], gives: .fixed(.int64), "-1, 0 or 1"),
        scalar("exp", is: .exponential, [.number], gives: .fixed(.float64), "e to the power of x"),
        scalar("ln", is: .naturalLogarithm, [.number], gives: .fixed(.float64), "null for 0 and below"),
        scalar("log10", is: .logarithm10, [.number], gives: .fixed(.float64), "null for 0 and below"),
    ]

    private static let dates: [FunctionDefinition] =
        [
            scalar("current_date", is: .currentDate, [], gives: .fixed(.date), "the day on which the run was accepted"),
            scalar(
                "current_timestamp", "now", is: .currentTimestamp, [], gives: .fixed(.timestamp),
                "when the run was accepted, in UTC"),
            notation("date", for: .castToDate, [.any], "as a date"),
            notation("timestamp", for: .castToTimestamp, [.any], "as a timestamp"),
            scalar(
                "date_trunc", is: .dateTrunc, [.part, .moment], gives: .special,
                "the beginning of the year, month, … it lies in"),
            scalar(
                "date_diff", "datediff", is: .dateDifference, [.part, .moment, .moment], gives: .fixed(.int64),
                "how many borders of the part lie between a and b"),
            notation("date_add", for: .addition, [.moment, .interval], "later by an interval"),
            scalar(
                "format_date", is: .formatDate, [.moment, .literalText], gives: .fixed(.text),
                "as text: YYYY YY MM DD HH24 MI SS"),
            scalar(
                "make_date", is: .makeDate, [.integer, .integer, .integer], gives: .fixed(.date),
                "from year, month and day"),
        ]
        + ["year", "quarter", "month", "day", "hour", "minute", "second"].map {
            notation($0, for: .extract($0), [.moment], "as EXTRACT(\($0) FROM …)")
        }

    private static let nulls: [FunctionDefinition] = [
        scalar("coalesce", is: .coalesce, [.alike], repeats: true, gives: .alike, "the first that is not null"),
        scalar("ifnull", is: .coalesce, [.alike, .alike], gives: .alike, "b where a is null"),
        scalar("nullif", is: .nullIf, [.alike, .alike], gives: .alike, "null where a = b, else a"),
    ]

    private static let aggregates: [FunctionDefinition] = [
        aggregate("count", is: .function(.count), [.any], gives: .fixed(.int64), distinct: true, "values not null"),
        aggregate("count_distinct", "nunique", is: .distinctCount, [.any], gives: .fixed(.int64), "different values"),
        aggregate("sum", is: .function(.sum), [.number], gives: .special, distinct: true, "of integers an int64"),
        aggregate("avg", "mean", is: .function(.average), [.number], gives: .fixed(.float64), distinct: true, "mean"),
        aggregate("min", is: .function(.minimum), [.any], gives: .first, "the smallest"),
        aggregate("max", is: .function(.maximum), [.any], gives: .first, "the largest"),
        aggregate("any", "arbitrary", "any_value", is: .function(.minimum), [.any], gives: .first, "one; the smallest"),
        aggregate("first", is: .function(.first), [.any], gives: .first, ordered: true, "the first not null"),
        aggregate("last", is: .function(.last), [.any], gives: .first, ordered: true, "the last not null"),
        aggregate(
            "stddev", "std", "stddev_samp", is: .function(.standardDeviation), [.number], gives: .fixed(.float64),
            "of a sample; null when a value is not finite"),
        aggregate(
            "variance", "var", "var_samp", is: .function(.variance), [.number], gives: .fixed(.float64),
            "of a sample; null when a value is not finite"),
        aggregate(
            "median", is: .median, [.orderable], gives: .special,
            "of numbers interpolated; of texts and dates the lower one in the middle"),
        aggregate(
            "quantile", "quantile_cont", is: .function(.quantile), [.orderable, .literalNumber], gives: .special,
            "q from 0 to 1; of numbers interpolated, of texts and dates a value that is there"),
        aggregate(
            "collect", "collect_list", is: .function(.collect), [.any], gives: .special, distinct: true, ordered: true,
            "a list of what is not null; null without any"),
        aggregate("bool_and", is: .function(.boolAnd), [.boolean], gives: .fixed(.boolean), "whether all are true"),
        aggregate("bool_or", is: .function(.boolOr), [.boolean], gives: .fixed(.boolean), "whether one is true"),
        aggregate(
            "string_agg", is: .function(.joinTexts), [.any, .literalText], optional: 1, gives: .fixed(.text),
            distinct: true, ordered: true, "the texts not null, joined by a separator (\",\")"),
        aggregate("min_by", is: .function(.minimumBy), [.any, .any], gives: .first, "a where b is smallest"),
        aggregate("max_by", is: .function(.maximumBy), [.any, .any], gives: .first, "a where b is largest"),
    ]
}
