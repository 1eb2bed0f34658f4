/// Writes a JSON value: for people indented, for machines on one line; members in their order.
struct JSONPrinting {
    private let step: String
    private var text = ""

    private init(step: String) { self.step = step }

    /// `indent`: blanks per level.
    static func text(_ value: JSONValue, indent: Int) -> String {
        var printing = JSONPrinting(step: String(repeating: " ", count: indent))
        printing.write(value, "\n")
        return printing.text
    }

    /// Without a blank or a line break.
    static func line(_ value: JSONValue) -> String {
        var printing = JSONPrinting(step: "")
        printing.write(dense: value)
        return printing.text
    }

    private mutating func write(dense value: JSONValue) {
        switch value {
        case .null, .bool, .number, .text: write(value, "")
        case .array(let items):
            for (index, item) in items.enumerated() {
                text += index > 0 ? "," : "["
                write(dense: item)
            }
            text += items.isEmpty ? "[]" : "]"
        case .object(let members):
            for (index, member) in members.enumerated() {
                text += index > 0 ? "," : "{"
                write(quoted: member.name)
                text += ":"
                write(dense: member.value)
            }
            text += members.isEmpty ? "{}" : "}"
        }
    }

    /// `newLine`: a line break with the indentation of the value.
    private mutating func write(_ value: JSONValue, _ newLine: String) {
        switch value {
        case .null: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .number(let digits): text += digits
        case .text(let value): write(quoted: value)
        case .array(let items):
            // Lists of words fit a line.
            let isShort = items.allSatisfy { if case .text = $0 { true } else { false } }
            let inner = isShort ? "" : newLine + step
            text += "["
            for (index, item) in items.enumerated() {
                if index > 0 { text += isShort ? ", " : "," }
                text += inner
                write(item, inner)
            }
            text += items.isEmpty || isShort ? "]" : newLine + "]"
        case .object(let members):
            let inner = newLine + step
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                text += inner
                write(quoted: member.name)
                text += ": "
                write(member.value, inner)
            }
            text += members.isEmpty ? "}" : newLine + "}"
        }
    }

    private mutating func write(quoted value: String) {
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

extension JSONValue {
    /// The value as one line of JSON.
    public var line: String { JSONPrinting.line(self) }
}
