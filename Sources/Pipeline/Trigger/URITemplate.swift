/// A pattern of places: `s3://lake/raw/sales/date={DATE}/{FILE}.parquet`.
///
/// `{NAME}` takes one or more characters of one part of the path and gives them a name, `*` takes any number of them,
/// `**/` takes whole folders (or none), and `**` at the end takes whatever follows. `{{` and `}}` are braces.
public struct URITemplate: Sendable {
    enum Token: Sendable {
        case literal([UInt8])
        case capture(String)
        case star
        /// `**/`
        case folders
        /// `**` at the end.
        case rest

        var isOpen: Bool { if case .literal = self { false } else { true } }
    }

    struct Mistake: Error { var message: String }

    public let text: String
    let tokens: [Token]

    static let lengthLimit = 4_096
    static let tokenLimit = 100

    /// Names in the order written.
    public var captures: [String] {
        tokens.compactMap { if case .capture(let name) = $0 { name } else { nil } }
    }

    init(_ text: String) throws(Mistake) {
        guard text.utf8.count <= Self.lengthLimit else {
            throw Mistake(message: "the template has \(text.utf8.count) bytes; at most \(Self.lengthLimit) are allowed")
        }
        self.text = text
        tokens = try Self.read(text)
        try check()
    }

    private init(text: String, tokens: [Token]) {
        self.text = text
        self.tokens = tokens
    }

    private static func read(_ text: String) throws(Mistake) -> [Token] {
        var tokens: [Token] = []
        var literal: [UInt8] = []
        func flush() {
            if !literal.isEmpty { tokens.append(.literal(literal)) }
            literal = []
        }
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                rest.removeFirst()
                literal.append(UInt8(truncatingIfNeeded: scalar.value))
            case "{":
                guard let end = rest.firstIndex(of: "}") else { throw Mistake(message: "\"{\" is not closed by \"}\"") }
                let name = String(String.UnicodeScalarView(rest[..<end]))
                guard VariableTemplate.isName(name) else {
                    throw Mistake(
                        message: "\"{\(name.trimmed(60))}\" is no name of a variable; use letters, digits and _, not a "
                            + "digit first, or {{ for a brace")
                }
                flush()
                tokens.append(.capture(name))
                rest = rest[(end + 1)...]
            case "}": throw Mistake(message: "\"}\" without \"{\"; write }} for a brace")
            case "*":
                let startsPart = literal.isEmpty ? tokens.isEmpty : literal.last == UInt8(ascii: "/")
                flush()
                guard rest.first == "*" else {
                    tokens.append(.star)
                    continue
                }
                rest.removeFirst()
                if rest.isEmpty {
                    tokens.append(.rest)
                } else if rest.first == "/", startsPart {
                    rest.removeFirst()
                    tokens.append(.folders)
                } else {
                    throw Mistake(
                        message: "\"**\" stands for whole folders: write **/ at the start of a part, or ** at the end")
                }
            default: literal.append(contentsOf: Array(String(scalar).utf8))
            }
        }
        flush()
        return tokens
    }

    private func check() throws(Mistake) {
        guard !tokens.isEmpty else { throw Mistake(message: "the template is empty") }
        guard tokens.count <= Self.tokenLimit else {
            throw Mistake(message: "the template has more than \(Self.tokenLimit) pieces")
        }
        for (left, right) in zip(tokens, tokens.dropFirst()) where left.isOpen && right.isOpen {
            // What `**/` takes ends with a slash.
            if case .folders = left { if case .folders = right {} else { continue } }
            throw Mistake(message: "between two of {…}, * and ** something must stand that says where one ends")
        }
        var seen: Set<String> = []
        for name in captures where !seen.insert(name).inserted {
            throw Mistake(message: "{\(name)} stands more than once; use two names, or * where no name is needed")
        }
    }

    /// The folder that a match lies in, with the captures of its part; nil when there is no slash in the last literal
    /// piece that has one.
    public func beside(_ name: String) -> URITemplate? {
        guard let folder = folderTokens else { return nil }
        var tokens = folder
        if case .literal(let bytes)? = tokens.last {
            tokens[tokens.count - 1] = .literal(bytes + Array(name.utf8))
        } else {
            tokens.append(.literal(Array(name.utf8)))
        }
        return URITemplate(text: "\(text) (\(name))", tokens: tokens)
    }

    /// Captures before the last slash: those that name the folder.
    public var folderCaptures: [String] {
        (folderTokens ?? []).compactMap { if case .capture(let name) = $0 { name } else { nil } }
    }

    private var folderTokens: [Token]? {
        for index in tokens.indices.reversed() {
            switch tokens[index] {
            case .literal(let bytes):
                guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { continue }
                return tokens[..<index] + [.literal(Array(bytes[...slash]))]
            case .folders: return Array(tokens[...index])
            case .capture, .star, .rest: continue
            }
        }
        return nil
    }

    /// Of a template of local files: the deepest folder that every match lies in. nil for places elsewhere.
    public var localRoot: String? {
        guard text.hasPrefix("/") else { return nil }
        guard case .literal(let bytes)? = tokens.first, let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            return "/"
        }
        // Up to a slash, so that no character is cut.
        return slash == 0 ? "/" : String(decoding: bytes[..<slash], as: UTF8.self)
    }
}

extension URITemplate {
    /// The captures, when the whole of `uri` matches. The leftmost of several ways in which it could, each piece as
    /// short as possible.
    public func match(_ uri: String) -> [String: String]? {
        var matching = Matching(tokens: tokens, text: Array(uri.utf8))
        guard matching.matches(0, 0) else { return nil }
        var captures: [String: String] = [:]
        for (index, token) in tokens.enumerated() {
            guard case .capture(let name) = token else { continue }
            let end = matching.ends[index]
            let start = index == 0 ? 0 : matching.ends[index - 1]
            // Pieces end where literals begin, which are whole characters.
            guard let value = String(validating: matching.text[start..<end], as: UTF8.self) else { return nil }
            captures[name] = value
        }
        return captures
    }

    /// Each pair of piece and position is tried once, whatever the template.
    private struct Matching {
        let tokens: [Token]
        let text: [UInt8]
        var ends: [Int]
        private var failed: Set<Int> = []

        init(tokens: [Token], text: [UInt8]) {
            self.tokens = tokens
            self.text = text
            ends = Array(repeating: 0, count: tokens.count)
        }

        mutating func matches(_ token: Int, _ position: Int) -> Bool {
            guard token < tokens.count else { return position == text.count }
            let place = token * (text.count + 1) + position
            if failed.contains(place) { return false }
            if goesOn(token, position) { return true }
            failed.insert(place)
            return false
        }

        private mutating func goesOn(_ token: Int, _ position: Int) -> Bool {
            switch tokens[token] {
            case .literal(let bytes):
                return text[position...].starts(with: bytes) && end(token, position + bytes.count)
            case .capture, .star:
                var next = position
                if case .star = tokens[token], end(token, next) { return true }
                while next < text.count, text[next] != UInt8(ascii: "/") {
                    next += 1
                    if end(token, next) { return true }
                }
                return false
            case .folders:
                if end(token, position) { return true }
                for next in position..<text.count where text[next] == UInt8(ascii: "/") {
                    if end(token, next + 1) { return true }
                }
                return false
            case .rest: return end(token, text.count)
            }
        }

        private mutating func end(_ token: Int, _ position: Int) -> Bool {
            ends[token] = position
            guard matches(token + 1, position) else { return false }
            ends[token] = position
            return true
        }
    }
}
