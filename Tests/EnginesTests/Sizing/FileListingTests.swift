import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// The files that DuckDB's own glob finds, within a budget.
@Suite struct FileListingTests {
    private func listing(_ pattern: String, entries: Int = 10_000) throws -> (FileListing, ListingBudget) {
        var budget = ListingBudget(entries: entries, deadline: .now + .seconds(600))
        let listing = FileListing(pattern, conditions: try Self.noConditions(), budget: &budget)
        return (listing, budget)
    }

    private static func noConditions() throws -> PartitionConditions {
        let yaml = "name: p\nsource: {type: file, path: a.parquet}\nsink: {type: file, path: b.parquet}"
        let spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
        let plan = try Plan.make(spec, file: nil, schemas: ["source": Schema([.init("id", .int64)])])
        return PartitionConditions(plan, source: 0)
    }

    @Test("every pattern stands for the files that DuckDB's glob finds")
    func likeDuckDB() async throws {
        try await SizingScene.run { scene in
            let paths = [
                "a/x.parquet", "a/y.parquet", "a/.h.parquet", "a/_u.parquet", "a/b/z.parquet", "a/b/c/d/w.parquet",
                "a/day=1/x.parquet", "a/day=2/x.parquet", "a/[odd].parquet", "a/q?.parquet", "real/r.parquet",
                "top.parquet",
                "a/b.parquet/inner.parquet", "a/ümlaut.parquet",
            ]
            for path in paths { try write("x", to: "\(scene.folder)/t/\(path)") }
            let root = scene.folder + "/t"
            try FileManager.default.createSymbolicLink(atPath: root + "/a/link", withDestinationPath: "../real")
            try FileManager.default.createSymbolicLink(
                atPath: root + "/a/lf.parquet", withDestinationPath: "../top.parquet")
            let patterns = [
                "a/x.parquet", "a/*.parquet", "a/**/*.parquet", "**/*.parquet", "*/*/*.parquet", "a/day=*/x.parquet",
                "a/[xy].parquet", "a/[!x].parquet", "a/[a-y].parquet", "a/?.parquet", "a/[[]odd].parquet",
                "a/q[?].parquet",
                "a/link/*.parquet", "a/**/d/*.parquet", "nothing/*.parquet", "a/[x", "t*",
                "a/*ml*ut.parquet", "a/**/x.parquet", "a/*.*qu*", "a/[]x].parquet",
            ]
            for pattern in patterns {
                let rows = try await scene.execute("SELECT file FROM glob('\(root)/\(pattern)')")
                let wanted = Set(rows.compactMap { $0["file"] ?? nil })
                let (found, _) = try listing("\(root)/\(pattern)")
                #expect(Set(found.files.map(\.path)) == wanted, "\(pattern)")
                #expect(found.count == wanted.count && found.isWhole, "\(pattern)")
            }
        }
    }

    @Test("what lies beyond the budget is reckoned from what was seen, within a few percent on even datasets")
    func extrapolates() async throws {
        try await withTemporaryFolder { folder in
            for day in 0..<60 {
                let path = "\(folder)/day=\(day)"
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                for file in 0..<40 {
                    try Data(count: 100 + file).write(to: URL(fileURLWithPath: "\(path)/\(file).csv"))
                }
            }
            let pattern = "\(folder)/**/*.?sv*"
            let (whole, _) = try listing(pattern)
            #expect(whole.isWhole && whole.count == 2_400)
            let (part, budget) = try listing(pattern, entries: 500)
            #expect(!part.isWhole)
            #expect(budget.entries <= 500)
            #expect(part.files.count < 500)
            #expect((2_200...2_600).contains(part.count), "\(part.count)")
            #expect(abs(Double(part.bytes) / Double(whole.bytes) - 1) < 0.1)
        }
    }

    @Test(
        "names of one large folder are counted beyond the budget, and their sizes taken from those that were looked at")
    func flatFolder() async throws {
        try await withTemporaryFolder { folder in
            for file in 0..<1_500 { try Data(count: 10).write(to: URL(fileURLWithPath: "\(folder)/\(file).csv")) }
            let (found, budget) = try listing("\(folder)/*.csv", entries: 300)
            #expect(!found.isWhole && budget.entries == 300)
            #expect(found.files.count == 300)
            #expect(found.count == 1_500 && found.bytes == 15_000)
        }
    }

    @Test("leaps reach every folder once", arguments: [0, 1, 2, 3, 10, 60, 97, 1_000])
    func spread(count: Int) {
        #expect(FileListing.spread(count).sorted() == Array(0..<count))
    }
}
