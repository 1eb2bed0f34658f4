/// What is wrong with a connection. Holds nothing of what secrets stand for.
public struct InvalidConnection: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    init(_ description: String) { self.description = description }
}

extension DatabaseAddress {
    /// Reads a URI once its secrets are known. A secret within a URI stands for itself, whatever signs it holds; only
    /// a secret at the URI's beginning is read as (the beginning of) a URI.
    ///
    /// `baseDirectory`: for files named by a relative path. `lookup` answers nil for a secret that is not set.
    public init(
        _ connection: SecretText, baseDirectory: String, lookup: (String) throws -> String?
    ) throws {
        var values: [Unicode.Scalar: String] = [:]
        var text = ""
        var missing: [String] = []
        for (index, segment) in connection.segments.enumerated() {
            switch segment {
            case .text(let part):
                guard !part.unicodeScalars.contains(where: ConnectionParts.isMark) else {
                    throw InvalidConnection("the connection holds a character that no URI has")
                }
                text += part
            case .secret(let name, let fallback):
                guard let value = try lookup(name) ?? fallback else {
                    missing.append(name)
                    continue
                }
                guard index > 0, let mark = Unicode.Scalar(ConnectionParts.firstMark + UInt32(index)) else {
                    text += value
                    continue
                }
                values[mark] = value
                text.unicodeScalars.append(mark)
            }
        }
        guard missing.isEmpty else { throw MissingSecrets(names: missing, path: connection.place.path) }
        self = try ConnectionParts(values: values).address(of: text, baseDirectory: baseDirectory)
    }
}

/// Takes a URI apart in which private characters stand for secrets.
private struct ConnectionParts {
    /// Of plane 16, which is for private use.
    static let firstMark: UInt32 = 0x10_0000

    static func isMark(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= firstMark }

    typealias Text = Substring.UnicodeScalarView

    let values: [Unicode.Scalar: String]

    func address(of text: String, baseDirectory: String) throws -> DatabaseAddress {
        guard let mark = text.firstRange(of: "://") else {
            throw InvalidConnection("the connection is no URI; it has to begin like postgresql:// or sqlite://")
        }
        let rest = text[mark.upperBound...].unicodeScalars
        switch text[..<mark.lowerBound].lowercased() {
        case "postgresql", "postgres": return try server(.postgresql, rest)
        case "mysql", "mariadb": return try server(.mysql, rest)
        case "sqlite": return try file(.sqlite, rest, baseDirectory)
        case "duckdb": return try file(.duckdb, rest, baseDirectory)
        default:
            throw InvalidConnection(
                "the connection begins with no scheme that is known; known are "
                    + ConnectionReading.schemes.joined(separator: ", "))
        }
    }

    /// `sqlite://a.db` and `sqlite:///a.db` are relative, `sqlite:////a.db` is absolute.
    private func file(_ kind: DatabaseAddress.Kind, _ text: Text, _ base: String) throws -> DatabaseAddress {
        guard !text.contains("?") else {
            throw InvalidConnection("a connection to a file has no options; remove what stands behind the ?")
        }
        let path = text.first == "/" ? text.dropFirst() : text
        let name = substituted(path)
        guard !name.isEmpty, !name.hasSuffix("/"), name != ":memory:" else {
            throw InvalidConnection(
                "the connection names no file; write \(kind.rawValue)://folder/file.db, "
                    + "or \(kind.rawValue):////folder/file.db for an absolute path")
        }
        guard !name.contains("://"), !name.unicodeScalars.contains("\0") else {
            throw InvalidConnection("the connection names no file of this machine")
        }
        return DatabaseAddress(kind: kind, database: ResolvedPath.absolute(name, in: base))
    }

