import Pipeline

/// How DuckDB reads the files of a source.
struct DuckDBScan: Sendable {
    let dialect = DuckDBDialect()
    let paths: DataPath
    /// That DuckDB may use; nil: as much as it likes.
    var memoryLimitBytes: Int64?

    /// Below this memory CSV files are read in small pieces.
    private static let smallMemory: Int64 = 512 << 20
    /// DuckDB's own longest line, and pieces that hold two of those; it would take 32 MB for each piece.
    private static let smallPieces = ["max_line_size=2000000", "buffer_size=4000000"]
    private var csvPieces: [String] { memoryLimitBytes.map { $0 < Self.smallMemory } == true ? Self.smallPieces : [] }

    /// Rows of `sample` that decide whether a column holds any value at all; what DuckDB's own sniffer looks at.
    private static let sample = 20_480

    /// The table function, alone. `schema`: what `describe` found, so that nothing is read as something else.
    func table(_ source: FileSource, allText: Bool = false, schema: Schema? = nil) -> String {
        let path = paths.pattern(source.path.text, format: source.format)
        var options: [String]
        switch source.format {
        // ORC is none of its formats: the statement is for looking at.
        case .parquet, .orc: options = []
        // A key may come late: every row is looked at for keys and types. What lies deeper than any table has columns
        // stays JSON: the time that finding its type takes grows with the square of its depth.
        case .json: options = ["map_inference_threshold=-1", "sample_size=-1", "maximum_depth=64"]
        case .csv: options = csv(source, allText: allText, schema: schema)
        }
        options += ["hive_partitioning=true", "hive_types_autocast=false"]
        let function =
            ["parquet": "read_parquet", "csv": "read_csv", "json": "read_json", "orc": "read_orc"][
                source.format.rawValue] ?? ""
        return "\(function)(\(([dialect.text(path)] + options).joined(separator: ", ")))"
    }

    /// Up to the header: empty lines before it are none of the file. (DuckDB itself looks for the header only where no
    /// `skip` is given, and then leaves out lines that it cannot explain, too.)
    private func skippedLines(_ source: FileSource) -> Int {
        let csv = source.csv
        let isText = ["utf-8", "utf8"].contains(csv.encoding?.lowercased() ?? "utf-8")
        guard csv.header, isText else { return csv.skipRows }
        return csv.skipRows + paths.emptyLines(source.path.text, behind: csv.skipRows)
    }

    private func csv(_ source: FileSource, allText: Bool, schema: Schema?) -> [String] {
        let csv = source.csv
        var options = ["header=\(csv.header)", "skip=\(skippedLines(source))"] + csvPieces
        // An empty field is always null, whatever else is.
        options.append("nullstr=\(dialect.texts([""] + csv.nullValues))")
        if let delimiter = csv.delimiter { options.append("delim=\(dialect.text(delimiter))") }
        if let quote = csv.quote { options.append("quote=\(dialect.text(quote))") }
        if let escape = csv.escape { options.append("escape=\(dialect.text(escape))") }
        if let encoding = csv.encoding { options.append("encoding=\(dialect.text(encoding))") }
        if allText || csv.allVarchar {
            options.append("all_varchar=true")
        } else {
            if let format = csv.dateFormat { options.append("dateformat=\(dialect.text(format))") }
            // Texts as texts: what `describe` found to be ambiguous would else be read in one of its ways.
            let texts = (schema?.columns ?? []).filter { $0.type == .text }.map { TypedName($0.name, .text) }
            let wanted = source.types + texts.filter { text in !source.types.contains { $0.name == text.name } }
            if !wanted.isEmpty {
                let hive = paths.hiveNames(source.path.text)
                let pairs = wanted.filter { !hive.contains($0.name) }.map {
                    "\(dialect.text($0.name)): \(dialect.text(dialect.name(of: $0.type)))"
                }
                if !pairs.isEmpty { options.append("types={\(pairs.joined(separator: ", "))}") }
            }
        }
        return options
    }

    /// A statement whose rows are (column_name, column_type), in order; `"NULL"` is the type of a column without any
    /// value. Of ORC files only the columns that folders' names tell.
    func describe(_ source: FileSource) -> String {
        guard source.format != .orc else {
            return "SELECT hive_name AS column_name, hive_type AS column_type FROM (\(hiveTypes(source)))"
        }
        var tables = [
            "d AS (SELECT row_number() OVER () AS position, column_name, column_type "
                + "FROM (DESCRIBE SELECT * FROM \(table(source))))",
            "h AS (\(hiveTypes(source)))",
        ]
        let types = source.types.map { "WHEN \(dialect.text($0.name)) THEN \(dialect.text(dialect.name(of: $0.type)))" }
        var type = "coalesce(h.hive_type, d.column_type)"
        var joins = "LEFT JOIN h ON h.hive_name = d.column_name"
        if source.format == .json {
            tables.append("f AS (\(filled(source)))")
            type = "CASE WHEN h.hive_type IS NULL AND f.filled = 0 THEN '\"NULL\"' ELSE \(type) END"
            joins += " LEFT JOIN f ON f.filled_name = d.column_name"
        }
        if source.format == .csv {
            let moments = (source.csv.dateFormat == nil ? ["DATE"] : []) + ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE"]
            tables.append("v AS (\(values(source)))")
            joins += " LEFT JOIN v ON v.value_name = d.column_name"
            type =
                "CASE WHEN h.hive_type IS NULL AND v.value_name IS NULL THEN '\"NULL\"' "
                + "WHEN h.hive_type IS NULL AND NOT v.year_first "
                + "AND list_contains(\(dialect.texts(moments)), d.column_type) THEN 'VARCHAR' ELSE \(type) END"
        }
        var condition = ""
        if source.format == .csv, source.csv.header, source.csv.delimiter == nil {
            tables.append("e AS (\(raggedness(source)))")
            condition = "WHERE (SELECT refusal FROM e) IS NULL "
        }
        if !types.isEmpty { type = "CASE d.column_name \(types.joined(separator: " ")) ELSE \(type) END" }
        return "WITH \(tables.joined(separator: ", ")) SELECT d.column_name, \(type) AS column_type "
            + "FROM d \(joins) \(condition)ORDER BY d.position"
    }

