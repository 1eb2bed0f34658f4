import Foundation
import Pipeline
import Testing

@testable import Engines

@Suite struct CompileSourceTests {
    private func file(_ path: String, _ format: FileFormat, _ types: [TypedName] = []) -> SourceSpec {
        .file(FileSource(path: PlacedText(path), format: format, types: types))
    }

    private func source(_ path: String, _ format: FileFormat, _ types: [TypedName] = []) -> NamedSource {
        NamedSource(name: "source", source: file(path, format, types))
    }

    @Test func csvTypesAreInferredAsTheReferenceSays() throws {
        let bench = try CompileBench()
        let source = try bench.csv(
            "t.csv",
            """
            i,x,b,d,ts,t,code,big,none,us,word
            1,1.5,true,2024-01-01,2024-01-01 10:00:00,10:00:00,007,99999999999999999999,,01/02/2024,NULL
            2,2,false,2024-01-02,2024-01-02 11:00:00,11:00:00,010,1,"",02/02/2024,x

            """)
        let types = try bench.schema(source.source).columns.map(\.type)
        #expect(
            types == [.int64, .float64, .boolean, .date, .timestamp, .time, .text, .float64, .unknown, .text, .text])
        #expect(try bench.run(source, filter("word = 'NULL'"), select("code", "none")) == "code,none\n007,NULL\n")
    }

    @Test func aColumnWithoutValuesTakesTheTypeThatIsNeeded() throws {
        let bench = try CompileBench()
        let source = try bench.csv("h.csv", "id,name\n")
        #expect(try bench.schema(source.source).columns.map(\.type) == [.unknown, .unknown])
        #expect(try bench.run(source, filter("id > 5 and name = 'x'"), derive("n", "id + 1")) == "id,name,n\n")
        let some = try bench.csv("s.csv", "id,nothing\n1,\n")
        #expect(
            try bench.run(some, derive("a", "coalesce(nothing, 5) + id"), derive("b", "nothing > date '2024-01-01'"))
                == "id,nothing,a,b\n1,NULL,6,NULL\n")
    }

    @Test func delimitersAreSniffedAndOptionsObeyed() throws {
        let bench = try CompileBench()
        #expect(try bench.run(bench.csv("s.csv", "a;b\n1;x\n"), derive("c", "a + 1")) == "a,b,c\n1,x,2\n")
        #expect(try bench.run(bench.csv("t.tsv", "a\tb\n1\tx\n"), derive("c", "a + 1")) == "a,b,c\n1,x,2\n")
        try bench.write("o.csv", "title\na|b\n1|'x|y'\n-|\n")
        var options = CSVOptions(delimiter: "|", skipRows: 1, nullValues: ["-"], quote: "'")
        let source = FileSource(path: PlacedText("o.csv"), format: .csv, csv: options)
        #expect(try bench.run(NamedSource(name: "source", source: .file(source))) == "a,b\n1,x|y\nNULL,NULL\n")
        options = CSVOptions(allVarchar: true)
        try bench.write("v.csv", "a\n1\n2\n")
        let texts = FileSource(path: PlacedText("v.csv"), format: .csv, csv: options)
        #expect(try bench.schema(.file(texts)).columns.map(\.type) == [.text])
        try bench.write("d.csv", "d\n31/01/2024\n")
        let dates = FileSource(path: PlacedText("d.csv"), format: .csv, csv: CSVOptions(dateFormat: "%d/%m/%Y"))
        #expect(try bench.run(NamedSource(name: "source", source: .file(dates))) == "d\n2024-01-31\n")
    }

    @Test func linesWithMoreOrFewerFieldsThanTheHeaderAreErrors() throws {
        let bench = try CompileBench()
        for (name, text) in [("more.csv", "a,b\n1,2,3\n4,5\n"), ("title.csv", "Report\na,b\n1,2\n3,4\n")] {
            let source = try bench.csv(name, text)
            let refused = #expect(throws: CompileBench.Refused.self) { try bench.run(source) }
            #expect(refused?.description.contains("CSV line") == true, "\(refused?.description ?? "")")
        }
        #expect(try bench.run(bench.csv("one.csv", "a\n\"x, y\"\nz\n")) == "a\n\"x, y\"\nz\n")
        #expect(try bench.run(bench.csv("empty.csv", "a\n")) == "a\n")
    }

    @Test func typesOfTheAuthorAreReadAndNotCastLater() throws {
        let bench = try CompileBench()
        try bench.write("z.csv", "zip,n\n1234,1\n")
        let typed = source("z.csv", .csv, [TypedName("zip", .text), TypedName("n", .decimal(precision: 10, scale: 2))])
        #expect(try bench.run(typed) == "zip,n\n1234,1.00\n")
        #expect(try bench.schema(typed.source).columns.map(\.type) == [.text, .decimal(precision: 10, scale: 2)])
        try bench.write("z.json", "{\"n\": 1}")
        #expect(
            try bench.run(source("z.json", .json, [TypedName("n", .text)]), derive("m", "n || 'x'")) == "n,m\n1,1x\n")
        #expect(throws: InvalidPipeline.self) {
            try bench.run(source("z.json", .json, [TypedName("nn", .text)]))
        }
    }

    @Test func aPipelineFileRunsFromItsTextToItsRows() throws {
        let bench = try CompileBench()
        try bench.write("flights/date=2013-01-01/a.csv", "carrier,delay\nAA,5\nUA,\nAA,20\n")
        try bench.write("flights/date=2013-01-02/a.csv", "carrier,delay\nAA,7\n")
        try bench.write("airlines.csv", "carrier,name\nAA,American\nUA,United\n")
        let yaml = """
            name: daily
            source: {type: file, path: "flights/date=${DATE}/*.csv", format: csv}
            transforms:
              - {op: filter, predicate: "delay > 0 and date = ${DATE}"}
              - {op: join, right: {type: file, path: airlines.csv, format: csv}, on: [carrier]}
              - {op: aggregate, group_by: [name, date], aggs: {flights: count(*), mean_delay: avg(delay)}}
              - {op: sort, by: [name]}
            checks:
              - {type: not_null, columns: [name]}
            sink: {type: file, path: out, format: parquet, partition_by: [date]}
            """
        let loaded = try PipelineLoader.load(
            yaml: yaml, file: "daily.yml", variables: VariableScope(given: ["DATE": "2013-01-01"]))
        #expect(try bench.run(loaded.spec) == "name,date,flights,mean_delay\nAmerican,2013-01-01,2,12.5\n")
    }

    @Test func jsonLinesAndArraysAreRead() throws {
        let bench = try CompileBench()
        try bench.write(
            "j.jsonl", "{\"a\": 1, \"none\": null, \"d\": \"2024-01-01\"}\n{\"a\": 2, \"s\": {\"x\": [1]}}\n")
        #expect(try bench.schema(file("j.jsonl", .json)).columns.prefix(3).map(\.type) == [.int64, .unknown, .date])
        #expect(
            try bench.run(source("j.jsonl", .json), derive("b", "coalesce(none, 'x')"), select("a", "b", "d"))
                == "a,b,d\n1,x,2024-01-01\n2,x,NULL\n")
        try bench.write("a.json", "[{\"a\": 1, \"A\": 2}]")
        #expect(try bench.run(source("a.json", .json)) == "a,A_1\n1,2\n")
    }

    @Test func foldersGlobsAndHivePartsAreRead() throws {
        let bench = try CompileBench()
        for (day, month) in [("2024-01-01", "09"), ("2024-01-02", "10")] {
            try bench.write("data/date=\(day)/m=\(month)/n=\(Int(month) ?? 0)/a.csv", "v\n\(month)\n")
        }
        try bench.write("data/date=__HIVE_DEFAULT_PARTITION__/m=11/n=3/a.csv", "v\n0\n")
        let folder = source("data", .csv)
        #expect(try bench.schema(folder.source).columns.map(\.type) == [.text, .date, .text, .int64])
        #expect(
            try bench.run(folder, filter("date > '2024-01-01'"), select("m", "n", "date"))
                == "m,n,date\n10,10,2024-01-02\n")
        #expect(try bench.run(folder, filter("date is null"), select("m")) == "m\n11\n")
        // A glob that starts below the parts: the same types, from the names of all partitions.
        let below = source("data/date=2024-01-02/m=10/*/*.csv", .csv)
        #expect(try bench.run(below, select("m", "date", "n")) == "m,date,n\n10,2024-01-02,10\n")
        #expect(try bench.schema(below.source).columns.map(\.type) == [.int64, .date, .text, .int64])
    }

    @Test func parquetKeepsItsTypesAndPartitionsAreReadBack() throws {
        let bench = try CompileBench()
        _ = try bench.sql(
            "COPY (SELECT 1::INTEGER AS i, 1.5::DECIMAL(10,2) AS d, [1, 2] AS l, {'x': 1, 'y z': 'a'} AS s, "
                + "'north' AS region UNION ALL SELECT 2, 2.5, NULL, NULL, NULL) TO 'out' (FORMAT parquet, PARTITION_BY (region))"
        )
        let schema = try bench.schema(file("out", .parquet))
        #expect(
            schema.columns.map(\.type) == [
                .int32, .decimal(precision: 10, scale: 2), .list(.int32),
                .structure([
                    DataType.StructureField(name: "x", type: .int32), DataType.StructureField(name: "y z", type: .text),
                ]), .text,
            ])
        let back = bench.compiler.readBack(
            [bench.folder.path + "/out/**/*.parquet"], as: schema, partitionBy: ["region"])
        #expect(
            try bench.sql("SELECT i, d, region FROM \(back) ORDER BY i") == "i,d,region\n1,1.50,north\n2,2.50,NULL\n")
    }

    @Test func aFolderWithTheSignsOfAGlobIsThatFolder() throws {
        let bench = try CompileBench()
        try bench.write("q[1]/a.csv", "v\n1\n")
        try bench.write("q1/a.csv", "v\n2\n")
        #expect(try bench.run(source("q[1]", .csv)) == "v\n1\n")
        #expect(try bench.run(source("q[1]/a.csv", .csv)) == "v\n1\n")
    }

    @Test(
        "type names of DESCRIBE",
        arguments: [
            ("BIGINT", DataType.int64), ("DECIMAL(10,2)", .decimal(precision: 10, scale: 2)),
            ("VARCHAR[]", .list(.text)),
            ("TIMESTAMP WITH TIME ZONE", .timestamptz), ("\"NULL\"", .unknown),
            (
                "STRUCT(a INTEGER, \"b \"\"c\" DECIMAL(4,1)[])[]",
                .list(
                    .structure([
                        DataType.StructureField(name: "a", type: .int32),
                        DataType.StructureField(name: "b \"c", type: .list(.decimal(precision: 4, scale: 1))),
                    ]))
            ),
            ("MAP(VARCHAR, INTEGER)", .other("MAP(VARCHAR, INTEGER)")), ("ENUM('a', 'b')", .other("ENUM('a', 'b')")),
        ])
    func typeNames(_ name: String, _ type: DataType) { #expect(DuckDBCompiler.dataType(name) == type) }
}
