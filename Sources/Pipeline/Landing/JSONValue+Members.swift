/// Looking into messages whose form is somebody else's.
extension JSONValue {
    /// The member of an object; nil for `null`, which means the same as absent.
    subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self,
            let member = members.first(where: { $0.name.utf8.elementsEqual(name.utf8) })
        else { return nil }
        if case .null = member.value { return nil }
        return member.value
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }

    var elements: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    /// A whole number, also one that is written as a text.
    var wholeNumber: Int64? {
        switch self {
        case .number(let digits), .text(let digits): Int64(digits)
        default: nil
        }
    }
}