    /// Behind `CSV line 7`; holds nothing of the file.
    static let raggedLine =
        " has not as many fields as the header line; correct the file, set "
        + "skip_rows, or give the delimiter"

    /// Stops with an error when the sniffer made one column of lines that hold separators: that is what it does, without
    /// a word, when lines have different numbers of fields. No rows when all is well.
    private func raggedness(_ source: FileSource) -> String {
        let quote = source.csv.quote ?? "\""
        var options = [
            dialect.text(paths.pattern(source.path.text, format: .csv)), "columns={'line': 'VARCHAR'}", "header=false",
            "skip=\(skippedLines(source))", "auto_detect=false", "delim=\(dialect.text("\u{1}"))", "quote=''",
            "escape=''",
            "hive_partitioning=false",
        ]
        options += csvPieces
        if let encoding = source.csv.encoding { options.append("encoding=\(dialect.text(encoding))") }
        let isOneColumn = "(SELECT count(*) FROM d WHERE column_name NOT IN (SELECT hive_name FROM h)) = 1"
        let quoted = quote + "[^" + quote + "]*" + quote
        let message = "error(concat('CSV line ', n, \(dialect.text(Self.raggedLine))))"
        let lines =
            "(SELECT row_number() OVER () + \(skippedLines(source)) AS n, "
            + "regexp_replace(line, \(dialect.text(quoted)), '', 'g') AS line "
            + "FROM read_csv(\(options.joined(separator: ", "))) LIMIT \(Self.sample))"
        let count = "(length(line) - length(replace(line, separator, '')))"
        // The first line that differs from the header; where the header holds none, the first that holds any.
        let differing =
            "SELECT n FROM (SELECT *, CASE WHEN separator = '' THEN has ELSE \(count) <> first(\(count)) OVER (ORDER BY n) "
            + "AND line <> '' END AS differs FROM (SELECT *, regexp_matches(line, '[,;|\\t]') AS has, "
            + "first(regexp_extract(line, '[,;|\\t]')) OVER (ORDER BY n) AS separator FROM \(lines))) "
            + "WHERE has OR differs ORDER BY NOT differs, n LIMIT 1"
        return "SELECT \(message) AS refusal FROM (\(differing)) WHERE \(isOneColumn) "
            + "AND EXISTS (FROM \(lines) WHERE regexp_matches(line, '[,;|\\t]'))"
    }

    /// How many of the first rows hold a value, by column.
    private func filled(_ source: FileSource) -> String {
        "SELECT * FROM (UNPIVOT (SELECT count(COLUMNS('(.*)')) AS '\\1' FROM "
            + "(SELECT * FROM \(table(source, allText: true)) LIMIT \(Self.sample))) "
            + "ON COLUMNS(*) INTO NAME filled_name VALUE filled)"
    }

    /// The columns that hold any value in the first rows, and whether every value begins with a year of four digits. Of
    /// other dates nobody knows whether the day or the month comes first: DuckDB's sniffer takes whatever fits all rows.
    ///
    /// The rows are turned first and counted then: an expression per column takes minutes to plan for very wide files.
    private func values(_ source: FileSource) -> String {
        "SELECT value_name, bool_and(regexp_matches(value, '^\\s*\\d{4}(\\D|$)')) AS year_first FROM (UNPIVOT "
            + "(SELECT * FROM \(table(source, allText: true)) LIMIT \(Self.sample)) "
            + "ON COLUMNS(*) INTO NAME value_name VALUE value) GROUP BY value_name"
    }

    /// Types of the Hive columns, from the names of all partitions below the dataset's root and not only those that
    /// the path selects: dates are dates, whole numbers without leading zeros are integers, anything else is a text.
    private func hiveTypes(_ source: FileSource) -> String {
        let listing = paths.partitionListing(source.path.text, format: source.format)
        return "SELECT split_part(part, '=', 1) AS hive_name, CASE "
            + "WHEN bool_and(regexp_full_match(value, '\\d{4}-\\d{2}-\\d{2}') AND TRY_CAST(value AS DATE) IS NOT NULL) FILTER (WHERE value IS NOT NULL) "
            + "THEN 'DATE' WHEN bool_and(regexp_full_match(value, '0|-?[1-9]\\d{0,17}')) FILTER (WHERE value IS NOT NULL) THEN 'BIGINT' "
            + "ELSE 'VARCHAR' END AS hive_type FROM (SELECT part, "
            + "nullif(part[length(split_part(part, '=', 1)) + 2:], '__HIVE_DEFAULT_PARTITION__') AS value "
            + "FROM (SELECT DISTINCT unnest(list_filter(str_split(file, '/')[:-2], lambda s: contains(s, '='))) AS part "
            + "FROM glob(\(dialect.text(listing))))) GROUP BY ALL"
    }
}
