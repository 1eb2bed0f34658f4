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
}
