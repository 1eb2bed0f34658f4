import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// What will be read, from files alone.
@Suite struct InputSizerTests {
    private static let day =
        "COPY (SELECT range AS id, md5(CAST(range AS VARCHAR)) AS t, range % 5 AS n, DATE '2025-01-01' + CAST(range % 10 AS INTEGER) AS day "
        + "FROM range(100000)) TO 'IN/d' (FORMAT parquet, PARTITION_BY (day))"

    @Test("of Parquet only the columns that the plan uses count")
    func columns() async throws {
        try await SizingScene.run { scene in
            try await scene.execute(
                "COPY (SELECT range AS id, md5(CAST(range AS VARCHAR)) AS t FROM range(100000)) TO 'IN/x.parquet' (FORMAT parquet)"
            )
            let estimate = try await scene.estimate(
                "{type: file, path: x.parquet}", "{op: aggregate, group_by: [], aggs: {s: sum(id)}}")
            let id = try await scene.number(
                "SELECT CAST(sum(total_compressed_size) AS BIGINT) AS n FROM parquet_metadata('IN/x.parquet') WHERE path_in_schema = 'id'"
            )
            let source = estimate.sources[0]
            #expect(source.basis == .footers && source.source == "x.parquet")
            #expect(abs((source.readBytes ?? 0) - id) <= 1)
            #expect(source.rows == 100_000 && source.files == 1)
            #expect((source.expandedBytes ?? 0) >= 800_000)
            #expect((source.storedBytes ?? 0) > 3 * id)
        }
    }

    @Test("partitions that the plan's conditions exclude do not count, nor do those that the engine reads less")
    func partitions() async throws {
        try await SizingScene.run { scene in
            try await scene.execute(Self.day)
            let whole = try await scene.estimate("{type: file, path: d}", "{op: filter, predicate: n > 3}").sources[0]
            let part = try await scene.estimate(
                "{type: file, path: d}", "{op: filter, predicate: \"day in ('2025-01-02', '2025-01-03') and n > 3\"}"
            ).sources[0]
            #expect(whole.files == 10 && part.files == 2)
            #expect(whole.rows == 100_000 && part.rows == 20_000)
            #expect(part.note?.contains("8 folders are left out") == true)
            let path = try await scene.estimate(
                "{type: file, path: 'd/day=2025-01-0[1-4]/*.parquet'}",
                "{op: filter, predicate: \"day > '2025-01-03'\"}"
            ).sources[0]
            #expect(path.files == 1 && path.rows == 10_000)
        }
    }

