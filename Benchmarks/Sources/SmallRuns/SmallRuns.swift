import Foundation

/// What quicketl adds to a small run: `quicketl run` of three steps over ten rows, beside the same work done by the
/// `duckdb` program alone. Both are whole processes, run in turn, so that the machine's moods hit both.
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

        var ours: [Measure] = []
        var alone: [Measure] = []
        for _ in 0..<rounds {
            ours.append(try run(quicketl, ["run", "p.yml"], in: folder))
            alone.append(try run(duckdb, ["-init", "/dev/null", "-c", query], in: folder))
        }
        report("wall clock", ours.map(\.wall), alone.map(\.wall))
        report("CPU, children included", ours.map(\.cpu), alone.map(\.cpu))
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

    struct Measure {
        /// Seconds.
        var wall: Double
        var cpu: Double
    }

    private static func run(_ program: String, _ arguments: [String], in folder: URL) throws -> Measure {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let before = childrenCPU()
        let start = ContinuousClock.now
        try process.run()
        process.waitUntilExit()
        let wall = (ContinuousClock.now - start) / .seconds(1)
        guard process.terminationStatus == 0 else {
            print("small-runs: \(program) ended with \(process.terminationStatus)")
            exit(1)
        }
        return Measure(wall: wall, cpu: childrenCPU() - before)
    }

    /// Seconds of CPU of all children that have ended, and of theirs.
    private static func childrenCPU() -> Double {
        var usage = rusage()
        #if canImport(Glibc)
            getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        #else
            getrusage(RUSAGE_CHILDREN, &usage)
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    private static func report(_ name: String, _ ours: [Double], _ alone: [Double]) {
        let (a, b) = (median(ours), median(alone))
        print(
            String(
                format: "%@: quicketl run %.1f ms, duckdb alone %.1f ms, ratio %.2f (medians of %d)", name, a * 1000,
                b * 1000, a / b, ours.count))
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted[sorted.count / 2]
    }
}
