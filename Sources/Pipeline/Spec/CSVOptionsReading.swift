/// Reads the options of a CSV source, under any of the names that people give them.
enum CSVOptionsReading {
    static func options(_ fields: FieldReader) -> CSVOptions {
        var options = CSVOptions()
        options.delimiter = fields.value("delimiter").flatMap {
            mark($0, "the delimiter", lengths: 1...4)
        }
        options.header = fields.value("header")?.boolean() ?? true
        options.skipRows = Int(fields.value("skip_rows")?.integer("a number of lines", in: 0...1_000_000) ?? 0)
        options.nullValues = fields.value("null_values").map(nullValues) ?? []
        options.quote = fields.value("quote_char").flatMap { mark($0, "the quote", lengths: 0...1) }
        options.escape = fields.value("escape").flatMap { mark($0, "the escape", lengths: 0...1) }
        options.encoding = fields.value("encoding").flatMap(encoding)
        options.allVarchar = fields.value("all_varchar")?.boolean() ?? false
        options.dateFormat =
            fields.value("dateformat")?.text(expecting: "a date format such as \"%d/%m/%Y\"", limit: 100)?.text
        return options
    }

    /// `\t` means a tab however it is quoted.
    private static func mark(_ value: FieldValue, _ noun: String, lengths: ClosedRange<Int>) -> String? {
        guard let text = value.text(expecting: "\(noun) as a text")?.text else { return nil }
        let mark = text == "\\t" ? "\t" : text
        guard lengths.contains(mark.unicodeScalars.count),
            !mark.unicodeScalars.contains(where: { "\r\n\0".unicodeScalars.contains($0) })
        else {
            value.report(
                lengths.upperBound == 1
                    ? "\(noun) must be one character" : "\(noun) must have one to \(lengths.upperBound) characters")
            return nil
        }
        return mark
    }

    /// One text, or a list of them.
    private static func nullValues(_ value: FieldValue) -> [String] {
        if case .scalar = value.node.content { return value.text(limit: 1_000).map { [$0.text] } ?? [] }
        return (value.items(of: "texts", allowEmpty: true, limit: 100) ?? []).compactMap { $0.text(limit: 1_000)?.text }
    }

    private static func encoding(_ value: FieldValue) -> String? {
        guard let text = value.text(expecting: "an encoding")?.text else { return nil }
        switch text.lowercased().filter({ $0 != "_" && $0 != "-" }) {
        case "utf8": return "utf-8"
        case "utf16": return "utf-16"
        case "latin1", "iso88591": return "latin-1"
        default:
            value.report("unknown encoding \"\(text.trimmed(60))\"; known are utf-8, utf-16 and latin-1")
            return nil
        }
    }
}
