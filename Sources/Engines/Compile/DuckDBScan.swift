import Pipeline

/// How DuckDB reads the files of a source.
struct DuckDBScan: Sendable {
    let dialect = DuckDBDialect()
    let paths: DataPath

    /// Rows of `sample` that decide whether a column holds any value at all; what DuckDB's own sniffer looks at.
    private static let sample = 20_480

    /// The table function, alone.
    func table(_ source: FileSource, allText: Bool = false) -> String {
        let path = paths.pattern(source.path.text, format: source.format)
        var options: [String]
        switch source.format {
        case .parquet: options = []
        case .json: options = ["map_inference_threshold=-1"]
        case .csv: options = csv(source, allText: allText)
        }
        options += ["hive_partitioning=true", "hive_types_autocast=false"]
        let function =
            ["parquet": "read_parquet", "csv": "read_csv", "json": "read_json"][source.format.rawValue] ?? ""
        return "\(function)(\(([dialect.text(path)] + options).joined(separator: ", ")))"
    }

    private func csv(_ source: FileSource, allText: Bool) -> [String] {
        let csv = source.csv
        var options = ["header=\(csv.header)", "skip=\(csv.skipRows)"]
        // An empty field is always null, whatever else is.
        options.append("nullstr=\(dialect.texts([""] + csv.nullValues))")
        if let delimiter = csv.delimiter { options.append("delim=\(dialect.text(delimiter))") }
        if let quote = csv.quote { options.append("quote=\(dialect.text(quote))") }
        if let escape = csv.escape { options.append("escape=\(dialect.text(escape))") }
        if let encoding = csv.encoding { options.append("encoding=\(dialect.text(encoding))") }
        if allText || csv.allVarchar {
            options.append("all_varchar=true")
        } else {
            // Else `01/02/2024` would be read as whatever order of day and month fits all rows.
            options.append("dateformat=\(dialect.text(csv.dateFormat ?? "%Y-%m-%d"))")
            let own = source.types.filter { !hiveNames(source).contains($0.name) }
            if !own.isEmpty {
                let pairs = own.map { "\(dialect.text($0.name)): \(dialect.text(dialect.name(of: $0.type)))" }
                options.append("types={\(pairs.joined(separator: ", "))}")
            }
        }
        return options
    }

    /// Names of the Hive parts that are written out in the path.
    private func hiveNames(_ source: FileSource) -> Set<String> {
        Set(
            source.path.text.split(separator: "/").compactMap { part in
                part.firstIndex(of: "=").map { String(part[..<$0]) }
            })
    }

    /// A statement whose rows are (column_name, column_type), in order; `"NULL"` is the type of a column without any
    /// value.
    func describe(_ source: FileSource) -> String {
        var tables = [
            "d AS (SELECT row_number() OVER () AS position, column_name, column_type "
                + "FROM (DESCRIBE SELECT * FROM \(table(source))))",
            "h AS (\(hiveTypes(source)))",
        ]
        let types = source.types.map { "WHEN \(dialect.text($0.name)) THEN \(dialect.text(dialect.name(of: $0.type)))" }
        var type = "coalesce(h.hive_type, d.column_type)"
        var joins = "LEFT JOIN h ON h.hive_name = d.column_name"
        if source.format != .parquet {
            tables.append("f AS (\(filled(source)))")
            type = "CASE WHEN h.hive_type IS NULL AND f.filled = 0 THEN '\"NULL\"' ELSE \(type) END"
            joins += " LEFT JOIN f ON f.filled_name = d.column_name"
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

    /// Stops with an error when the sniffer made one column of lines that hold separators: that is what it does, without
    /// a word, when lines have different numbers of fields. No rows when all is well.
    private func raggedness(_ source: FileSource) -> String {
        let quote = source.csv.quote ?? "\""
        var options = [
            dialect.text(paths.pattern(source.path.text, format: .csv)), "columns={'line': 'VARCHAR'}", "header=false",
            "skip=\(source.csv.skipRows)", "auto_detect=false", "delim=\(dialect.text("\u{1}"))", "quote=''",
            "escape=''",
            "hive_partitioning=false",
        ]
        if let encoding = source.csv.encoding { options.append("encoding=\(dialect.text(encoding))") }
        let isOneColumn = "(SELECT count(*) FROM d WHERE column_name NOT IN (SELECT hive_name FROM h)) = 1"
        let quoted = quote + "[^" + quote + "]*" + quote
        let message =
            "error(concat('CSV line ', n, ' holds separators, but the lines do not all have as many fields as the '"
            + ", 'header line; correct the file, set skip_rows, or give the delimiter'))"
        return "SELECT \(message) AS refusal FROM (SELECT row_number() OVER () + \(source.csv.skipRows) AS n, "
            + "regexp_replace(line, \(dialect.text(quoted)), '', 'g') AS line "
            + "FROM read_csv(\(options.joined(separator: ", "))) LIMIT \(Self.sample)) "
            + "WHERE \(isOneColumn) AND regexp_matches(line, '[,;|\\t]') LIMIT 1"
    }

    /// How many of the first rows hold a value, by column.
    private func filled(_ source: FileSource) -> String {
        "SELECT * FROM (UNPIVOT (SELECT count(COLUMNS('(.*)')) AS '\\1' FROM "
            + "(SELECT * FROM \(table(source, allText: true)) LIMIT \(Self.sample))) "
            + "ON COLUMNS(*) INTO NAME filled_name VALUE filled)"
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
