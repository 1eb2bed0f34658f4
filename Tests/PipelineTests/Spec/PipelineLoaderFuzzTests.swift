import Testing

@testable import Pipeline

/// Any bytes give a value or problems, never a trap.
@Suite struct PipelineLoaderFuzzTests {
    /// SplitMix64: the same sequence for the same seed, everywhere.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    static let valid = """
        name: orders ${DATE}
        engine: auto
        retries: 2
        timeout: 5m
        tags: [a, "b"]
        variables: {DATE: {type: date, default: 2013-01-01}, N: 5}
        defaults: &csv {header: true, sep: ";"}
        sources:
          orders: {type: file, path: 'data/${DATE}/*.csv', options: {<<: *csv, types: {a: "decimal(10, 2)"}}}
          other:
            type: file
            path: b.parquet
        transforms:
          - op: filter
            predicate: |
              amount > ${N}
                and city = 'x${DATE}'
          - {op: join, right: other, on: [id], how: left}
          - {op: aggregate, group_by: [a], aggs: {n: count(*), s: "sum(b) filter (where c)"}}
          - op: derive_column
            name: "t\\u00e9"
            expr: >-
              case when a > 1 then 'é'
              else null end
          - {op: sort, by: [{column: n, order: desc}, a]}
          - {op: limit, n: 10}
        checks:
          - {type: accepted_values, column: a, values: [1, x, null, 2024-01-01]}
          - {type: row_count, min: 1, max: 5}
        sink: {type: file, path: out/, options: {partition_by: [a], mode: append}}
        """

    static let pieces = [
        "&a ", "*a", "<<: ", "? ", ": ", "- ", "[", "]", "{", "}", "'", "\"", "|", ">", "#", "\n", "  ", "\t", "${",
        "}", "$${",
        "${A:-", "!!str ", "!x ", "---\n", "...\n", "%YAML 1.1\n", "\\", "\u{e9}", "e\u{301}", "\u{85}", "\u{2028}",
        "\u{0}", "\u{FEFF}",
        "010", "12:30:00", "null", "yes", "2024-02-30", ",", "(", ")", "''", "\r\n", "🙂", "\\ud800", "name", "op",
    ]

    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2])
    func mutatedPipelinesGiveAValueOrProblems(seed: UInt64) {
        var generator = Generator(state: seed)
        let whole = Array(PipelineLoaderFuzzTests.valid.utf8)
        for round in 0..<300 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: 0...bytes.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0:
                    bytes.insert(
                        contentsOf: Array(PipelineLoaderFuzzTests.pieces.randomElement(using: &generator)!.utf8), at: at
                    )
                case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 0...20, using: &generator)))
                case 2: bytes.insert(.random(in: 0 ... .max, using: &generator), at: at)
                case 3: bytes = Array(bytes.prefix(at))
                default:
                    let from = Int.random(in: 0..<whole.count, using: &generator)
                    bytes.insert(contentsOf: whole[from..<min(whole.count, from + 40)], at: at)
                }
            }
            check(bytes, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: [UInt64.random(in: 0 ... .max), 1, 2])
    func randomTextsGiveAValueOrProblems(seed: UInt64) {
        var generator = Generator(state: seed)
        for round in 0..<300 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                if Bool.random(using: &generator) {
                    bytes += Array(PipelineLoaderFuzzTests.pieces.randomElement(using: &generator)!.utf8)
                } else {
                    bytes.append(.random(in: 0 ... .max, using: &generator))
                }
            }
            check(bytes, "seed \(seed), round \(round)")
        }
    }

    private func check(_ bytes: [UInt8], _ label: String) {
        let yaml = String(decoding: bytes, as: UTF8.self)
        let scope = VariableScope(given: ["A": "x' --", "N": "${A}"], environment: ["DATE": "2013-01-01"])
        do {
            let loaded = try PipelineLoader.load(yaml: yaml, file: nil, variables: scope)
            #expect(loaded.warnings.allSatisfy { $0.severity == .warning }, "\(label)")
        } catch {
            #expect(error.problems.contains { $0.severity == .error }, "\(label)")
            for problem in error.problems {
                #expect(problem.position.map { $0.line >= 1 && $0.column >= 1 } ?? true, "\(label): \(problem)")
                #expect(problem.message.utf8.count < 1_000, "\(label)")
            }
        }
    }
}
