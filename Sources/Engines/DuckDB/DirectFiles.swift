import Pipeline

/// The Parquet files of a source, where another engine reads out of them what DuckDB does: the same columns in every
/// file, of types that both read alike, and Hive parts that both take apart alike. Or its ORC files, which only the other
/// engine reads.
struct DirectFiles: Sendable, Hashable {
    var format = FileFormat.parquet
    /// Absolute.
    var files: [String]
    /// The folder above the first Hive part; nil: there is none.
    var root: String?
    /// Of the columns that folders' names tell, as UTF-8, in their order.
    var hiveNames: [[UInt8]]

    /// More files than these are read by the child: a plan names every one of them.
    static let limit = 10_000

    /// Two statements: what the footers say of columns, by kind, and the files.
    static func statements(pattern: String) -> [String] {
        let paths = DuckDBText.literal(pattern)
        return [
            "SELECT name, type, converted_type, logical_type, coalesce(num_children, 0) > 0 AS is_group, "
                + "count(*) AS files FROM parquet_schema(\(paths)) GROUP BY ALL",
            "SELECT file FROM glob(\(paths)) ORDER BY file LIMIT \(limit + 1)",
        ]
    }

    /// nil: the child has to read them. `columns` and `files` are the rows of the two statements.
    init?(_ source: Plan.Source, columns: [[String: String?]], files: [[String: String?]]) {
        guard case .file(let file) = source.source, file.format == .parquet else { return nil }
        let paths = files.compactMap { $0["file"] ?? nil }
        guard !paths.isEmpty, paths.count <= Self.limit, paths.allSatisfy(Self.isPlain) else { return nil }
        // Nothing but the root is made of columns, and every column is in every file.
        let isFlat =
            columns.filter { $0["is_group"] == "true" }.compactMap { Self.count($0) }.reduce(0, +) == paths.count
        guard isFlat else { return nil }
        var physical: [[UInt8]: Physical] = [:]
        for row in columns where row["is_group"] != "true" {
            guard let name = row["name"] ?? nil, Self.count(row) == paths.count,
                physical.updateValue(Physical(row), forKey: Array(name.utf8)) == nil
            else { return nil }
        }
        guard let hive = Self.hive(paths) else { return nil }
        let typed = Set(file.types.map { Array($0.name.utf8) })
        for column in source.schema.columns {
            let name = Array(column.name.utf8)
            if let found = physical.removeValue(forKey: name) {
                guard found.holds(column.type), !hive.names.contains(name) else { return nil }
            } else {
                // A type that somebody asked for may not fit the folders' names.
                guard hive.names.contains(name), [.text, .date, .int64].contains(column.type), !typed.contains(name)
                else { return nil }
            }
        }
        self.files = paths
        root = hive.root
        hiveNames = hive.names
    }

    /// ORC files. nil: their folders have different Hive parts.
    init?(orc paths: [String]) {
        guard let hive = Self.hive(paths) else { return nil }
        (format, files, root, hiveNames) = (.orc, paths, hive.root, hive.names)
    }

    private static func count(_ row: [String: String?]) -> Int? { (row["files"] ?? nil).flatMap { Int($0) } }

    /// Spark leaves out what begins so, and reads `%` in a folder's name in its own way.
    private static func isPlain(_ path: String) -> Bool {
        let first = FileSystem.name(of: path).utf8.first
        return path.utf8.first == UInt8(ascii: "/") && first != UInt8(ascii: "_") && first != UInt8(ascii: ".")
            && !path.utf8.contains(UInt8(ascii: "%"))
    }

    /// The names of the Hive parts, which all files have in the same order below the same folder; nil: they have not.
    private static func hive(_ paths: [String]) -> (names: [[UInt8]], root: String?)? {
        var common: (names: [[UInt8]], root: String?)?
        for path in paths {
            let parts = path.utf8.split(separator: UInt8(ascii: "/")).dropLast()
            var names: [[UInt8]] = []
            var root: [UInt8] = []
            for part in parts {
                guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else {
                    // A plain folder below a Hive part.
                    guard names.isEmpty else { return nil }
                    root += [UInt8(ascii: "/")] + Array(part)
                    continue
                }
                let name = Array(part[..<equals])
                guard !name.isEmpty, part.index(after: equals) < part.endIndex, !names.contains(name) else {
                    return nil
                }
                names.append(name)
            }
            let found = (names: names, root: names.isEmpty ? nil : String(decoding: root, as: UTF8.self))
            if let common {
                guard common.names == found.names,
                    common.root.map({ Array($0.utf8) }) == found.root.map({ Array($0.utf8) })
                else { return nil }
            }
            common = found
        }
        return common
    }

    /// How a column is stored.
    private struct Physical {
        var type: String
        var converted: String
        var logical: String

        init(_ row: [String: String?]) {
            type = (row["type"] ?? nil) ?? ""
            converted = (row["converted_type"] ?? nil) ?? ""
            logical = (row["logical_type"] ?? nil) ?? ""
        }

        /// Whether both engines read exactly this type out of it.
        func holds(_ wanted: DataType) -> Bool {
            switch wanted {
            case .boolean: type == "BOOLEAN"
            case .int8: type == "INT32" && converted == "INT_8"
            case .int16: type == "INT32" && converted == "INT_16"
            case .int32: type == "INT32" && ["", "INT_32"].contains(converted) && !isOther("IntType")
            case .int64: type == "INT64" && ["", "INT_64"].contains(converted) && !isOther("IntType")
            case .float32: type == "FLOAT" && converted.isEmpty && logical.isEmpty
            case .float64: type == "DOUBLE" && converted.isEmpty && logical.isEmpty
            case .text: type == "BYTE_ARRAY" && converted == "UTF8"
            case .binary: type == "BYTE_ARRAY" && converted.isEmpty && logical.isEmpty
            case .date: type == "INT32" && converted == "DATE"
            case .decimal: converted == "DECIMAL"
            case .timestamp: isMoment(adjusted: "0")
            case .timestamptz: isMoment(adjusted: "1")
            default: false
            }
        }

        private func isOther(_ name: String) -> Bool { !logical.isEmpty && !logical.hasPrefix(name) }

        /// Milliseconds or microseconds; who wrote them has to have said of which kind they are.
        private func isMoment(adjusted: String) -> Bool {
            type == "INT64" && logical.hasPrefix("TimestampType(isAdjustedToUTC=\(adjusted)")
                && ["TIMESTAMP_MICROS", "TIMESTAMP_MILLIS", ""].contains(converted)
                && !logical.contains("NanoSeconds()")
        }
    }
}
