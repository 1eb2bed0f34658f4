import Foundation

/// Where tests find DuckDB's command line: `QUICKETL_DUCKDB`, then `.tools` upward from here, then `PATH`.
public enum DuckDBLocation {
    public struct Missing: Error, CustomStringConvertible {
        public var description: String { "no duckdb for tests: run `make setup` or set QUICKETL_DUCKDB" }
    }

    public static func path(from file: String = #filePath) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        if let override = environment["QUICKETL_DUCKDB"], !override.isEmpty { return override }
        var candidates: [String] = []
        var folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        while folder.path != "/" {
            candidates.append(folder.path + "/.tools/venv/bin/duckdb")
            folder.deleteLastPathComponent()
        }
        candidates += (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/duckdb" }
        guard let found = candidates.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw Missing()
        }
        return found
    }
}
