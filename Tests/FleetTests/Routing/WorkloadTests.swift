import Pipeline
import Testing

@testable import Fleet

/// What a plan is thought to make of its input.
@Suite struct WorkloadTests {
    private static let schema = Schema([
        .init("id", .int64), .init("status", .text), .init("country", .text), .init("amount", .float64),
    ])

    /// Over ten million rows of a gigabyte.
    private static func workload(
        _ transforms: String, distinct: [Int: Int64]? = nil
    ) throws -> Workload {
        let spec = try PipelineLoader.load(
            yaml: """
                name: p
                source: {type: file, path: in.parquet}
                transforms:
                \(transforms)
                sink: {type: file, path: out.parquet}
                """, file: nil, variables: VariableScope(given: [:])
        ).spec
        let plan = try Plan.make(spec, file: nil, schemas: ["source": schema])
        var source = SourceEstimate(
            source: "in.parquet", storedBytes: 300_000_000, readBytes: 300_000_000, expandedBytes: 1_000_000_000,
            rows: 10_000_000, files: 1, basis: .footers)
        source.distinctValues = distinct
        return try #require(Workload(plan, InputEstimate(sources: [source])))
    }

    private static let grouped = "- {op: aggregate, group_by: [status, country], aggs: {n: count(*)}}"

    @Test func groupsAreAsManyAsTheKeysHaveValuesWhereThatIsKnown() throws {
        let known = try Self.workload(Self.grouped, distinct: [1: 5, 2: 200])
        let unknown = try Self.workload(Self.grouped)
        // A thousand rows at most, against a good part of the input.
        #expect((known.gigabytes["groups"] ?? 0) < 0.000_2)
        #expect((unknown.gigabytes["groups"] ?? 0) > (known.gigabytes["groups"] ?? 0) * 50)
        #expect(known.heldGigabytes < unknown.heldGigabytes)
    }

    @Test func valuesAreKnownOnBehindRenamesCopiesAndConversions() throws {
        let plain = try Self.workload(Self.grouped, distinct: [1: 5, 2: 200])
        let behind = try Self.workload(
            """
            - {op: rename, mapping: {status: state}}
            - {op: derive_column, name: place, expr: cast(country as text)}
            - {op: filter, predicate: amount > 0}
            - {op: aggregate, group_by: [state, place], aggs: {n: count(*)}}
            """, distinct: [1: 5, 2: 200])
        let (one, other) = (plain.gigabytes["groups"] ?? 0, behind.gigabytes["groups"] ?? 0)
        #expect(other <= one * 4 && other > 0, "\(other) for \(one)")
    }

    @Test func furtherKeysOfUnknownValuesMakeFewerGroupsThanAllTheirCombinations() throws {
        let one = try Self.workload("- {op: aggregate, group_by: [status], aggs: {n: count(*)}}")
        let two = try Self.workload(Self.grouped)
        let (few, more) = (one.gigabytes["groups"] ?? 0, two.gigabytes["groups"] ?? 0)
        #expect(more > few)
        // The root of ten million squared would be all of them.
        #expect(more < 0.5 * (one.gigabytes["aggregate"] ?? 0))
    }

    @Test func rowsAreAsWideAsTheWidestThatAreKept() throws {
        let sorted = try Self.workload("- {op: sort, by: [id]}")
        #expect(sorted.widestRowBytes == 100)
        let summed = try Self.workload("- {op: aggregate, group_by: [], aggs: {n: count(*)}}")
        #expect((summed.widestRowBytes ?? 100) < 1)
    }
}
