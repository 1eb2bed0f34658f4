import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The built executables, run as a user runs them.
enum Program {
    /// Where the test program lies (on macOS: its bundle), the executables lie too.
    static let folder: URL = {
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let program = bundle ?? Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return program.deletingLastPathComponent()
    }()

    static var quicketl: String { folder.appendingPathComponent("quicketl").path }

    /// The root of the project's checkout.
    static let root: String = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    struct Ended: Sendable {
        var code: Int32
        var output: String
        var errors: String

        /// The object that `--json` printed.
        var json: [String: JSONValue] {
            get throws {
                guard case .object(let object) = try JSONDecoder().decode(JSONValue.self, from: Data(output.utf8))
                else {
                    throw Unexpected("not an object: \(output)")
                }
                return object
            }
        }
    }

    struct Unexpected: Error, CustomStringConvertible {
        var description: String

        init(_ description: String) { self.description = description }
    }

    /// Runs `quicketl` to its end in `directory`.
    static func run(
        _ arguments: [String], in directory: String, environment: [String: String] = [:]
    ) async throws -> Ended {
        try await execute(quicketl, arguments, in: directory, environment: environment)
    }

    /// Answers a query over files with the very duckdb that the project uses: the hand computation of the tests.
    static func duckdb(_ query: String, in directory: String) async throws -> String {
        let configured = ProcessInfo.processInfo.environment["QUICKETL_DUCKDB"]
        let binary = configured ?? root + "/.tools/venv/bin/duckdb"
        let ended = try await execute(binary, ["-noheader", "-csv", "-c", query], in: directory, environment: [:])
        guard ended.code == 0 else { throw Unexpected("duckdb: \(ended.errors)") }
        return ended.output
    }

    /// Runs another program, in the root directory.
    static func execute(_ path: String, _ arguments: [String]) async throws -> Ended {
        try await execute(path, arguments, in: "/", environment: [:])
    }

    /// Runs `path` with an environment that holds nothing at all.
    static func runBare(_ path: String, _ arguments: [String], in directory: String) async throws -> Ended {
        try await execute(path, arguments, in: directory, environment: .custom([Environment.Key: String]()))
    }

    /// Runs `path` to its end, with `environment` in addition to this process's.
    static func execute(
        _ path: String, _ arguments: [String], in directory: String, environment: [String: String]
    ) async throws -> Ended {
        let additions = environment.map { (Environment.Key(stringLiteral: $0.key), Optional($0.value)) }
        return try await execute(
            path, arguments, in: directory,
            environment: .inherit.updating(Dictionary(uniqueKeysWithValues: additions)))
    }

    private static func execute(
        _ path: String, _ arguments: [String], in directory: String, environment: Environment
    ) async throws -> Ended {
        let result = try await Subprocess.run(
            .path(FilePath(path)), arguments: Arguments(arguments), environment: environment,
            workingDirectory: FilePath(directory), output: .string(limit: 1 << 22), error: .string(limit: 1 << 22))
        let code: Int32 =
            switch result.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): 128 + signal
            }
        return Ended(code: code, output: result.standardOutput, errors: result.standardError)
    }
}

/// Any JSON, for looking into what the program printed.
enum JSONValue: Codable, Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .list(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    var text: String? { if case .text(let value) = self { value } else { nil } }
    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var list: [JSONValue] { if case .list(let value) = self { value } else { [] } }
    subscript(key: String) -> JSONValue? {
        get { if case .object(let value) = self { value[key] } else { nil } }
        set {
            guard case .object(var object) = self else { return }
            object[key] = newValue
            self = .object(object)
        }
    }
}
