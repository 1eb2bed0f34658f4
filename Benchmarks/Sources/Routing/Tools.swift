import Foundation

/// The programs that are measured, and a folder for all that they write.
struct Tools {
    struct Missing: Error, CustomStringConvertible { var description: String }

    let folder: String
    let quicketl: String
    let duckdb: String
    let sparkHome: String
    let extensions: String
    let flights: String

    init(folder: String) throws {
        self.folder = folder
        let root = FileManager.default.currentDirectoryPath
        quicketl = ProcessInfo.processInfo.environment["QUICKETL"] ?? root + "/bin/quicketl"
        duckdb = root + "/.tools/venv/bin/duckdb"
        extensions = root + "/.tools/duckdb-extensions"
        flights = root + "/.tools/data/nycflights13"
        let libraries = root + "/.tools/venv/lib"
        let versions = try FileManager.default.contentsOfDirectory(atPath: libraries)
        sparkHome =
            versions.map { "\(libraries)/\($0)/site-packages/pyspark" }
            .first { FileManager.default.fileExists(atPath: $0) } ?? ""
        for path in [quicketl, duckdb, extensions, flights, sparkHome]
        where path.isEmpty || !FileManager.default.fileExists(atPath: path) {
            throw Missing(description: "\(path) is missing; run \"make build\" in the project's root first")
        }
    }

    var environment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["QUICKETL_DUCKDB"] = duckdb
        environment["SPARK_HOME"] = sparkHome
        environment["SPARK_LOCAL_DIRS"] = folder
        return environment
    }

    /// The script's standard output; its errors are thrown.
    @discardableResult
    func sql(_ statements: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: duckdb)
        let opening = ["SET extension_directory = '\(extensions)'", "LOAD tpch"]
        process.arguments = [
            "-batch", "-bail", "-csv", "-noheader", "-c", (opening + statements).joined(separator: ";\n"),
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Missing(description: "duckdb refused \(statements)") }
        return text
    }
}
