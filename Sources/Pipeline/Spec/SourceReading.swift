/// Reads a source: a mapping with `type`, and what the type needs.
enum SourceReading {
    private static let types = ["file", "database", "iceberg"]
    private static let csvOptions = [
        "delimiter", "delim", "sep", "header", "skip_rows", "skip", "null_values", "nullstr", "quote_char", "quote",
        "escape", "encoding", "all_varchar", "dateformat",
    ]

    static func source(_ value: FieldValue) -> SourceSpec? {
        guard var fields = FieldReader(value, noun: "a source") else { return nil }
        guard let type = fields.required("type", example: "type: file")?.text() else { return nil }
        switch type.text {
        case "file": return file(&fields).map(SourceSpec.file)
        case "database", "iceberg":
            fields.context.report("not yet: sources of type \"\(type.text)\"", at: type.place)
            return nil
        default:
            let suggestion = Suggestion.phrase(for: type.text.trimmed(60), among: types)
            fields.context.report(
                "unknown source type \"\(type.text.trimmed(60))\""
                    + (suggestion.isEmpty ? "; known is file" : suggestion),
                at: type.place)
            return nil
        }
    }

    private static func file(_ fields: inout FieldReader) -> FileSource? {
        let path = fields.required("path", example: "path: data/orders.parquet")?.path()
        let format = FileFormatReading.format(fields.value("format"), path: path, context: fields.context)
        var csv = CSVOptions()
        var types: [TypedName] = []
        var isSound = path != nil && format != nil
        if let options = fields.value("options") {
            if var reader = FieldReader(options, noun: "the options of a source") {
                types = reader.value("types").map { typedNames($0) ?? [] } ?? []
                if format == .csv || format == nil {
                    csv = CSVOptionsReading.options(&reader)
                    reader.finish()
                } else {
                    let name = format?.rawValue ?? ""
                    reader.finish {
                        csvOptions.contains($0) ? "it is an option of csv, and this source is \(name)" : nil
                    }
                }
            } else {
                isSound = false
            }
        }
        fields.finish { name in
            csvOptions.contains(name) || name == "types" ? "write it under options" : nil
        }
        guard isSound, let path, let format else { return nil }
        return FileSource(path: path, format: format, csv: csv, types: types)
    }

    /// `{column: type}`.
    static func typedNames(_ value: FieldValue) -> [TypedName]? {
        guard let pairs = value.pairs(of: "columns to types") else { return nil }
        let names = pairs.map { pair -> TypedName? in
            guard let text = pair.value.text(expecting: "the name of a type") else { return nil }
            guard let type = DataType(name: text.text) else {
                pair.value.report(DataType.explanation(ofName: text.text))
                return nil
            }
            return TypedName(pair.key.text, type, pair.key.place)
        }
        return names.contains { $0 == nil } ? nil : names.compactMap { $0 }
    }
}
