public import Fleet
public import Foundation

#if canImport(Darwin)
    import Darwin
#endif

/// Where DuckDB's command line and its extensions are on this machine.
public struct DuckDBBinary: Sendable, Hashable {
    /// The first two parts of the versions that this program was tried with.
    public static let supportedVersion = "1.5"
    public static let overrideVariable = "QUICKETL_DUCKDB"

    /// Absolute; of the program itself, not of a script that starts it.
    public var path: String
    /// Holds `v1.5.5/linux_amd64/NAME.duckdb_extension`.
    public var extensionDirectory: String?

    public init(path: String, extensionDirectory: String? = nil) {
        self.path = path
        self.extensionDirectory = extensionDirectory
    }

    /// Looks at `QUICKETL_DUCKDB`, then for `.tools/venv/bin/duckdb` from the executable's real folder upward, then
    /// along `PATH`. Works with an empty environment. The version is checked when a child starts.
    public static func locate(
        environment: [String: String] = ProcessInfo.processInfo.environment, executable: String? = nil
    ) throws(Failure) -> DuckDBBinary {
        let files = FileManager.default
        let tools = toolFolders(above: executable ?? currentExecutable())
        let extensions = tools.map { $0 + "/duckdb-extensions" }.first { files.fileExists(atPath: $0) }
        if let override = environment[overrideVariable], !override.isEmpty {
            guard files.isExecutableFile(atPath: override) else {
                throw Failure(
                    .engineLost, "starting DuckDB failed: \(overrideVariable) names \(override), which is no program")
            }
            return DuckDBBinary(path: program(behind: override), extensionDirectory: extensions)
        }
        let onPath = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/duckdb" }
        for candidate in tools.map({ $0 + "/venv/bin/duckdb" }) + onPath where files.isExecutableFile(atPath: candidate)
        {
            return DuckDBBinary(path: program(behind: candidate), extensionDirectory: extensions)
        }
        throw Failure(
            .engineLost,
            "starting DuckDB failed: no duckdb in .tools/venv beside this program or on PATH; run `make setup`, or set "
                + "\(overrideVariable) to DuckDB's command line, version \(supportedVersion)")
    }

    /// The executable that runs, with symbolic links resolved.
    static func currentExecutable() -> String {
        #if canImport(Darwin)
            var length: UInt32 = 0
            _NSGetExecutablePath(nil, &length)
            var buffer = [CChar](repeating: 0, count: Int(length))
            _NSGetExecutablePath(&buffer, &length)
            return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #else
            return "/proc/self/exe"
        #endif
    }

    static func toolFolders(above executable: String) -> [String] {
        var folder = FileSystem.parent(of: FileSystem.resolved(executable))
        var found: [String] = []
        while folder != "/" && found.count < 64 {
            found.append(folder + "/.tools")
            folder = FileSystem.parent(of: folder)
        }
        return found.filter { FileManager.default.fileExists(atPath: $0) }
    }

    /// The package from PyPI puts a Python script on the path that starts the real program beside it. Starting that
    /// directly spares an interpreter per child, and makes the child's process id DuckDB's own.
    private static func program(behind path: String) -> String {
        let path = path.hasPrefix("/") ? path : FileSystem.join(FileManager.default.currentDirectoryPath, path)
        let real = FileSystem.resolved(path)
        // Unreadable: it may still be executable, and then it says itself what is wrong.
        guard let start = try? FileSystem.bytes(of: real, atMost: 2), start == Array("#!".utf8) else { return real }
        for script in [path, real] {
            let library = FileSystem.join(FileSystem.parent(of: FileSystem.parent(of: script)), "lib")
            // No such folder: the script is not that of the package, and is used as it is.
            let versions = (try? FileSystem.names(in: library)) ?? []
            for version in versions where version.hasPrefix("python3") {
                let program = "\(library)/\(version)/site-packages/duckdb_cli/duckdb"
                if FileManager.default.isExecutableFile(atPath: program) { return program }
            }
        }
        return real
    }
}
