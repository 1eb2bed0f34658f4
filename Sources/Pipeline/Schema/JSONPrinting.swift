/// Writes a JSON value for people: indented by two blanks, members in their order.
enum JSONPrinting {
    static func text(_ value: JSONValue) -> String {
        var text = ""
        write(value, "\n", to: &text)
        return text
    }

    /// `newLine`: a line break with the indentation of the value.
    private static func write(_ value: JSONValue, _ newLine: String, to text: inout String) {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .number(let digits): text += digits
        case .text(let value): write(quoted: value, to: &text)
        case .array(let items):
            // Lists of words fit a line.
            let isShort = items.allSatisfy { if case .text = $0 { true } else { false } }
            let inner = isShort ? "" : newLine + "  "
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += isShort ? ", " : "," }
                text += inner
                write(item, inner, to: &text)
            }
            text += items.isEmpty || isShort ? "]" : newLine + "]"
        case .object(let members):
            let inner = newLine + "  "
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                text += inner
                write(quoted: member.name, to: &text)
                text += ": "
                write(member.value, inner, to: &text)
            }
            text += members.isEmpty ? "}" : newLine + "}"
        }
    }

    private static func write(quoted value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case _ where scalar.value < 0x20:
                text += "\\u" + String(repeating: "0", count: scalar.value < 0x10 ? 3 : 2)
                text += String(scalar.value, radix: 16)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
