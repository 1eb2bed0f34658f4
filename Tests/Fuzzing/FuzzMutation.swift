/// Makes new inputs of old ones, from a seed and a number.
public struct FuzzMutation {
    private var dice: SeededDice
    private let corpus: FuzzCorpus

    public init(_ corpus: FuzzCorpus, seed: UInt64, round: UInt64) {
        self.corpus = corpus
        dice = SeededDice(seed: seed &+ round &* 0xD134_2543_DE82_EF95)
    }

    static let pieces: [[UInt8]] =
        [
            "&a ", "*a", "<<: ", "? ", ": ", "- ", "[", "]", "{", "}", "'", "\"", "|", ">", "#", "\n", "  ", "\t", "${",
            "$${",
            "${A:-", "}", "!!str ", "!x ", "---\n", "...\n", "%YAML 1.1\n", "\\", "\u{e9}", "e\u{301}", "\u{85}",
            "\u{2028}",
            "\u{0}", "\u{FEFF}", "isin([", "between(1,", "/*", "--", "://", "@", "?", "${secret:", "|-1d}", "010",
            "12:30:00", "null", "yes", "2024-02-30", ",", "(", ")", "''", "\r\n", "🙂", "\\ud800", "name", "op", "a",
            "x", "t", "d",
            "1", "-", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e999", "1e-999", ".",
            "..", "::int",
            "::decimal(38, 38)", " case ", " when ", " then ", " end", " not ", " in (", " is null", " between ",
            " and ", " or ",
            "cast(", " as ", "interval '", "interval 1 ", "date '", "sum(", "count(*)", "filter (where ", "distinct ",
            "first(",
            "round(", "lpad(", "substring(", "extract(", " from ", "%", "*", "/", "||", "<>", "==", "op: pivot",
            "op: union",
            "op: window", "op: join", "decimal(0,0)", "decimal(99, -1)", "\u{202E}", "ｎａｍｅ",
        ].map { Array($0.utf8) }

    public mutating func pipeline() -> [UInt8] { mutated(corpus.pipelines) }

    public mutating func expression() -> [UInt8] { mutated(corpus.expressions) }

    private mutating func mutated(_ inputs: [[UInt8]]) -> [UInt8] {
        // Now and then from nothing.
        if dice.roll(12) == 0 { return noise() }
        var bytes = dice.pick(inputs)
        for _ in 0...dice.roll(4) {
            let at = dice.roll(bytes.count + 1)
            switch dice.roll(9) {
            case 0, 1, 2: bytes.insert(contentsOf: dice.pick(Self.pieces), at: at)
            case 3: bytes.removeSubrange(at..<min(bytes.count, at + dice.roll(20)))
            case 4: bytes.insert(UInt8(dice.roll(256)), at: at)
            case 5: if at < bytes.count { bytes[at] = UInt8(dice.roll(256)) }
            case 6: bytes = Array(bytes.prefix(at))
            case 7:
                let other = dice.pick(inputs)
                let from = dice.roll(other.count + 1)
                bytes.insert(contentsOf: other[from..<min(other.count, from + dice.roll(60))], at: at)
            default:
                // One piece many times: depth and length.
                let piece = dice.pick(Self.pieces)
                let many = dice.roll(8) == 0 ? 3_000 : 20
                bytes.insert(contentsOf: Array(repeatElement(piece, count: dice.roll(many)).joined()), at: at)
            }
        }
        return bytes
    }

    private mutating func noise() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<dice.roll(60) {
            if dice.flip() { bytes += dice.pick(Self.pieces) } else { bytes.append(UInt8(dice.roll(256))) }
        }
        return bytes
    }
}
