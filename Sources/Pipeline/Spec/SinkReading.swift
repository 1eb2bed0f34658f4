/// Reads the sink. Its fields may stand at the top or under `options`, as the format's own pages write both.
enum SinkReading {
    static func sink(_ value: FieldValue) -> SinkSpec? {
        guard let value = ProfileReading.merged(value), let undecided = FieldReader(value, SinkFields.all.undecided),
            let type = undecided.required("type")?.text()
        else { return nil }
        guard let group = SinkFields.all.group(type.text) else {
            let known = SinkFields.all.tags
            let suggestion = Suggestion.phrase(for: type.text.trimmed(60), among: known)
            value.context.report(
                "unknown sink type \"\(type.text.trimmed(60))\""
                    + (suggestion.isEmpty ? "; known are \(known.joined(separator: ", "))" : suggestion),
                at: type.place)
            return nil
        }
        guard var fields = FieldReader(value, group) else { return nil }
        fields.flatten("options")
        return type.text == "database"
            ? DatabaseReading.sink(fields).map(SinkSpec.database) : file(fields).map(SinkSpec.file)
    }

    private static func file(_ fields: FieldReader) -> FileSink? {
        let path = fields.required("path")?.path()
        let format = FileFormatReading.format(fields.value("format"), path: path, context: fields.context)
        var isSound = true
        var partitionBy: [PlacedText] = []
        if let value = fields.value("partition_by") {
            if let columns = value.columns(allowEmpty: true) { partitionBy = columns } else { isSound = false }
        }
        var mode = FileSink.Mode.overwrite
        if let value = fields.value("mode") {
            if let choice = value.choice(FileSink.Mode.self, of: "mode", alsoCalled: ["replace": .overwrite]) {
                mode = choice
            } else {
                isSound = false
            }
            if mode == .overwritePartitions, partitionBy.isEmpty, isSound {
                value.report("mode \"overwrite_partitions\" needs partition_by; write partition_by: [day]")
            }
        }
        var compression: FileSink.Compression?
        if let value = fields.value("compression") {
            compression = value.choice(FileSink.Compression.self, of: "compression")
            if compression == nil { isSound = false }
            if let format, format != .parquet, compression != nil, compression != FileSink.Compression.none {
                value.report(
                    "compression is for parquet; write the path of a compressed file with .gz or .zst at its end")
            }
        }
        fields.finish()
        if let path, path.text.contains("*") {
            fields.context.report("the path of a sink is one place and cannot hold \"*\"", at: path.place)
        }
        guard isSound, let path, let format else { return nil }
        return FileSink(
            path: path, format: format, partitionBy: partitionBy, mode: mode, compression: compression,
            place: fields.place)
    }
}
