/// The names that authors give to types (language reference, section 6), in `types` and `cast` as in expressions.
extension DataType {
    /// nil when the text names no type; `explanation(ofName:)` then says why.
    public init?(name: String) {
        guard let type = CastType.type(DataType.withoutBlanks(name)) else { return nil }
        self = type
    }

    /// Why a text names no type, with what to write instead.
    public static func explanation(ofName name: String) -> String {
        let text = withoutBlanks(name)
        let word = text.prefix { $0 != "(" }.lowercased()
        if word == "decimal" {
            return
                "\"\(name.prefix(60))\" is not a decimal type; write decimal(p, s) with p from 1 to 38 and "
                + "s from 0 to p"
        }
        if CastType.names.contains(word) { return "type \"\(word)\" takes no arguments" }
        let suggestion = Suggestion.phrase(for: word, among: CastType.names)
        return "unknown type \"\(name.prefix(60))\""
            + (suggestion.isEmpty
                ? "; known are text, int64 (int8 to uint64), float64, float32, boolean, date, time, timestamp, "
                    + "timestamptz, decimal(p, s), binary and json"
                : suggestion)
    }

    private static func withoutBlanks(_ name: String) -> String { name.filter { $0 != " " && $0 != "\t" } }
}
