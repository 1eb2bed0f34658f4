/// A column's name as a key: equal only code point for code point, where `String` would merge composed and
/// decomposed forms.
struct ColumnName: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    /// Equal for names that no engine keeps apart.
    init(folding text: String) { self.text = text.lowercased() }

    static func == (left: ColumnName, right: ColumnName) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
