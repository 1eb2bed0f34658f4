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
        sources:
          first: {type: file, path: c.csv, options: &csv {header: true, sep: ";"}}
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
          - {op: fill_null, columns: {a: 0, b: "${N}"}}
          - {op: dedup, columns: [a], order_by: [b desc, {column: c, order: asc}], keep: last}
          - {op: union, sources: [other], missing: error}
          - {op: window, columns: [{name: w, func: lag, column: a, offset: 2, order_by: ["b desc"], default: 0}]}
          - {op: pivot, index: [a], columns: b, values: c, aggfunc: [sum, mean]}
          - {op: unpivot, id_vars: [a], value_vars: [b], var_name: k}
          - {op: hash_key, name: h, columns: [a], algorithm: sha1, separator: "-"}
          - {op: coalesce, name: e, columns: [a, b], default: 2024-01-01}
          - {op: join, right: {type: database, connection: "mysql://u:${secret:PW:-x}@${N}/d", table: "a.`b`"}, how: cross}
          - op: join
            right: {type: database, connection: "${DB:-sqlite://a.db}", query: "SELECT '${DATE|-1d}' FROM \\"t_${A}\\" -- c\\n WHERE n = ${N}"}
            on: [k]
            how: anti
        checks:
          - type: contract
            contract_schema:
              columns:
                a: {dtype: int, checks: ["ge(0)", "isin([1, 'a', ${N}])", "str_matches('^a|\\\\d')", "str_length(1, 5)"]}
              strict: true
          - {type: accepted_values, column: a, values: [1, x, null, 2024-01-01]}
          - {type: row_count, min: 1, max: 5}
        sink: {type: file, path: out/, options: {partition_by: [a], mode: append}}
        """

    static let pieces = [
        "&a ", "*a", "<<: ", "? ", ": ", "- ", "[", "]", "{", "}", "'", "\"", "|", ">", "#", "\n", "  ", "\t", "${",
        "}", "$${",
        "${A:-", "!!str ", "!x ", "---\n", "...\n", "%YAML 1.1\n", "\\", "\u{e9}", "e\u{301}", "\u{85}", "\u{2028}",
        "\u{0}", "\u{FEFF}",
        "isin([", "between(1,", "str_matches('", "/*", "--", "://", "@", "?", "${secret:", "|-1d}", "profile: x",
        "010", "12:30:00", "null", "yes", "2024-02-30", ",", "(", ")", "''", "\r\n", "🙂", "\\ud800", "name", "op",
    ]

    @Test func theMutationsStartFromAValidPipeline() {
        let scope = ["A": "x' --", "N": "${A}", "DATE": "2013-01-01"]
        #expect(SpecReading.problems(PipelineLoaderFuzzTests.valid, given: scope) == [])
    }

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

    /// The same bytes as a workflow, a project file and a query.
    private func checkOthers(_ yaml: String, _ label: String) {
        let scope = VariableScope(given: ["A": "x' --", "N": "5"], environment: ["DATE": "2013-01-01"])
        do {
            _ = try ProjectLoader.load(yaml: yaml, file: nil, variables: scope)
        } catch {
            #expect(error.problems.contains { $0.severity == .error }, "\(label)")
        }
        do {
            _ = try WorkflowLoader.load(yaml: yaml, file: "w.yml", variables: scope) {
                path throws(WorkflowLoader.Unreadable) in
                throw WorkflowLoader.Unreadable("no such file")
            }
        } catch {
            #expect(error.problems.contains { $0.severity == .error }, "\(label)")
        }
        var scan = QueryScan()
        for part in VariableTemplate(yaml).parts {
            if case .text(let text, _) = part { scan.read(text) } else { scan.put("x'\"`\\ --", offset: 0) }
        }
        scan.finish()
        let query = DatabaseQuery(scan.segments)
        // What a value adds is doubled or in quotes, so it never makes the text shorter than the author's.
        #expect(
            query.sql(backslashEscapes: true).utf8.count >= query.sql(backslashEscapes: false).utf8.count, "\(label)")
    }

    private func check(_ bytes: [UInt8], _ label: String) {
        let yaml = String(decoding: bytes, as: UTF8.self)
        checkOthers(yaml, label)
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
