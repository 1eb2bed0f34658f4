/// The format of a file source or sink: as given, else as the path ends, else Parquet.
enum FileFormatReading {
    /// What this version does not read or write, with a way round.
    private static let notYet: [String: String] = [
        "avro": "spark.jars.packages=org.apache.spark:spark-avro_2.13:VERSION (Spark's own) brings it to Spark",
        "delta": "spark.jars.packages=io.delta:delta-spark_2.13:VERSION brings it to Spark",
        "iceberg": "spark.jars.packages=org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:VERSION brings it to Spark",
    ].mapValues { "use parquet, and convert with a Spark job of your own: \($0)" }

    static var iceberg: String { notYet["iceberg"] ?? "" }

    /// `value` nil: no format was given. Without a path nothing more is reported about it.
    static func format(_ value: FieldValue?, path: PlacedText?, context: LoadContext) -> FileFormat? {
        let format = named(value, path: path, context: context)
        guard format == .orc, let path, [".gz", ".zst"].contains(where: { path.text.lowercased().hasSuffix($0) })
        else {
            return format
        }
        context.report("a file of orc is compressed inside; leave out what follows .orc", at: path.place)
        return nil
    }

    private static func named(_ value: FieldValue?, path: PlacedText?, context: LoadContext) -> FileFormat? {
        if let value { return value.choice(FileFormat.self, of: "format", notYet: notYet) }
        guard let path else { return nil }
        switch ending(of: path.text) {
        case "csv", "tsv": return .csv
        case "json", "jsonl", "ndjson": return .json
        case "orc": return .orc
        case let ending where notYet[ending] != nil:
            context.report("not yet: format \"\(ending)\"; \(notYet[ending] ?? "")", at: path.place)
            return nil
        default: return .parquet
        }
    }

    /// `csv` of `s3://b/day=*/part.csv.gz?version=3`, in lower case.
    private static func ending(of path: String) -> String {
        var name = path[...]
        if path.contains("://"), let query = name.firstIndex(of: "?") { name = name[..<query] }
        name = name.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        var words = name.lowercased().split(separator: ".", omittingEmptySubsequences: false).dropFirst()
        if let last = words.last, last == "gz" || last == "zst" { words = words.dropLast() }
        return words.last.map(String.init) ?? ""
    }
}
