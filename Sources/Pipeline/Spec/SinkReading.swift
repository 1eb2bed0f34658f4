/// Reads the sink. Its fields may stand at the top or under `options`, as the format's own pages write both.
enum SinkReading {
    static func sink(_ value: FieldValue) -> SinkSpec? {
        guard var fields = FieldReader(value, noun: "the sink") else { return nil }
        guard let type = fields.required("type", example: "type: file")?.text() else { return nil }
        switch type.text {
        case "file": return file(&fields).map(SinkSpec.file)
        case "database":
            fields.context.report("not yet: sinks of type \"database\"", at: type.place)
            return nil
        default:
            let suggestion = Suggestion.phrase(for: type.text.trimmed(60), among: ["file", "database"])
            fields.context.report(
                "unknown sink type \"\(type.text.trimmed(60))\""
                    + (suggestion.isEmpty ? "; known is file" : suggestion),
                at: type.place)
            return nil
        }
    }

    private static func file(_ fields: inout FieldReader) -> FileSink? {
        fields.flatten("options")
        let path = fields.required("path", example: "path: out/orders.parquet")?.path()
        let format = FileFormatReading.format(fields.value("format"), path: path, context: fields.context)
        var isSound = true
        var partitionBy: [PlacedText] = []
        if let value = fields.value("partition_by") {
            if let columns = value.columns(allowEmpty: true) { partitionBy = columns } else { isSound = false }
        }
        var mode = FileSink.Mode.overwrite
        if let value = fields.value("mode") {
            if let choice = value.choice(FileSink.Mode.self, of: "mode") { mode = choice } else { isSound = false }
            if mode == .overwritePartitions, partitionBy.isEmpty, isSound {
                value.report("mode \"overwrite_partitions\" needs partition_by; write partition_by: [day]")
            }
        }
        fields.finish()
        if let path, path.text.contains("*") {
            fields.context.report("the path of a sink is one place and cannot hold \"*\"", at: path.place)
        }
        guard isSound, let path, let format else { return nil }
        return FileSink(path: path, format: format, partitionBy: partitionBy, mode: mode, place: fields.place)
    }
}
