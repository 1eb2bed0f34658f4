/// The names that authors give to types (language reference, section 6).
extension DataType {
    /// nil when the text names no type; `explanation(ofName:)` then says why.
    public init?(name: String) {
        let (word, arguments) = DataType.parts(ofName: name)
        if word == "decimal" || word == "numeric" {
            guard let type = DataType.decimal(arguments: arguments) else { return nil }
            self = type
        } else {
            guard arguments == nil, let type = DataType.byName.first(where: { $0.name == word })?.type else { return nil }
            self = type
        }
    }

    /// Why a text names no type, with what to write instead.
    public static func explanation(ofName name: String) -> String {
        let (word, arguments) = parts(ofName: name)
        if word == "decimal" || word == "numeric" {
            return "\(quoted(name)) is not a decimal type; write decimal(p, s) with p from 1 to 38 and s from 0 to p"
        }
        if arguments != nil, byName.contains(where: { $0.name == word }) {
            return "type \"\(word)\" takes no arguments"
        }
        let names = byName.map(\.name) + ["decimal"]
        let suggestion = Suggestion.phrase(for: word, among: names)
        return "unknown type \(quoted(name))"
            + (suggestion.isEmpty
                ? "; known are text, int64 (int8 to uint64), float64, float32, boolean, date, time, timestamp, "
                    + "timestamptz, decimal(p, s), binary and json"
                : suggestion)
    }

    private static let byName: [(name: String, type: DataType)] = [
        ("string", .text), ("str", .text), ("text", .text), ("varchar", .text),
        ("int", .int64), ("int64", .int64), ("integer", .int64), ("bigint", .int64),
        ("int8", .int8), ("int16", .int16), ("int32", .int32),
        ("uint8", .uint8), ("uint16", .uint16), ("uint32", .uint32), ("uint64", .uint64),
        ("float", .float64), ("float64", .float64), ("double", .float64), ("float32", .float32), ("real", .float32),
        ("bool", .boolean), ("boolean", .boolean), ("date", .date), ("time", .time),
        ("datetime", .timestamp), ("timestamp", .timestamp), ("timestamptz", .timestamptz),
        ("binary", .binary), ("json", .json),
    ]

    /// `Decimal( 10, 2 )` as `decimal` and `10`, `2`. Arguments are nil without brackets.
    private static func parts(ofName name: String) -> (word: String, arguments: [Substring]?) {
        let text = name.lowercased().filter { $0 != " " && $0 != "\t" }
        guard let open = text.firstIndex(of: "("), text.last == ")" else { return (text, nil) }
        let inside = text[text.index(after: open)...].dropLast()
        return (String(text[..<open]), inside.split(separator: ",", omittingEmptySubsequences: false))
    }

    private static func decimal(arguments: [Substring]?) -> DataType? {
        guard let arguments else { return .decimal(precision: 18, scale: 3) }
        let numbers = arguments.compactMap { Int($0) }
        guard numbers.count == arguments.count, (1...2).contains(numbers.count), (1...38).contains(numbers[0]) else {
            return nil
        }
        let scale = numbers.count == 2 ? numbers[1] : 0
        guard (0...numbers[0]).contains(scale) else { return nil }
        return .decimal(precision: numbers[0], scale: scale)
    }

    private static func quoted(_ name: String) -> String { "\"\(name.prefix(60))\"" }
}
