import Foundation
import Pipeline
import Testing

/// Files below partition folders that a plan's filters exclude need not be read.
@Suite struct PartitionConditionsTests {
    private static let schemas: [String: Schema] = [
        "a": Schema([
            .init("id", .int64), .init("day", .date), .init("region", .text), .init("year", .int64),
            .init("moment", .timestamp),
        ]),
        "b": Schema([.init("id", .int64), .init("day", .date)]),
    ]

    private static func plan(_ transforms: String) throws -> Plan {
        let yaml = """
            name: parts
            sources:
              a: {type: file, path: a}
              b: {type: file, path: b}
            transforms:
            \(transforms.split(separator: "\n").map { "  - {\($0)}" }.joined(separator: "\n"))
            sink: {type: file, path: out.parquet}
            """
        let spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
        return try Plan.make(spec, file: nil, schemas: schemas)
    }

    private static func mayHold(_ transforms: String, _ parts: String) throws -> Bool {
        let folders = parts.split(separator: "/").map { part in
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return PartitionConditions.Part(column: pair[0], value: pair[1] == "NULL" ? nil : pair[1])
        }
        return PartitionConditions(try plan(transforms), source: 0).mayHold(folders)
    }

    @Test(
        "a predicate keeps or excludes a folder",
        arguments: [
            ("day = '2025-01-02'", "day=2025-01-02", true), ("day = '2025-01-02'", "day=2025-01-03", false),
            ("day <> '2025-01-02'", "day=2025-01-02", false), ("day < '2025-01-02'", "day=2025-01-01", true),
            ("day < '2025-01-02'", "day=2025-01-02", false), ("day <= '2025-01-02'", "day=2025-01-02", true),
            ("day > '2025-01-02'", "day=2025-01-02", false), ("day >= '2025-01-02'", "day=2025-01-01", false),
            ("day between '2025-01-01' and '2025-01-31'", "day=2025-02-01", false),
            ("day between '2025-01-01' and '2025-01-31'", "day=2025-01-31", true),
            ("day not between '2025-01-01' and '2025-01-31'", "day=2025-01-31", false),
            ("region in ('north', 'south')", "region=south", true),
            ("region in ('north', 'south')", "region=east", false),
            ("region not in ('north', 'south')", "region=south", false), ("region is null", "region=NULL", true),
            ("region is null", "region=north", false), ("region is not null", "region=NULL", false),
            ("region = 'north'", "region=NULL", false), ("region <> 'north'", "region=NULL", false),
            ("year = 2024", "year=2024", true), ("year = 2024", "year=2023", false),
            ("year >= 2024.5", "year=2024", false),
            ("2024 = year", "year=2023", false), ("year = -1", "year=-1", true),
            ("year = 2024 and region = 'north'", "year=2024/region=south", false),
            ("year = 2024 or region = 'north'", "year=2023/region=north", true),
            ("year = 2024 or region = 'north'", "year=2023/region=south", false),
            ("not (year = 2024)", "year=2024", false), ("not (year = 2024)", "year=NULL", false),
            // What the folders do not say stays open.
            ("id = 5 and year = 2024", "year=2024", true), ("id = 5 and year = 2024", "year=2023", false),
            ("id = 5 or year = 2024", "year=2023", true), ("not (id = 5 and year = 2024)", "year=2024", true),
            ("not (id = 5 and year = 2024)", "year=2023", true), ("upper(region) = 'NORTH'", "region=south", true),
            ("year + 1 = 2024", "year=2024", true), ("id = 5", "year=2024", true), ("year = 2024", "other=1", true),
            ("year = 2024", "year=odd", true), ("moment > '2025-01-02'", "day=2025-01-01", true),
            ("day > '2025-01-01 12:00:00'::timestamp", "day=2025-01-01", false),
            // By code point: the composed letter is another text than the decomposed one.
            ("region = 'd\u{fc}n'", "region=du\u{308}n", false),
        ])
    func predicate(_ predicate: String, _ parts: String, _ expected: Bool) throws {
        let quoted = predicate.replacingOccurrences(of: "\"", with: "\\\"")
        #expect(try Self.mayHold("op: filter, predicate: \"\(quoted)\"", parts) == expected)
    }

    @Test("filters count through steps that leave rows and values as they are, under new names too")
    func throughSteps() throws {
        let filter = "op: filter, predicate: \"region = 'north'\""
        #expect(
            try !Self.mayHold("op: sort, by: [id]\nop: derive_column, name: x, expr: id + 1\n\(filter)", "region=south")
        )
        #expect(
            try !Self.mayHold(
                "op: rename, mapping: {region: r}\nop: filter, predicate: \"r = 'north'\"", "region=south"))
        // The name stands for another value now.
        #expect(try Self.mayHold("op: derive_column, name: region, expr: upper(region)\n\(filter)", "region=south"))
    }

    @Test("filters behind steps that look at several rows do not count")
    func behindOthers() throws {
        let filter = "op: filter, predicate: \"region = 'north'\""
        #expect(try Self.mayHold("op: limit, n: 5\n\(filter)", "region=south"))
        #expect(try Self.mayHold("op: dedup\n\(filter)", "region=south"))
        #expect(
            try Self.mayHold("op: aggregate, group_by: [region], aggs: {n: count(*)}\n\(filter)", "region=south"))
    }

    @Test("a source without filters of its own is read whole, though another one has some")
    func otherSource() throws {
        let plan = try Self.plan(
            "op: filter, predicate: \"day = '2025-01-01'\"\nop: join, right: b, left_on: [id], right_on: [id], how: inner"
        )
        let part = PartitionConditions.Part(column: "day", value: "2025-01-02")
        let left = try #require(plan.sources.firstIndex { $0.name == "a" })
        let right = try #require(plan.sources.firstIndex { $0.name == "b" })
        #expect(!PartitionConditions(plan, source: left).mayHold([part]))
        #expect(PartitionConditions(plan, source: right).isEmpty)
        #expect(PartitionConditions(plan, source: right).mayHold([part]))
    }

    @Test(
        "only the columns that the result stands on are needed",
        arguments: [
            ("op: select, columns: [id]", ["id"]),
            ("op: aggregate, group_by: [region], aggs: {n: count(*)}", ["region"]),
            ("op: aggregate, group_by: [], aggs: {n: count(*)}", []),
            ("op: filter, predicate: year > 3\nop: select, columns: [id]", ["id", "year"]),
            ("op: derive_column, name: x, expr: year + 1\nop: select, columns: [id]", ["id"]),
            ("op: sort, by: [day]\nop: select, columns: [id]", ["day", "id"]),
            // Whole rows are compared.
            ("op: dedup\nop: select, columns: [id]", ["day", "id", "moment", "region", "year"]),
            ("op: sort, by: [day]\nop: aggregate, group_by: [id], aggs: {r: first(region)}", ["day", "id", "region"]),
        ])
    func needed(_ transforms: String, _ expected: [String]) throws {
        let plan = try Self.plan(transforms)
        let columns = try #require(Self.schemas["a"]).columns
        let found = plan.neededPlaces(ofSource: 0).map { columns[$0].name }.sorted()
        if transforms.contains("first") {
            #expect(Set(expected).isSubset(of: found))
        } else {
            #expect(found == expected)
        }
    }
}
