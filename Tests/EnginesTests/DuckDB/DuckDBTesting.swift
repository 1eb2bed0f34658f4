import Foundation
import Pipeline
import Support

@testable import Engines

/// A child with small limits below `folder`, closed on every exit.
func withDuckDB<Result: Sendable>(
    in folder: String, _ change: (inout DuckDBSettings) -> Void = { _ in },
    _ body: (DuckDBProcess) async throws -> Result
) async throws -> Result {
    var settings = try duckDBSettings(in: folder)
    change(&settings)
    let process = try await DuckDBProcess.start(settings)
    do {
        let result = try await body(process)
        await process.close()
        return result
    } catch {
        await process.close()
        throw error
    }
}

func duckDBSettings(in folder: String) throws -> DuckDBSettings {
    let path = try DuckDBLocation.path()
    let binary = try DuckDBBinary.locate(environment: [DuckDBBinary.overrideVariable: path])
    return DuckDBSettings(
        binary: binary, memoryLimitBytes: 512 << 20, threads: 2, temporaryDirectory: folder + "/tmp")
}

/// Those that DuckDB reads and writes.
let duckDBFormats = FileFormat.allCases.filter { $0 != .orc }

/// A statement that runs far longer than any test waits.
let endlessStatement = "SELECT sum(a.range * b.range % 7) AS s FROM range(10000000) a, range(10000000) b"

/// Whether a process with this id exists that has not ended (a zombie has).
func isAlive(_ process: Int32) -> Bool {
    // No such file: no such process.
    guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
        #if os(Linux)
            return false
        #else
            return kill(process, 0) == 0
        #endif
    }
    let state = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].dropFirst(2).first
    return state != "Z" && state != "X"
}

struct WaitedTooLong: Error { var what: String }

/// Asks again and again until `condition` holds, at most half a minute.
func waitUntil(_ what: String, _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(30)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw WaitedTooLong(what: what) }
        try await Task.sleep(for: .milliseconds(10))
    }
}
