/// Reads the URI of a database. Secrets in it stay references; variables in it may hold credentials and are marked.
enum ConnectionReading {
    static let schemes = ["postgresql", "postgres", "mysql", "mariadb", "sqlite", "duckdb"]
    private static let advice = "keep passwords out of pipelines: write ${secret:NAME} in its place"

    /// A server by name alone, and where its address stands then.
    private static let servers: [(names: [String], needs: [String], uri: String)] = [
        (
            ["postgres", "postgresql"], ["POSTGRES_USER", "POSTGRES_DATABASE"],
            "postgresql://${POSTGRES_USER}:${secret:POSTGRES_PASSWORD:-}@${POSTGRES_HOST:-localhost}:"
                + "${POSTGRES_PORT:-5432}/${POSTGRES_DATABASE}?sslmode=${POSTGRES_SSLMODE:-prefer}"
        ),
        (
            ["mysql", "mariadb"], ["MYSQL_USER", "MYSQL_DATABASE"],
            "mysql://${MYSQL_USER}:${secret:MYSQL_PASSWORD:-}@${MYSQL_HOST:-localhost}:${MYSQL_PORT:-3306}/"
                + "${MYSQL_DATABASE}"
        ),
    ]

    /// A server's name as its URI; nil, reported: the variables are not there that it is made of.
    private static func addressed(_ value: FieldValue) -> FieldValue? {
        guard case .scalar(let scalar) = value.node.content,
            let server = servers.first(where: { $0.names.contains(scalar.text) })
        else { return value }
        let scope = value.context.substitution.scope
        let absent = server.needs.filter { scope.value(of: $0) == nil && !scope.isGiven($0) }
        guard absent.isEmpty else {
            value.report(
                "\(scalar.text) alone is the server that variables name, and \(absent.joined(separator: " and ")) "
                    + "\(absent.count == 1 ? "is" : "are") not set; set them, or write a URI such as "
                    + "\(server.names[0])://user:${secret:NAME}@host/database")
            return nil
        }
        var node = value.node
        node.content = .scalar(YAMLScalar(text: server.uri, style: .plain, isTaggedText: true))
        return FieldValue(node: node, path: value.place.path, context: value.context)
    }

    static func connection(_ value: FieldValue) -> SecretText? {
        guard let value = addressed(value) else { return nil }
        guard let outcome = value.secretOutcome(expecting: "a connection as a URI") else { return nil }
        let text = outcome.text
        if outcome.pieces.isEmpty || (text.isEmpty && !outcome.pieces.contains { $0.secret != nil }) {
            value.report("the connection is empty; write a URI such as postgresql://user:${secret:NAME}@host/database")
            return nil
        }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            value.report("the connection holds a control character")
            return nil
        }
        guard checkScheme(outcome, value) else { return nil }
        warnOfPassword(outcome, value)
        value.context.markSensitive(sensitive(outcome))
        return SecretText(segments(outcome), value.place)
    }

    private static func segments(_ outcome: VariableSubstitution.Outcome) -> [SecretText.Segment] {
        var segments: [SecretText.Segment] = []
        for piece in outcome.pieces {
            if let secret = piece.secret {
                segments.append(.secret(name: secret, fallback: piece.secretHasDefault ? piece.text : nil))
            } else if case .text(let before)? = segments.last {
                segments[segments.count - 1] = .text(before + piece.text)
            } else if !piece.text.isEmpty {
                segments.append(.text(piece.text))
            }
        }
        return segments
    }

    /// What stands before `://`, where that is known here. Values are not shown.
    private static func checkScheme(_ outcome: VariableSubstitution.Outcome, _ value: FieldValue) -> Bool {
        guard outcome.pieces.first?.secret == nil else { return true }
        var text = ""
        for piece in outcome.pieces.prefix(while: { $0.secret == nil }) { text += piece.text }
        guard let mark = text.firstRange(of: "://") else {
            value.report(
                "the connection is no URI; write postgresql://, mysql://, sqlite:// or duckdb:// and what follows (or "
                    + "postgres or mysql alone, with POSTGRES_HOST and its like in the environment)")
            return false
        }
        let scheme = String(text[..<mark.lowerBound])
        guard !schemes.contains(scheme.lowercased()) else { return true }
        let isWritten = outcome.pieces[0].variable == nil && outcome.pieces[0].text.contains("://")
        guard isWritten else {
            value.report(
                "the connection that a variable holds begins with no scheme that is known; known are "
                    + schemes.joined(separator: ", "))
            return false
        }
        let suggestion = Suggestion.phrase(for: scheme.trimmed(60), among: schemes)
        value.report(
            "databases of kind \"\(scheme.trimmed(60))\" are not supported"
                + (suggestion.isEmpty ? "; known are \(schemes.joined(separator: ", "))" : suggestion))
        return false
    }

    // MARK: Credentials

    /// A password that the author wrote out: `user:pw@`, `password=pw`.
    private static func warnOfPassword(_ outcome: VariableSubstitution.Outcome, _ value: FieldValue) {
        let places = CredentialPlaces(outcome.pieces)
        if places.holdsWrittenPassword {
            value.report("the connection holds a password; \(advice)", severity: .warning)
            value.context.writtenPasswords.append(value.place)
        }
    }

    /// Variables whose value may be, or hold, a credential: all but those that name a host, a path or a database and
    /// cannot be more than a name.
    private static func sensitive(_ outcome: VariableSubstitution.Outcome) -> Set<String> {
        CredentialPlaces(outcome.pieces).sensitiveVariables.union(outcome.variablesInSecretDefaults)
    }
}