    @Test("how many different values a Parquet column holds is told within four times, or not at all")
    func distinctValues() async throws {
        try await SizingScene.run { scene in
            try await scene.execute(
                "COPY (SELECT range AS id, range // 4 AS parent, 'text ' || range % 7 AS few, 'town ' || hash(range) % 900 AS some, "
                    + "DATE '2020-01-01' + CAST(range % 1000 AS INTEGER) AS day, random() AS noise, "
                    + "{'a': range % 3} AS nested FROM range(400000)) TO 'IN/x.parquet' (FORMAT parquet)")
            let estimate = try await scene.estimate("{type: file, path: x.parquet}", "{op: filter, predicate: id >= 0}")
            let known = try #require(estimate.sources[0].distinctValues, "\(estimate)")
            for (place, wanted) in [(1, 100_000.0), (2, 7), (3, 900), (4, 1000)] {
                let found = Double(known[place] ?? -1)
                #expect((0.25...4).contains(found / wanted), "column \(place): \(found) for \(wanted)")
            }
            // Nothing but that they are many.
            for place in [0, 5] { #expect((known[place] ?? .max) >= 100_000) }
            #expect(known[6] == nil)
        }
    }

    @Test("right sides of joins are sources of their own")
    func joins() async throws {
        try await SizingScene.run { scene in
            try await scene.execute(
                Self.day, "COPY (SELECT range AS id, range AS v FROM range(50)) TO 'IN/r.parquet' (FORMAT parquet)")
            let estimate = try await scene.estimate(
                "{type: file, path: d}",
                "{op: join, right: {type: file, path: r.parquet}, left_on: [id], right_on: [id], how: inner}")
            #expect(estimate.sources.map(\.source) == ["d", "r.parquet"])
            #expect(estimate.sources.map(\.rows) == [100_000, 50])
            #expect(estimate.files == 11)
        }
    }

    @Test("a dataset of 12,000 files takes at most 10,000 names and 50 footers, and says what was extrapolated")
    func manyFiles() async throws {
        try await SizingScene.run { scene in
            try await scene.execute(
                "COPY (SELECT range AS id, md5(CAST(range AS VARCHAR)) AS t FROM range(1000)) TO 'IN/one.parquet' (FORMAT parquet)"
            )
            for part in 0..<120 {
                let path = "\(scene.folder)/many/part=\(part)"
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                for file in 0..<100 { #expect(link("\(scene.folder)/one.parquet", "\(path)/\(file).parquet") == 0) }
            }
            let attempt = try scene.attempt("{type: file, path: many}", ["{op: select, columns: [id]}"])
            let columns = Schema([.init("id", .int64), .init("t", .text), .init("part", .int64)])
            let plan = try Plan.make(attempt.pipeline, file: nil, schemas: ["source": columns])
            guard case .file(let file) = plan.sources[0].source else { return }
            var limits = InputSizer.Limits()
            limits.footersFromBytes = 0
            let sizing = FileSizing(
                name: "many", file: file, pattern: "\(scene.folder)/many/**/*.parquet", schema: columns,
                needed: plan.neededPlaces(ofSource: 0), conditions: PartitionConditions(plan, source: 0), limits: limits
            )
            var budget = ListingBudget(entries: limits.entries, deadline: .now + .seconds(600))
            let estimate = sizing.estimate(&budget)
            #expect(budget.entries <= 10_000 && budget.footers <= 50)
            #expect(estimate.basis == .extrapolated)
            #expect(estimate.note?.contains("met its limit") == true)
            #expect((11_000...13_000).contains(estimate.files ?? 0), "\(estimate.files ?? 0)")
            #expect((11_000_000...13_000_000).contains(estimate.rows ?? 0))

            // Of fewer names every file is known, and some footers stand for all.
            var few = ListingBudget(entries: 20_000, deadline: .now + .seconds(600))
            let sampled = sizing.estimate(&few)
            #expect(sampled.basis == .sampled && sampled.files == 12_000 && sampled.rows == 12_000_000)
            #expect(few.footers == 50)
        }
    }

    @Test("a footer that is broken makes its source unknown, with its files still counted")
    func brokenFooter() async throws {
        try await SizingScene.run { scene in
            try await scene.execute(
                "COPY (SELECT range AS id FROM range(10)) TO 'IN/d/a.parquet' (FORMAT parquet)".replacing(
                    "IN/d/", with: "IN/"))
            let attempt = try scene.attempt("{type: file, path: a.parquet}", ["{op: filter, predicate: id > 3}"])
            let plan = try await scene.engine.explain(attempt).plan
            try write("no Parquet at all", to: scene.folder + "/a.parquet")
            var limits = InputSizer.Limits()
            limits.footersFromBytes = 0
            let source = await InputSizer(settings: scene.settings, limits: limits).estimate(plan, of: attempt).sources[
                0]
            #expect(source.basis == .unknown && source.readBytes == nil && source.files == 1)
            #expect(source.note?.contains("does not end like a Parquet file") == true)
        }
    }

    @Test("a small input's footers are left alone")
    func small() async throws {
        try await SizingScene.run { scene in
            try await scene.execute(Self.day)
            let source = try await scene.estimate("{type: file, path: d}", "{op: select, columns: [id]}") {
                $0.footersFromBytes = 1 << 30
            }.sources[0]
            #expect(source.basis == .listed && source.rows == nil)
            #expect((source.readBytes ?? 0) > 0 && (source.readBytes ?? 0) < (source.storedBytes ?? 0))
        }
    }

    @Test("compressed texts are expanded to within a factor of two of the text that they hold")
    func texts() async throws {
        try await SizingScene.run { scene in
            let rows =
                "SELECT 2013 AS year, range % 12 AS month, range % 28 AS day, range * 7919 % 2400 AS dep_time, "
                + "range * 104729 % 300 AS dep_delay, ['UA', 'AA', 'B6', 'DL'][range * 31 % 4 + 1] AS carrier, "
                + "'N' || range * 7919 % 9999 AS tailnum FROM range(100000)"
            for format in ["csv", "json"] {
                try await scene.execute("COPY (\(rows)) TO 'IN/x.\(format)' (FORMAT \(format))")
                let plain = try await scene.estimate("{type: file, path: x.\(format)}", "{op: select, columns: [year]}")
                    .sources[0]
                // JSON is read for its types, too.
                let times: Int64 = format == "json" ? 2 : 1
                #expect(plain.basis == .listed && plain.readBytes == plain.storedBytes.map { $0 * times })
                for (compression, suffix) in [("gzip", "gz"), ("zstd", "zst")] {
                    try await scene.execute(
                        "COPY (\(rows)) TO 'IN/x.\(format).\(suffix)' (FORMAT \(format), COMPRESSION \(compression))")
                    let packed = try await scene.estimate(
                        "{type: file, path: x.\(format).\(suffix)}", "{op: select, columns: [year]}"
                    ).sources[0]
                    let factor = Double(packed.expandedBytes ?? 0) / Double(plain.expandedBytes ?? 1)
                    #expect((0.5...2).contains(factor), "\(format) \(compression): \(factor)")
                }
            }
        }
    }

    @Test("what no listing reaches is unknown, with the reason")
    func elsewhere() async throws {
        try await SizingScene.run { scene in
            let attempt = try scene.attempt(
                "{type: file, path: 's3://bucket/a.parquet'}", ["{op: filter, predicate: id > 3}"])
            let plan = try Plan.make(attempt.pipeline, file: nil, schemas: ["source": Schema([.init("id", .int64)])])
            let estimate = await InputSizer(settings: scene.settings).estimate(plan, of: attempt)
            #expect(estimate.sources[0].basis == .unknown && estimate.readBytes == nil)
            #expect(estimate.sources[0].note?.contains("s3") == true)
        }
    }
}
