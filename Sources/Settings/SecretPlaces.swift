public import Engines
import Fleet
import Foundation

/// Where secrets are looked for: in the environment, then in a file of the folder of secrets.
public struct SecretPlaces: Sendable {
    public enum Environment: Sendable {
        /// `QUICKETL_SECRET_NAME` only: whoever may submit a pipeline must not read all that a worker's environment
        /// holds by naming it.
        case prefixed
        /// Also plain `NAME`: the environment is that of the person who runs the pipeline.
        case prefixedOrPlain
    }

    static let prefix = "QUICKETL_SECRET_"
    /// Nobody's password, token or certificate is longer.
    private static let fileLimit = 64 << 10

    var variables: [String: String]
    var environment: Environment
    var directory: String?

    public init(variables: [String: String], environment: Environment, directory: String?) {
        self.variables = variables
        self.environment = environment
        self.directory = directory
    }

    public var secrets: Secrets {
        Secrets(places: places(of:), value: { try value(of: $0) })
    }

    /// `db/shop-password` is `QUICKETL_SECRET_DB_SHOP_PASSWORD`.
    static func variable(of name: String) -> String {
        prefix
            + String(name.uppercased().map { ("A"..."Z").contains($0) || ("0"..."9").contains($0) ? $0 : "_" })
    }

    func places(of name: String) -> String {
        var places = ["the environment variable \(Self.variable(of: name))"]
        if environment == .prefixedOrPlain { places[0] += " (or \(name))" }
        places.append(directory.map { "the file \($0)/\(name)" } ?? "no folder (secrets_directory is not set)")
        return places.joined(separator: " and in ")
    }

    func value(of name: String) throws -> String? {
        if let value = variables[Self.variable(of: name)] { return value }
        if environment == .prefixedOrPlain, let value = variables[name] { return value }
        guard let directory else { return nil }
        return try file("\(directory)/\(name)", secret: name)
    }

    /// A line's end at the end is not part of it: editors put it there.
    private func file(_ path: String, secret: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { file.closeFile() }
            data = try file.read(upToCount: Self.fileLimit + 1) ?? Data()
        } catch {
            throw Failure(
                .accessDenied, "reading secret \"\(secret)\" from \(path) failed; this program may not read it")
        }
        guard data.count <= Self.fileLimit, var text = String(validating: data, as: UTF8.self) else {
            throw Failure(
                .invalidPipeline, "secret \"\(secret)\" in \(path) is not a text of at most \(Self.fileLimit) bytes")
        }
        if text.unicodeScalars.last == "\n" { text.unicodeScalars.removeLast() }
        if text.unicodeScalars.last == "\r" { text.unicodeScalars.removeLast() }
        return text
    }
}
