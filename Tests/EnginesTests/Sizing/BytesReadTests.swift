#if os(Linux)
    import Fleet
    import Foundation
    import Pipeline
    import Support
    import Testing

    @testable import Engines

    /// What is estimated is what DuckDB's process then really reads, within a factor of two.
    @Suite struct BytesReadTests {
        /// Bytes that the process has read so far, from wherever.
        private static func bytesRead(by process: Int32) throws -> Int64 {
            let text = try String(contentsOfFile: "/proc/\(process)/io", encoding: .utf8)
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("rchar: ") })
            return try #require(Int64(line.dropFirst(7)))
        }

        @Test(
            "estimated bytes are those that are read",
            arguments: [
                ("x.parquet", "{op: aggregate, group_by: [], aggs: {s: sum(id)}}"),
                ("x.parquet", "{op: aggregate, group_by: [n], aggs: {s: max(t), c: count(*)}}"),
                ("x.parquet", "{op: filter, predicate: n > 2}"),
                ("x.parquet", "{op: sort, by: [v]}"),
                ("d", "{op: filter, predicate: \"day = '2025-01-03'\"}"),
                ("d", "{op: filter, predicate: \"day > '2025-01-03' and n < 4\"}"),
                ("d", "{op: select, columns: [day, v]}"),
                ("d/day=2025-01-0[12]/*.parquet", "{op: aggregate, group_by: [day], aggs: {s: sum(v)}}"),
                ("x.csv", "{op: aggregate, group_by: [n], aggs: {s: sum(v)}}"),
                ("x.csv.gz", "{op: aggregate, group_by: [n], aggs: {s: sum(v)}}"),
            ])
        func bytes(path: String, transform: String) async throws {
            try await SizingScene.run { scene in
                let rows =
                    "SELECT range AS id, md5(CAST(range AS VARCHAR)) AS t, range % 5 AS n, range * 7919 % 1000003 AS v"
                switch path.prefix(3) {
                case "x.p":
                    try await scene.execute("COPY (\(rows) FROM range(400000)) TO 'IN/x.parquet' (FORMAT parquet)")
                case "x.c":
                    let packed = path.hasSuffix("gz") ? ", COMPRESSION gzip" : ""
                    try await scene.execute("COPY (\(rows) FROM range(400000)) TO 'IN/\(path)' (FORMAT csv\(packed))")
                default:
                    try await scene.execute(
                        "COPY (\(rows), DATE '2025-01-01' + CAST(range % 6 AS INTEGER) AS day FROM range(400000)) TO 'IN/d' "
                            + "(FORMAT parquet, PARTITION_BY (day))")
                }
                let attempt = try scene.attempt("{type: file, path: '\(path)'}", [transform])
                let explanation = try await scene.engine.explain(attempt)
                var limits = InputSizer.Limits()
                limits.footersFromBytes = 0
                let estimate = await InputSizer(settings: scene.settings, limits: limits).estimate(
                    explanation.plan, of: attempt)
                let estimated = try #require(estimate.readBytes, "\(estimate)")
                let read = try await withDuckDB(in: scene.folder) { process in
                    let before = try Self.bytesRead(by: process.child.processID)
                    _ = try await process.execute([
                        "CREATE TEMPORARY TABLE result AS \(explanation.sql)"
                    ])
                    return try Self.bytesRead(by: process.child.processID) - before
                }
                // DuckDB cannot go back in a packed text: it opens it anew once it knows the columns, and so short a one
                // it has read to its end by then.
                let passes: Double = path.hasSuffix("gz") ? 2 : 1
                let ratio = Double(estimated) * passes / Double(read)
                #expect((0.5...2).contains(ratio), "estimated \(estimated), read \(read)")
            }
        }
    }
#endif
