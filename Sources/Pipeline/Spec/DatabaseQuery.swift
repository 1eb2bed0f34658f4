/// A query in the language of its database, with the values of variables kept apart from what its author wrote, so
/// that whoever sends it binds or quotes them.
public struct DatabaseQuery: Hashable, Sendable {
    public enum Segment: Hashable, Sendable {
        /// SQL as its author wrote it.
        case sql(String)
        /// A variable outside quotes: one value. A number, a boolean, a date or a timestamp if it reads as one, else a
        /// text.
        case value(Literal)
        /// A variable inside quotes that the author wrote (`'`, `"` or a backtick): a part of that text or name.
        case quotedPart(String, quote: Character)
    }

    public var segments: [Segment]
    public var place: FieldPlace

    public init(_ segments: [Segment], _ place: FieldPlace = FieldPlace(path: "")) {
        self.segments = segments
        self.place = place
    }

    /// As one text of SQL, values quoted. `backslashEscapes`: whether the database takes a backslash in a text for an
    /// escape, as MySQL and MariaDB do.
    public func sql(backslashEscapes: Bool) -> String {
        segments.map { segment in
            switch segment {
            case .sql(let text): text
            case .value(let literal): Self.sql(literal, backslashEscapes)
            case .quotedPart(let text, let quote): Self.escaped(text, quote, backslashEscapes)
            }
        }.joined()
    }

    /// Dates are texts, which every database reads as dates where it compares them with one.
    private static func sql(_ literal: Literal, _ backslashEscapes: Bool) -> String {
        func quoted(_ text: String) -> String { "'\(escaped(text, "'", backslashEscapes))'" }
        // Brackets keep a sign apart from another before it.
        func number(_ text: String) -> String { text.hasPrefix("-") ? "(\(text))" : text }
        return switch literal {
        case .null, .interval: "NULL"
        case .boolean(let flag): flag ? "TRUE" : "FALSE"
        case .integer(let value): number(String(value))
        case .decimal(let digits): number(digits)
        case .double(let value): number(String(value))
        case .text(let text), .date(let text), .timestamp(let text): quoted(text)
        }
    }

    private static func escaped(_ text: String, _ quote: Character, _ backslashEscapes: Bool) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if Character(scalar) == quote || (scalar == "\\" && backslashEscapes && quote != "`") {
                result.append(scalar)
            }
            result.append(scalar)
        }
        return String(result)
    }
}
