import Testing

@testable import Pipeline

/// The operations that came after the first nine.
@Suite struct ReshapeReadingTests {
    @Test func literalsOfFillNullKeepTheTypesThatYAMLGivesThem() throws {
        let kind = try SpecReading.transform(
            "op: fill_null, columns: {a: 0, b: 0.5, c: 1e3, d: N/A, e: \"0\", f: true, g: 2024-01-15, h: \"${V}\", i: \"${W:-1}\"}",
            given: ["V": "7"])
        guard case .fillNull(let columns) = kind else {
            Issue.record("not fill_null")
            return
        }
        #expect(
            columns.map(\.value.literal) == [
                .integer(0), .decimal("0.5"), .double(1000), .text("N/A"), .text("0"), .boolean(true),
                .date("2024-01-15"), .text("7"), .text("1"),
            ])
        #expect(
            columns.map(\.value.isFromVariable) == [false, false, false, false, false, false, false, true, true])
        #expect(columns.map(\.column.text) == ["a", "b", "c", "d", "e", "f", "g", "h", "i"])
    }

    @Test func dedupTakesTheWholeRowOrAKey() throws {
        #expect(try SpecReading.transform("op: dedup") == .dedup(DedupSpec()))
        #expect(try SpecReading.transform("op: dedup, columns: null") == .dedup(DedupSpec()))
        #expect(try SpecReading.transform("op: dedup, columns: []") == .dedup(DedupSpec()))
        guard
            case .dedup(let spec) = try SpecReading.transform(
                "op: dedup, columns: [id], order_by: [at desc, {column: b, descending: true}, c], keep: last")
        else { return }
        #expect(spec.columns.map(\.text) == ["id"])
        #expect(spec.orderBy.map(\.column.text) == ["at", "b", "c"])
        #expect(spec.orderBy.map(\.descending) == [true, true, false])
        #expect(spec.keep == .last)
    }

    @Test func semiAndAntiJoinsTakeKeysAndCrossJoinsNone() throws {
        for how in [JoinSpec.Kind.semi, .anti] {
            guard
                case .join(let join) = try SpecReading.transform(
                    "op: join, right: source, on: [k], how: \(how.rawValue)")
            else { return }
            #expect(join.how == how)
            #expect(join.keys.map(\.left.text) == ["k"])
        }
        guard case .join(let cross) = try SpecReading.transform("op: join, right: source, how: cross") else { return }
        #expect(cross.how == .cross)
        #expect(cross.keys.isEmpty)
    }

    @Test func unionsNameSources() throws {
        let yaml = """
            name: p
            sources: {a: {type: file, path: a.csv}, b: {type: file, path: b.csv}, c: {type: file, path: c.csv}}
            transforms: [{op: union, sources: [b, c]}, {op: union, sources: [b], missing: null}]
            """
        #expect(
            try SpecReading.load(yaml.replacing("missing: null", with: "missing: \"null\"")).spec
                == SpecReading.load(yaml).spec)
        let loaded = try SpecReading.load(yaml)
        guard case .union(let first) = loaded.spec.transforms[0].kind,
            case .union(let second) = loaded.spec.transforms[1].kind
        else { return }
        #expect(first.sources.map(\.text) == ["b", "c"])
        #expect(first.missing == .error)
        #expect(second.missing == .null)
    }

    @Test func windowColumnsTakeEveryFormOfTheirOrder() throws {
        let yaml = SpecReading.pipeline(
            """
            transforms:
            - op: window
              columns:
              - name: row_num
                func: row_number
                partition_by: [customer_id]
                order_by: [order_date]
              - {name: prev, func: lag, column: amount, offset: 2, order_by: [{column: d, descending: true}, "x desc"], default: 0}
              - {name: total, func: sum, column: amount, order_by: ["y ASC", {column: z, order: desc}]}
              - {name: n, func: count}
              - {name: m, func: mean, column: amount}
            """)
        guard case .window(let columns) = try SpecReading.load(yaml).spec.transforms[0].kind else {
            Issue.record("not window")
            return
        }
        #expect(columns.map(\.function) == [.rowNumber, .lag, .sum, .count, .avg])
        #expect(columns.map { $0.column?.text } == [nil, "amount", "amount", nil, "amount"])
        #expect(columns[0].partitionBy.map(\.text) == ["customer_id"])
        #expect(columns[1].orderBy.map(\.column.text) == ["d", "x"])
        #expect(columns[1].orderBy.map(\.descending) == [true, true])
        #expect(columns[1].offset == 2)
        #expect(columns[1].fallback?.literal == .integer(0))
        #expect(columns[2].orderBy.map(\.column.text) == ["y", "z"])
        #expect(columns[2].orderBy.map(\.descending) == [false, true])
        #expect(columns[3].place.path == "transforms[0].columns[3]")
    }

    @Test func whatARankHasNoUseForIsIgnoredWithAWarning() throws {
        let loaded = try SpecReading.load(
            SpecReading.pipeline(
                "transforms: [{op: window, columns: [{name: r, func: rank, column: a, offset: 3, order_by: [a]}]}]"))
        #expect(loaded.warnings.map(\.path) == ["transforms[0].columns[0].column", "transforms[0].columns[0].offset"])
        guard case .window(let columns) = loaded.spec.transforms[0].kind else { return }
        #expect(columns[0].column == nil)
        #expect(columns[0].offset == 1)
    }

    @Test func pivotTakesOneAggregateOrAList() throws {
        func pivot(_ fields: String) throws -> PivotSpec? {
            let kind = try SpecReading.transform(
                "op: pivot, index: [region], columns: product, values: revenue" + fields)
            if case .pivot(let pivot) = kind { return pivot }
            return nil
        }
        #expect(try pivot("")?.aggregates.map(\.aggregate) == [.first])
        #expect(try pivot("")?.namesFunctions == false)
        #expect(try pivot(", aggfunc: sum")?.aggregates.map(\.aggregate) == [.sum])
        let several = try pivot(", aggfunc: [sum, mean]")
        #expect(several?.aggregates.map(\.aggregate) == [.sum, .average])
        // The columns are called after what was written.
        #expect(several?.aggregates.map(\.name.text) == ["sum", "mean"])
        #expect(several?.namesFunctions == true)
        #expect(try pivot(", aggfunc: [sum]")?.namesFunctions == true)
    }

    @Test func unpivotNamesItsColumnsByDefault() throws {
        guard
            case .unpivot(let plain) = try SpecReading.transform("op: unpivot, id_vars: [id], value_vars: [jan, feb]"),
            case .unpivot(let named) = try SpecReading.transform(
                "op: unpivot, id_vars: [], value_vars: [jan], var_name: month, value_name: sales")
        else { return }
        #expect([plain.varName.text, plain.valueName.text] == ["variable", "value"])
        #expect([named.varName.text, named.valueName.text] == ["month", "sales"])
        #expect(named.idVars.isEmpty)
    }

    @Test func hashKeysAndCoalesceHaveDefaults() throws {
        guard
            case .hashKey(let plain) = try SpecReading.transform("op: hash_key, name: k, columns: [a, b]"),
            case .hashKey(let other) = try SpecReading.transform(
                "op: hash_key, name: k, columns: [a], algorithm: sha256, separator: \"\""),
            case .coalesce(_, let columns, let none) = try SpecReading.transform(
                "op: coalesce, name: e, columns: [home, work], default: null"),
            case .coalesce(_, _, let some) = try SpecReading.transform(
                "op: coalesce, name: e, columns: [home], default: unknown@example.com")
        else {
            Issue.record("another kind")
            return
        }
        #expect(plain.algorithm == .md5)
        #expect(plain.separator == "|")
        #expect(other.algorithm == .sha256)
        #expect(other.separator.isEmpty)
        #expect(columns.map(\.text) == ["home", "work"])
        #expect(none == nil)
        #expect(some?.literal == .text("unknown@example.com"))
    }

    @Test(arguments: [
        ("op: fill_null, columns: {}", "transforms[0].columns: the mapping of columns to values is empty"),
        (
            "op: fill_null, columns: {a: null}",
            "transforms[0].columns.a: expected a value, got nothing; give a value, or quotes if a text like \"null\" is meant"
        ),
        ("op: fill_null, columns: {a: [0]}", "transforms[0].columns.a: expected a value, got a list"),
        (
            "op: dedup, keep: last",
            "transforms[0].keep: rows that are equal in every column have no first or last; name the key in columns"
        ),
        (
            "op: dedup, columns: [a], keep: newest",
            "transforms[0].keep: unknown keep \"newest\"; known are first, last"
        ),
        (
            "op: join, right: source, how: cross, on: [k]",
            "transforms[0].on: a cross join pairs every row with every row and takes no keys; remove them"
        ),
        (
            "op: union, sources: [sorce]",
            "transforms[0].sources[0]: no source is named \"sorce\"; did you mean \"source\"?"
        ),
        ("op: union, sources: []", "transforms[0].sources: the list of names of sources is empty"),
        (
            "op: window, columns: [{name: a, func: lags, column: b}]",
            "transforms[0].columns[0].func: unknown window function \"lags\"; did you mean \"lag\"?"
        ),
        (
            "op: window, columns: [{name: a, func: sum}]",
            "transforms[0].columns[0]: sum needs \"column\"; write column: amount"
        ),
        (
            "op: window, columns: [{name: a, func: lag, column: b, ofset: 1}]",
            "transforms[0].columns[0].ofset: unknown field \"ofset\" of a window column; did you mean \"offset\"?"
        ),
        (
            "op: window, columns: [{name: a, func: lag, column: b, offset: -1}]",
            "transforms[0].columns[0].offset: expected a number of rows, a whole number, at least 0"
        ),
        (
            "op: window, columns: [{name: a, func: count}, {name: a, func: rank, order_by: [b]}]",
            "transforms[0].columns[1].name: the new column \"a\" stands more than once"
        ),
        (
            "op: pivot, index: [a], columns: [b, c], values: d",
            "transforms[0].columns: pivot takes one column in columns, got 2; derive one of them all first"
        ),
        (
            "op: pivot, index: [a], columns: a, values: d",
            "transforms[0].index[0]: column \"a\" cannot be in index and in columns or values"
        ),
        (
            "op: pivot, index: [a], columns: b, values: d, aggfunc: summ",
            "transforms[0].aggfunc: unknown aggregate \"summ\" of pivot; did you mean \"sum\"?"
        ),
        (
            "op: unpivot, id_vars: [value], value_vars: [b]",
            "transforms[0]: column \"value\" stands more than once"
        ),
        (
            "op: hash_key, name: k, columns: [a], algorithm: sha-256",
            "transforms[0].algorithm: unknown hash algorithm \"sha-256\"; did you mean \"sha256\"?"
        ),
        ("op: coalesce, name: k, columns: []", "transforms[0].columns: the list of column names is empty"),
        (
            "op: chunk, column: a",
            "transforms[0].op: the operation \"chunk\" is not supported: QuickETL accepts it in a pipeline but never implemented it, so there is no behaviour to match"
        ),
    ])
    func saysWhatIsWrong(fields: String, problem: String) throws {
        let problems = SpecReading.problems(ofTransform: fields)
        #expect(problems.count == 1)
        #expect(try #require(problems.first).hasSuffix(": error: " + problem), "\(problems)")
    }
}