    private func server(_ kind: DatabaseAddress.Kind, _ text: Text) throws -> DatabaseAddress {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var place = parts[0]
        var address = DatabaseAddress(kind: kind, database: "")
        if let at = place.lastIndex(of: "@") {
            readUser(place[..<at], into: &address)
            place = place[place.index(after: at)...]
        }
        let slash = place.firstIndex(of: "/") ?? place.endIndex
        try readHost(substituted(place[..<slash]), into: &address)
        address.database = slash == place.endIndex ? "" : decoded(place[place.index(after: slash)...])
        if parts.count == 2 { try readOptions(parts[1], into: &address) }
        if kind == .postgresql, address.database.isEmpty { address.database = address.user ?? "" }
        guard !address.database.isEmpty else {
            throw InvalidConnection("the connection names no database; write \(kind.rawValue)://user@host/database")
        }
        let texts = [address.host, address.user, address.password, address.database] + address.options.map(\.value)
        guard !texts.contains(where: { $0?.unicodeScalars.contains("\0") == true }) else {
            throw InvalidConnection("the connection holds a NUL character")
        }
        return address
    }

    private func readUser(_ text: Text, into address: inout DatabaseAddress) {
        // One secret that holds both.
        if text.count == 1, let mark = text.first, let both = values[mark] {
            let colon = both.unicodeScalars.firstIndex(of: ":")
            address.user = String(both[..<(colon ?? both.endIndex)])
            address.password = colon.map { String(String.UnicodeScalarView(both.unicodeScalars[$0...].dropFirst())) }
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        address.user = decoded(parts[0])
        address.password = parts.count == 2 ? decoded(parts[1]) : nil
    }

    private func readHost(_ text: String, into address: inout DatabaseAddress) throws {
        guard !text.contains(",") else { throw InvalidConnection("the connection names several hosts; one is needed") }
        var host = text
        var port = ""
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = String(text[text.index(after: text.startIndex)..<end])
            port = String(text[text.index(after: end)...].drop { $0 == ":" })
        } else if let colon = text.lastIndex(of: ":") {
            host = String(text[..<colon])
            port = String(text[text.index(after: colon)...])
        }
        address.host = host.lowercased()
        if !port.isEmpty { address.port = try Self.port(port) }
    }

    private static func port(_ text: String) throws -> Int {
        guard let port = Int(text), (1...65_535).contains(port) else {
            throw InvalidConnection("the port of the connection is not a number from 1 to 65535")
        }
        return port
    }

    // MARK: Options

    /// Those that change where or how a connection is made, not what is read. Files that they name are the worker's.
    private static let known: [DatabaseAddress.Kind: Set<String>] = [
        .postgresql: [
            "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "application_name", "options",
            "target_session_attrs", "channel_binding", "gssencmode", "keepalives", "keepalives_idle",
            "keepalives_interval", "keepalives_count", "tcp_user_timeout",
        ],
        .mysql: ["socket", "ssl_mode", "ssl_ca", "ssl_capath", "ssl_cert", "ssl_cipher", "ssl_key"],
    ]
    /// Known from other programs, and without meaning here: texts are always Unicode.
    private static let ignored: Set<String> = ["charset", "client_encoding"]

    private func readOptions(_ text: Text, into address: inout DatabaseAddress) throws {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = decoded(parts[0]).lowercased().replacing("-", with: "_")
            let value = parts.count == 2 ? decoded(parts[1]) : ""
            switch name {
            case "user": address.user = value
            case "password": address.password = value
            // A folder with a socket, as libpq has it.
            case "host": address.host = value
            case "port": address.port = try Self.port(value)
            case "dbname": address.database = value
            case _ where Self.ignored.contains(name): break
            case _ where Self.known[address.kind]?.contains(name) == true: address.options[name] = value
            default:
                let known = (Self.known[address.kind] ?? []).sorted().joined(separator: ", ")
                throw InvalidConnection("the connection has an option that is not known; known are \(known)")
            }
        }
    }

    // MARK: Pieces

    private func substituted(_ text: Text) -> String {
        var result = ""
        for scalar in text {
            if let value = values[scalar] { result += value } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    /// `%40` is `@`, in what the author wrote; a sign that begins no such triple stands for itself.
    private func decoded(_ text: Text) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let scalar = rest.popFirst() {
            if let value = values[scalar] {
                bytes += Array(value.utf8)
            } else if scalar == "%", let code = UInt8(String(String.UnicodeScalarView(rest.prefix(2))), radix: 16),
                rest.prefix(2).allSatisfy({ $0.properties.isASCIIHexDigit }), rest.prefix(2).count == 2
            {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes += Array(String(scalar).utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
