/// Reads a source: a mapping with `type`, and what the type needs.
enum SourceReading {
    static func source(_ value: FieldValue) -> SourceSpec? {
        guard let value = ProfileReading.merged(value),
            let undecided = FieldReader(value, SourceFields.all.undecided),
            let type = undecided.required("type")?.text()
        else { return nil }
        guard let group = SourceFields.all.group(type.text) else {
            value.context.report(refusal(of: type.text), at: type.place)
            return nil
        }
        guard let fields = FieldReader(value, group) else { return nil }
        return type.text == "database"
            ? DatabaseReading.source(fields).map(SourceSpec.database) : file(fields).map(SourceSpec.file)
    }

    /// The name of one of the pipeline's sources.
    static func reference(_ value: FieldValue, among names: [PlacedText], advice: String) -> PlacedText? {
        guard let name = value.name(of: "a source") else { return nil }
        guard names.contains(where: { $0.text.utf8.elementsEqual(name.text.utf8) }) else {
            let suggestion = Suggestion.phrase(for: name.text.trimmed(60), among: names.map(\.text))
            value.report(
                "no source is named \"\(name.text.trimmed(60))\""
                    + (suggestion.isEmpty ? "; \(advice)" : suggestion))
            return nil
        }
        return name
    }

    private static func refusal(of type: String) -> String {
        if type == "iceberg" { return "not yet: sources of type \"iceberg\"; \(FileFormatReading.iceberg)" }
        let known = SourceFields.all.tags
        let suggestion = Suggestion.phrase(for: type.trimmed(60), among: known)
        return "unknown source type \"\(type.trimmed(60))\""
            + (suggestion.isEmpty ? "; known are \(known.joined(separator: ", "))" : suggestion)
    }

    private static func file(_ fields: FieldReader) -> FileSource? {
        let path = fields.required("path")?.path()
        let format = FileFormatReading.format(fields.value("format"), path: path, context: fields.context)
        var csv = CSVOptions()
        var types: [TypedName] = []
        var isSound = path != nil && format != nil
        if let options = fields.value("options") {
            let group = format == .csv || format == nil ? SourceFields.options : SourceFields.plainOptions
            if let reader = FieldReader(options, group) {
                types = reader.value("types").map { typedNames($0) ?? [] } ?? []
                if format == .orc, let value = reader.value("types") {
                    value.report("the files of an orc source say their types; use a cast step behind it")
                }
                if format == .csv || format == nil { csv = CSVOptionsReading.options(reader) }
                let name = format?.rawValue ?? ""
                reader.finish {
                    csvOptions.contains($0) ? "it is an option of csv, and this source is \(name)" : nil
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

    private static let csvOptions = SourceFields.csvOptions.names

    /// `{column: type}`.
    static func typedNames(_ value: FieldValue) -> [TypedName]? {
        guard let pairs = value.pairs(of: "columns to types") else { return nil }
        let names = pairs.map { pair in type(pair.value).map { TypedName(pair.key.text, $0, pair.key.place) } }
        return names.contains { $0 == nil } ? nil : names.compactMap { $0 }
    }

    static func type(_ value: FieldValue) -> DataType? {
        guard let text = value.text(expecting: "the name of a type") else { return nil }
        guard let type = DataType(name: text.text) else {
            value.report(DataType.explanation(ofName: text.text))
            return nil
        }
        return type
    }
}
