extension TransformSpec {
    /// The place of what makes a column of the result, or of what the whole transform hangs on.
    public func place(ofColumn name: String?) -> FieldPlace {
        func isNamed(_ text: PlacedText) -> Bool { name.map { text.text.utf8.elementsEqual($0.utf8) } ?? false }
        switch kind {
        case .filter(let predicate): return predicate.place
        case .deriveColumn(_, let expression): return expression.place
        case .aggregate(_, let aggregates): return aggregates.first { isNamed($0.name) }?.expression.place ?? place
        case .cast(let columns):
            return columns.first { column in name.map { column.name.utf8.elementsEqual($0.utf8) } ?? false }?.place
                ?? place
        case .fillNull(let columns): return columns.first { isNamed($0.column) }?.column.place ?? place
        case .window(let columns): return columns.first { isNamed($0.name) }?.name.place ?? place
        default: return place
        }
    }
}
