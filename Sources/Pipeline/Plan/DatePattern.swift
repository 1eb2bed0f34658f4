/// The pattern of `format_date`: `YYYY-MM-DD HH24:MI:SS`. Read here, so that every engine prints the same pieces.
public struct DatePattern: Hashable, Sendable {
    public enum Piece: Hashable, Sendable {
        case year4, year2, month, day, hour, minute, second
        case text(String)
    }

    public var pieces: [Piece]

    private static let marks: [(mark: String, piece: Piece)] = [
        ("YYYY", .year4), ("HH24", .hour), ("YY", .year2), ("MM", .month), ("DD", .day), ("HH", .hour), ("MI", .minute),
        ("SS", .second),
    ]

    /// nil when letters are left that mean nothing. `MM` right behind hours is a month all the same: minutes are `MI`.
    public init?(_ text: String) {
        var pieces: [Piece] = []
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.first {
            let head = String(String.UnicodeScalarView(rest.prefix(4)))
            if let (mark, piece) = Self.marks.first(where: { head.hasPrefix($0.mark) }) {
                pieces.append(piece)
                rest = rest.dropFirst(mark.unicodeScalars.count)
            } else if scalar.properties.isAlphabetic {
                // `T` stands between date and time in ISO 8601.
                guard scalar == "T" else { return nil }
                pieces.append(.text("T"))
                rest = rest.dropFirst()
            } else {
                pieces.append(.text(String(Character(scalar))))
                rest = rest.dropFirst()
            }
        }
        self.pieces = pieces
    }
}