/// Where in a connection user and password stand.
private struct CredentialPlaces {
    private let pieces: [VariableSubstitution.Outcome.Piece]
    /// Whole text with a mark for each secret, and for each scalar the piece that it came from.
    private var scalars: [Unicode.Scalar] = []
    private var owners: [Int] = []

    init(_ pieces: [VariableSubstitution.Outcome.Piece]) {
        self.pieces = pieces
        for (index, piece) in pieces.enumerated() {
            let text = piece.secret == nil ? Array(piece.text.unicodeScalars) : ["\0"]
            scalars += text
            owners += Array(repeating: index, count: text.count)
        }
    }

    /// From behind `://` to the `@`, if there is one.
    private var userInfo: Range<Int>? {
        guard let start else { return nil }
        return scalars[start...].lastIndex(of: "@").map { start..<$0 }
    }

    private var start: Int? {
        scalars.indices.first { $0 + 2 < scalars.count && scalars[$0...($0 + 2)].elementsEqual("://".unicodeScalars) }
            .map { $0 + 3 }
    }

    /// Written in the pipeline, perhaps as the default of a variable.
    private func isAuthors(_ index: Int) -> Bool {
        let piece = pieces[owners[index]]
        return piece.secret == nil && (piece.variable == nil || piece.isDeclaredDefault)
    }

    var holdsWrittenPassword: Bool {
        if let userInfo, let colon = scalars[userInfo].firstIndex(of: ":"),
            scalars[(colon + 1)..<userInfo.upperBound].indices.contains(where: isAuthors)
        {
            return true
        }
        let lower = scalars.map { $0.isASCII ? Unicode.Scalar($0.properties.lowercaseMapping) ?? $0 : $0 }
        return ["password=", "passwd=", "pwd="].contains { word in
            guard let first = lower.firstRange(of: Array(word.unicodeScalars))?.upperBound else { return false }
            return first < scalars.count && scalars[first] != "&" && isAuthors(first)
        }
    }

    var sensitiveVariables: Set<String> {
        var names: Set<String> = []
        for (index, piece) in pieces.enumerated() {
            guard let name = piece.variable else { continue }
            if !isHarmless(index) { names.insert(name) }
        }
        return names
    }

    /// Behind a scheme that the author wrote: in the path of a file, or, with nothing in it but what names are made
    /// of, behind the `@` or where there is no `@` at all, and before the options.
    private func isHarmless(_ index: Int) -> Bool {
        guard let start, owners[..<start].allSatisfy({ pieces[$0].variable == nil }) else { return false }
        guard let first = owners.firstIndex(of: index) else { return true }
        guard first >= start, !scalars[start..<first].contains("?") else { return false }
        let scheme = String(String.UnicodeScalarView(scalars[..<(start - 3)])).lowercased()
        let value = pieces[index].text.unicodeScalars
        if scheme == "sqlite" || scheme == "duckdb" { return !value.contains("?") }
        if let userInfo, userInfo.contains(first) { return false }
        return value.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": true
            default: false
            }
        }
    }
}
