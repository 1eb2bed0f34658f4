/// A place in a pipeline file. Lines and columns count from 1; a column counts Unicode scalars.
public struct SourcePosition: Hashable, Sendable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One thing that is wrong (or doubtful) in a pipeline, in words that say where it stands and what to do.
public struct Problem: Hashable, Sendable, Error {
    public enum Severity: String, Sendable { case error, warning }

    public var severity: Severity
    /// As the user named it; nil for a text that came from a message.
    public var file: String?
    public var position: SourcePosition?
    /// Such as `transforms[2].predicate`; empty for the document itself.
    public var path: String
    /// One sentence, lower case, without a full stop; never holds the value of a secret.
    public var message: String

    /// Characters: a message may repeat what an author, or a generator, wrote.
    public static let messageLimit = 1_000

    public init(
        _ message: String, severity: Severity = .error, file: String? = nil, position: SourcePosition? = nil,
        path: String = ""
    ) {
        self.severity = severity
        self.file = file
        self.position = position
        self.path = path
        self.message = message.trimmed(Self.messageLimit)
    }
}

extension Problem: CustomStringConvertible {
    /// `pipeline.yml:12:5: error: transforms[2].predicate: unknown column "amuont"; did you mean "amount"?`
    public var description: String {
        var text = file ?? "pipeline"
        if let position { text += ":\(position.line):\(position.column)" }
        text += ": \(severity.rawValue): "
        if !path.isEmpty { text += "\(path): " }
        return text + message
    }
}

/// All problems of a pipeline at once; at least one of them is an error.
public struct InvalidPipeline: Error, Sendable, CustomStringConvertible {
    public var problems: [Problem]

    public init(_ problems: [Problem]) { self.problems = problems }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
