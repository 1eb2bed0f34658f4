/// `[${KEY:-region}]`, `{path: ${FILE}}`: in lists and mappings on one line YAML takes the braces of a variable for a
/// mapping. So the parser gets other characters in their place, one for one, which keeps every position.
enum VariableBraces {
    // Nobody uses these; a file that does is parsed as it is.
    private static let opening: Unicode.Scalar = "\u{E7F0}"
    private static let closing: Unicode.Scalar = "\u{E7F1}"

    /// nil when there is nothing to hide.
    static func hidden(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar]? {
        var result = scalars
        var pending: [Int] = []
        var found = false
        for (index, scalar) in scalars.enumerated() {
            switch scalar {
            case "{" where index > 0 && scalars[index - 1] == "$" && index + 1 < scalars.count:
                pending.append(index)
            case "}":
                guard let start = pending.popLast() else { continue }
                (result[start], result[index]) = (opening, closing)
                found = true
            // Where YAML ends a plain text, the braces do not belong together.
            case "{", ",", "[", "]", "\n", "\r", "\"", "'": pending = []
            case opening, closing: return nil
            default: break
            }
        }
        return found ? result : nil
    }

    static func shown(_ text: String) -> String {
        // Both begin with the byte 0xEE, which is rare.
        guard text.utf8.contains(0xEE), text.unicodeScalars.contains(where: { $0 == opening || $0 == closing }) else {
            return text
        }
        var view = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { view.append(scalar == opening ? "{" : scalar == closing ? "}" : scalar) }
        return String(view)
    }
}
