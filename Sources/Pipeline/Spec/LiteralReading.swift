/// Reads a value that keeps the type that YAML gives it.
enum LiteralReading {
    /// nil, reported, for lists, mappings, and nothing at all (unless `orNull`).
    static func literal(_ value: FieldValue, orNull: Bool = false) -> PlacedLiteral? {
        if orNull, case .scalar(let scalar) = value.node.content, scalar.meaning == .null {
            return PlacedLiteral(.null, value.place)
        }
        guard let scalar = value.scalar(expecting: "a value") else { return nil }
        guard !scalar.text.unicodeScalars.contains("\0") else {
            value.report("the value holds a NUL character")
            return nil
        }
        return literal(scalar, value).map {
            PlacedLiteral($0, isFromVariable: scalar.outcome.hasReference, value.place)
        }
    }

    private static func literal(_ scalar: FieldValue.Scalar, _ value: FieldValue) -> Literal? {
        switch scalar.meaning {
        case .null: return .null
        case .boolean(let flag):
            if !["true", "false"].contains(scalar.text.lowercased()) {
                value.report(
                    "\(scalar.text) unquoted is the boolean \(flag) in YAML; write \"\(scalar.text)\" in "
                        + "quotes if it is text",
                    severity: .warning)
            }
            return .boolean(flag)
        case .integer(let number): return .integer(number)
        case .decimal(let text):
            guard text.lowercased().contains("e") else { return .decimal(text) }
            guard let number = Double(text), number.isFinite else {
                value.report("the number is beyond what a double can hold")
                return nil
            }
            return .double(number)
        case .date(let text): return .date(text)
        case .timestamp(let text): return .timestamp(text)
        case .text, .refused: return .text(scalar.text)
        }
    }
}
