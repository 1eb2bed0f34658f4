/// Where data comes from: the types of sources and their fields.
enum SourceFields {
    static let all = FieldVariant(
        name: "source", noun: "a source", tag: "type", cases: [("file", file), ("database", database)])

    static let file = FieldGroup(
        "a source",
        [
            Field("type", .choice(["file"]), "Files.", required: "type: file"),
            profile,
            Field(
                "path", .text, "A file, a folder, a glob or a URI.", required: "path: data/orders.parquet"),
            Field(
                "format", .choice(FileFormat.allCases.map(\.rawValue)),
                "Absent: as the path ends, else parquet."),
            Field("options", .group(options), "How to read it."),
        ])

    static let database = FieldGroup(
        "a database source",
        [
            Field("type", .choice(["database"]), "A database.", required: "type: database"),
            profile,
            connection,
            Field("table", .name, "The table, perhaps as schema.table; or give query."),
            Field("query", .text, "A query in the language of that database; variables in it are values, never SQL."),
        ], exactlyOneOf: ["table", "query"])

    static let profile = Field(
        "profile", .name, "Takes the fields of this profile of the project file, where they are not given here.")

    static let connection = Field(
        "connection", .text,
        "A URI: postgresql, mysql, sqlite or duckdb; keep passwords out of it with ${secret:NAME}. Or postgres or "
            + "mysql alone: the server that POSTGRES_HOST and its like name.",
        required: "connection: postgresql://reader:${secret:SHOP_PASSWORD}@db.example/shop")

    /// Options that belong to csv alone.
    static let csvOptions = FieldGroup(
        "the options of a source",
        [
            Field("delimiter", .text, "Between fields; absent: found out.", aliases: ["delim", "sep"]),
            Field("header", .boolean, "Whether the first line names the columns (true)."),
            Field("skip_rows", .integer(0...1_000_000), "Lines before the header (0).", aliases: ["skip"]),
            Field(
                "null_values", .either([.text, .list(.text, allowEmpty: true)]),
                "Texts that mean null, besides the empty field.", aliases: ["nullstr"]),
            Field("quote_char", .text, "Around fields; empty: none.", aliases: ["quote"]),
            Field("escape", .text, "Before a quote inside a field."),
            Field("encoding", .text, "utf-8, utf-16 or latin-1 (utf-8)."),
            Field("all_varchar", .boolean, "Read every column as text (false)."),
            Field("dateformat", .text, "How dates are written, such as %d/%m/%Y."),
        ])

    /// Options of every format.
    static let plainOptions = FieldGroup(
        "the options of a source",
        [
            Field(
                "types", .mapping(.typeName, allowEmpty: false), "Columns to types, instead of finding them out.",
                aliases: ["dtype"])
        ])

    static let options = FieldGroup("the options of a source", plainOptions.fields + csvOptions.fields)
}

/// Where data goes to: the types of sinks and their fields.
enum SinkFields {
    static let all = FieldVariant(
        name: "sink", noun: "the sink", tag: "type", cases: [("file", file), ("database", database)])

    private static let fileFields = [
        Field("path", .text, "A file or a folder.", required: "path: out/orders.parquet"),
        Field("format", .choice(FileFormat.allCases.map(\.rawValue)), "Absent: as the path ends, else parquet."),
        Field("partition_by", .list(.name, allowEmpty: true), "A folder per value of these columns."),
        Field(
            "mode", .choice(FileSink.Mode.allCases.map(\.rawValue) + ["replace"]),
            "What becomes of what is there (overwrite); replace is overwrite."),
        Field(
            "compression", .choice(FileSink.Compression.allCases.map(\.rawValue)),
            "Of a parquet sink (snappy). Of other files their name says it: data.csv.gz, data.csv.zst."),
    ]

    static let file = FieldGroup(
        "the sink",
        [Field("type", .choice(["file"]), "Files.", required: "type: file"), SourceFields.profile] + fileFields + [
            Field("options", .group(FieldGroup("the options of the sink", fileFields)), "Another place for the fields.")
        ])

    private static let databaseFields = [
        SourceFields.connection,
        Field("table", .name, "The table, perhaps as schema.table.", required: "table: orders"),
        Field(
            "mode", .choice(DatabaseSink.Mode.allCases.map(\.rawValue) + ["merge"]),
            "append, truncate (empty it first), replace (make it anew) or upsert, also called merge (append)."),
        Field(
            "upsert_keys", .list(.name, allowEmpty: true), "Rows with equal keys are replaced, in mode upsert.",
            aliases: ["key_columns", "merge_keys"]),
    ]

    static let database = FieldGroup(
        "the database sink",
        [Field("type", .choice(["database"]), "A database.", required: "type: database"), SourceFields.profile]
            + databaseFields + [
                Field(
                    "options", .group(FieldGroup("the options of the sink", databaseFields)),
                    "Another place for the fields.")
            ])
}
