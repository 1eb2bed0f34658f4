import Testing

@testable import Pipeline

@Suite struct PipelineLoaderTests {
    @Test func everyFieldOfAFullPipelineArrivesInTheSpec() throws {
        let loaded = try SpecReading.load(
            """
            name: daily orders
            description: orders by country
            engine: auto
            retries: 3
            timeout: 5m
            concurrency_key: orders
            priority: high
            prefer: speed
            tags: [daily, "2013"]
            variables:
              DATE: {type: date, default: 2013-01-01}
            sources:
              orders:
                type: file
                path: data/date=${DATE}/*.csv
                options: {sep: ";", header: no, skip: 2, nullstr: NA, types: {amount: "decimal(10, 2)"}}
              customers: {type: file, path: customers.parquet}
            transforms:
              - op: filter
                predicate: amount > 0
              - op: join
                right: customers
                on: [id]
                how: left
              - op: aggregate
                group_by: [country]
                aggs: {total: sum(amount), n: count(*)}
              - op: sort
                by: [{column: total, order: desc}, country]
              - op: limit
                n: 10
            checks:
              - type: not_null
                columns: [country]
              - {type: row_count, min: 1, severity: warn}
            sink:
              type: file
              path: out/
              options: {partition_by: [country], mode: overwrite_partitions}
            """, given: ["DATE": "2013-01-02"])
        let spec = loaded.spec
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.variables == ["DATE": "2013-01-02"])
        #expect(spec.name == "daily orders")
        #expect(spec.description == "orders by country")
        #expect(spec.engine == .auto)
        #expect(
            spec.options
                == RunOptions(
                    retries: 3, timeout: .seconds(300), concurrencyKey: "orders", priority: .high,
                    tags: ["daily", "2013"], prefer: .speed))
        #expect(spec.sources.map(\.name) == ["orders", "customers"])
        guard case .file(let orders) = spec.sources[0].source, case .file(let customers) = spec.sources[1].source else {
            Issue.record("sources are not files")
            return
        }
        #expect(orders.path.text == "data/date=2013-01-02/*.csv")
        #expect(orders.format == .csv)
        #expect(customers.format == .parquet)
        #expect(orders.csv == CSVOptions(delimiter: ";", header: false, skipRows: 2, nullValues: ["NA"]))
        #expect(orders.types.map(\.name) == ["amount"])
        #expect(orders.types.map(\.type) == [.decimal(precision: 10, scale: 2)])
        #expect(spec.transforms.map(\.operation) == ["filter", "join", "aggregate", "sort", "limit"])
        #expect(spec.transforms.map(\.place.path) == (0..<5).map { "transforms[\($0)]" })
        #expect(spec.checks.map(\.type) == ["not_null", "row_count"])
        #expect(spec.checks.map(\.severity) == [.error, .warn])
        guard case .file(let sink)? = spec.sink else {
            Issue.record("the sink is not a file")
            return
        }
        #expect(sink.partitionBy.map(\.text) == ["country"])
        #expect(sink.mode == .overwritePartitions)
        #expect(sink.format == .parquet)
        #expect(sink.shape == .folder)
    }

    @Test func aPipelineWithFiveMistakesReportsAllFiveWhereTheyStand() {
        let problems = SpecReading.problems(
            """
            name: orders
            source:
              type: file
              path: data/${DAY}.csv
            transforms:
              - op: fliter
                predicate: amount > 0
              - op: select
                columns: [id, amount, id]
              - op: derive_column
                name: total
                expr: price * (quantity
            sink:
              type: file
              path: out.parquet
              mode: truncate
            """)
        #expect(
            problems == [
                "p.yml:4:14: error: source.path: variable \"DAY\" is not set; give it with --var DAY=VALUE, or write ${DAY:-default}",
                "p.yml:6:9: error: transforms[0].op: unknown operation \"fliter\"; did you mean \"filter\"?",
                "p.yml:9:27: error: transforms[1].columns[2]: column \"id\" stands more than once",
                "p.yml:12:28: error: transforms[2].expr: expected \")\" for the \"(\" at line 12, column 19, found the end of the expression",
                "p.yml:16:9: error: sink.mode: unknown mode \"truncate\"; known are overwrite, append, overwrite_partitions",
            ])
    }

    @Test func aPipelineWithoutSinkIsAValue() throws {
        #expect(try SpecReading.load("name: p\nsource: {type: file, path: a.csv}").spec.sink == nil)
    }

    @Test(arguments: [
        ("source: {type: file, path: a}", "p.yml:1:1: error: a pipeline needs \"name\"; write name: daily_orders"),
        (
            "name: p",
            "p.yml:1:1: error: a pipeline needs \"source\" or \"sources\"; write source: {type: file, path: data.csv}"
        ),
        (
            "name: p\nsource: {type: file, path: a}\nsources: {b: {type: file, path: b}}",
            "p.yml:2:9: error: source: give either source or sources, not both"
        ),
        ("name: ' '\nsource: {type: file, path: a}", "p.yml:1:7: error: name: the name is empty"),
        (
            "name:\nsource: {type: file, path: a}",
            "p.yml:1:6: error: name: expected a text, got nothing; give a value, or quotes if a text like \"null\" is meant"
        ),
        ("name: [a]\nsource: {type: file, path: a}", "p.yml:1:7: error: name: expected a text, got a list"),
        ("- a", "p.yml:1:1: error: expected a pipeline as a mapping of fields, got a list"),
        ("name: p\nsources: {}", "p.yml:2:10: error: sources: the mapping of names to sources is empty"),
        (
            "name: p\nsorce: 1\nsource: {type: file, path: a}",
            "p.yml:2:1: error: sorce: unknown field \"sorce\" of a pipeline; did you mean \"source\"?"
        ),
        (
            "name: p\nsource: {type: databse, path: a}",
            "p.yml:2:16: error: source.type: unknown source type \"databse\"; did you mean \"database\"?"
        ),
        (
            "name: p\nsource: {type: database, table: a}",
            "p.yml:2:9: error: source: a database source needs \"connection\"; write connection: postgresql://reader:${secret:SHOP_PASSWORD}@db.example/shop"
        ),
        (
            "name: p\nsource: {type: file, path: a.avro}",
            "p.yml:2:28: error: source.path: not yet: format \"avro\"; use parquet, and convert with a Spark job of your own: spark.jars.packages=org.apache.spark:spark-avro_2.13:VERSION (Spark's own) brings it to Spark"
        ),
        (
            "name: p\nsource: {type: file, path: a.orc.gz}",
            "p.yml:2:28: error: source.path: a file of orc is compressed inside; leave out what follows .orc"
        ),
        (
            "name: p\nsource: {type: file, path: a.orc, options: {types: {a: int}}}",
            "p.yml:2:52: error: source.options.types: the files of an orc source say their types; use a cast step behind it"
        ),
        (
            "name: p\nsource: {type: file, path: a, format: delta}",
            "p.yml:2:39: error: source.format: not yet: format \"delta\"; use parquet, and convert with a Spark job of your own: spark.jars.packages=io.delta:delta-spark_2.13:VERSION brings it to Spark"
        ),
        (
            "name: p\nengine: sparc\nsource: {type: file, path: a}",
            "p.yml:2:9: error: engine: unknown engine \"sparc\"; did you mean \"spark\"?"
        ),
        (
            "name: p\nsource: {type: file, path: a}\ntransforms: {op: limit}",
            "p.yml:3:13: error: transforms: expected a list of transforms, got a mapping; begin every entry with \"- \""
        ),
    ])
    func saysWhatIsWrongAtTheTop(yaml: String, problem: String) {
        #expect(SpecReading.problems(yaml) == [problem])
    }

    @Test(arguments: ["polars", "datafusion", "pandas"])
    func enginesOfOtherToolsRunOnDuckDBWithANote(engine: String) throws {
        let loaded = try SpecReading.load("name: p\nengine: \(engine)\nsource: {type: file, path: a}")
        #expect(loaded.spec.engine == .duckdb)
        #expect(loaded.warnings.map(\.severity) == [.warning])
        #expect(loaded.warnings.first?.position == SourcePosition(line: 2, column: 9))
    }

    @Test(arguments: [
        ("90", Duration.seconds(90)), ("1.5", .milliseconds(1500)), ("90s", .seconds(90)), ("5m", .seconds(300)),
        ("2h", .seconds(7200)), ("\"45\"", .seconds(45)),
    ])
    func timeoutsAreSecondsOrHaveAUnit(text: String, duration: Duration) throws {
        #expect(try SpecReading.load(SpecReading.pipeline("timeout: \(text)")).spec.options.timeout == duration)
    }

    @Test(arguments: ["0", "-5", "soon", "5 minutes", "31d", "s", "[]", "1e9"])
    func otherTimeoutsAreRefused(text: String) {
        #expect(SpecReading.problems(SpecReading.pipeline("timeout: \(text)")).count == 1)
    }

    @Test func sinkFieldsStandAtTheTopOrUnderOptionsButNotWithTwoValues() throws {
        let once = "name: p\nsource: {type: file, path: a}\nsink: {type: file, options: {path: b.csv, mode: append}}"
        guard case .file(let sink)? = try SpecReading.load(once).spec.sink else {
            Issue.record("no file sink")
            return
        }
        #expect(sink.mode == .append)
        #expect(sink.format == .csv)
        let twice =
            "name: p\nsource: {type: file, path: a}\nsink: {type: file, path: b, mode: append, options: {mode: %}}"
        #expect(SpecReading.problems(twice.replacing("%", with: "append")).isEmpty)
        #expect(
            SpecReading.problems(twice.replacing("%", with: "overwrite")) == [
                "p.yml:3:53: error: sink.options.mode: given twice with different values: here and as sink.mode"
            ])
    }

    @Test(arguments: [
        ("a.csv", FileFormat.csv), ("a.TSV", .csv), ("a/b.json.gz", .json), ("a.jsonl", .json), ("a.ndjson.zst", .json),
        ("a.parquet", .parquet), ("a/", .parquet), ("a.csv/part", .parquet), ("s3://b/x.csv?v=1", .csv),
        ("csv", .parquet), ("a/b.orc", .orc),
    ])
    func theFormatComesFromThePathElseItIsParquet(path: String, format: FileFormat) throws {
        let loaded = try SpecReading.load("name: p\nsource: {type: file, path: '\(path)'}")
        guard case .file(let file) = loaded.spec.sources[0].source else { return }
        #expect(file.format == format)
    }

    @Test func aMisspeltFieldIsBothUnknownAndMissing() {
        #expect(
            SpecReading.problems(SpecReading.pipeline("transforms:\n- op: filter\n  predicat: a > 0")) == [
                "p.yml:5:3: error: transforms[0]: filter needs \"predicate\"; write predicate: amount > 0",
                "p.yml:6:3: error: transforms[0].predicat: unknown field \"predicat\" of filter; did you mean \"predicate\"?",
            ])
    }

    @Test func optionsThatDoNotBelongAreRefusedWithTheirPlace() {
        #expect(
            SpecReading.problems("name: p\nsource: {type: file, path: a.parquet, options: {header: true}}") == [
                "p.yml:2:49: error: source.options.header: unknown field \"header\" of the options of a source; it is an option of csv, and this source is parquet"
            ])
        #expect(
            SpecReading.problems("name: p\nsource: {type: file, path: a.csv, delim: ;}") == [
                "p.yml:2:35: error: source.delim: unknown field \"delim\" of a source; write it under options"
            ])
        #expect(
            SpecReading.problems("name: p\nsource: {type: file, path: a.csv, options: {delim: ';', sep: '|'}}") == [
                "p.yml:2:57: error: source.options.sep: given twice with different values: here and as source.options.delim"
            ])
    }
}
