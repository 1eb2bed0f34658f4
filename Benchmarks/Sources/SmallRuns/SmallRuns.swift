import Foundation

/// What quicketl adds to a small run: `quicketl run` of three steps over ten rows, beside the same work done by the
/// `duckdb` program alone. Both are whole processes, run in turn, so that the machine's moods hit both.
///
/// "Our own CPU" is that of the whole tree below `quicketl run` without its DuckDB child: the program itself and the
/// shell that watches over the child.
///
///   swift run -c release --package-path Benchmarks small-runs [ROUNDS]      after `make build`, from the project's root
@main
struct SmallRuns {
    static func main() throws {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 30
        let root = FileManager.default.currentDirectoryPath
        let quicketl = root + "/bin/quicketl"
        let duckdb = root + "/.tools/venv/bin/duckdb"
        for program in [quicketl, duckdb] where !FileManager.default.isExecutableFile(atPath: program) {
            print("small-runs: \(program) is missing; run \"make build\" in the project's root first")
            exit(2)
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("small-runs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // What the system keeps in its temporary folder is not what is measured.
        defer { try? FileManager.default.removeItem(at: folder) }
        let rows = (1...10).map { "\($0),\($0 % 3),\($0 * 10)\n" }.joined()
        try Data("id,kind,amount\n\(rows)".utf8).write(to: folder.appendingPathComponent("in.csv"))
        try Data(pipeline.utf8).write(to: folder.appendingPathComponent("p.yml"))

        var runs: [Measure] = []
        var alone: [Measure] = []
        for _ in 0..<rounds {
            runs.append(try Measure(of: quicketl, ["run", "p.yml"], in: folder.path))
            alone.append(try Measure(of: duckdb, ["-init", "/dev/null", "-c", query], in: folder.path))
        }
        report("wall clock", runs.map(\.wall), alone.map(\.wall))
        report("CPU of the whole tree", runs.map(\.cpu), alone.map(\.cpu))
        let ours = runs.compactMap(\.cpuWithoutDuckDB)
        if !ours.isEmpty { report("our own CPU", ours, alone.map(\.cpu)) }
    }

    private static let pipeline = """
        name: small
        source: {type: file, path: in.csv}
        transforms:
          - {op: filter, predicate: amount > 10}
          - {op: derive_column, name: doubled, expr: amount * 2}
          - {op: aggregate, group_by: [kind], aggs: {total: sum(doubled)}}
        sink: {type: file, path: out.parquet}
        """

    private static let query = """
        COPY (SELECT kind, sum(doubled) AS total FROM (SELECT *, amount * 2 AS doubled FROM 'in.csv' WHERE amount > 10)
        GROUP BY kind) TO 'alone.parquet' (FORMAT parquet)
        """

    private static func report(_ name: String, _ runs: [Double], _ alone: [Double]) {
        let (run, one) = (median(runs), median(alone))
        print(
            String(
                format: "%@: quicketl run %.1f ms (at best %.1f), duckdb alone %.1f ms (at best %.1f), ratio %.2f",
                name,
                run * 1000, (runs.min() ?? 0) * 1000, one * 1000, (alone.min() ?? 0) * 1000, run / one)
                + "; medians of \(runs.count)")
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted[sorted.count / 2]
    }
}
