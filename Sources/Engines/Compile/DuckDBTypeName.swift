import Pipeline

/// Reads the type names that DESCRIBE prints.
struct DuckDBTypeName {
    private let scalars: [Unicode.Scalar]

    static func dataType(_ name: String) -> DataType {
        DuckDBTypeName(scalars: Array(name.unicodeScalars)).type(depth: 0)
    }

    private var text: String { String(String.UnicodeScalarView(scalars)) }

    private func type(depth: Int) -> DataType {
        // A type nested deeper passes through by its name.
        guard depth < 32 else { return .other(text) }
        if let simple = Self.simple[text.uppercased()] { return simple }
        if text.hasSuffix("[]") {
            return .list(DuckDBTypeName(scalars: Array(scalars.dropLast(2))).type(depth: depth + 1))
        }
        guard let open = scalars.firstIndex(of: "("), scalars.last == ")" else { return .other(text) }
        let head = String(String.UnicodeScalarView(scalars[..<open])).uppercased()
        let parts = split(scalars[(open + 1)..<(scalars.count - 1)])
        switch head {
        case "DECIMAL", "NUMERIC":
            let sizes = parts.compactMap { Int(String(String.UnicodeScalarView($0))) }
            guard sizes.count == 2 else { return .other(text) }
            return .decimal(precision: sizes[0], scale: sizes[1])
        case "STRUCT":
            let fields = parts.map { field($0, depth: depth) }
            guard !fields.contains(where: { $0 == nil }) else { return .other(text) }
            return .structure(fields.compactMap(\.self))
        default: return .other(text)
        }
    }

    private func field(_ part: [Unicode.Scalar], depth: Int) -> DataType.StructureField? {
        var name = String.UnicodeScalarView()
        var index = 0
        if part.first == "\"" {
            index = 1
            while index < part.count {
                if part[index] == "\"" {
                    guard index + 1 < part.count, part[index + 1] == "\"" else { break }
                    index += 1
                }
                name.append(part[index])
                index += 1
            }
            index += 1
        } else {
            while index < part.count, part[index] != " " {
                name.append(part[index])
                index += 1
            }
        }
        guard index < part.count, part[index] == " " else { return nil }
        let type = DuckDBTypeName(scalars: Array(part[(index + 1)...])).type(depth: depth + 1)
        return DataType.StructureField(name: String(name), type: type)
    }

    /// At the commas outside brackets and quotes, blanks around taken away.
    private func split(_ scalars: ArraySlice<Unicode.Scalar>) -> [[Unicode.Scalar]] {
        var parts: [[Unicode.Scalar]] = [[]]
        var depth = 0
        var isQuoted = false
        for scalar in scalars {
            if scalar == "\"" { isQuoted.toggle() }
            if !isQuoted {
                if scalar == "(" || scalar == "[" { depth += 1 }
                if scalar == ")" || scalar == "]" { depth -= 1 }
                if scalar == ",", depth == 0 {
                    parts.append([])
                    continue
                }
            }
            if scalar == " ", parts[parts.count - 1].isEmpty { continue }
            parts[parts.count - 1].append(scalar)
        }
        return parts
    }

    private static let simple: [String: DataType] = [
        "BOOLEAN": .boolean, "TINYINT": .int8, "SMALLINT": .int16, "INTEGER": .int32, "BIGINT": .int64,
        "UTINYINT": .uint8, "USMALLINT": .uint16, "UINTEGER": .uint32, "UBIGINT": .uint64, "HUGEINT": .hugeint,
        "FLOAT": .float32, "DOUBLE": .float64, "VARCHAR": .text, "BLOB": .binary, "DATE": .date, "TIME": .time,
        "TIMESTAMP": .timestamp, "TIMESTAMP_S": .timestamp, "TIMESTAMP_MS": .timestamp, "TIMESTAMP_NS": .timestamp,
        "TIMESTAMP WITH TIME ZONE": .timestamptz, "TIMESTAMPTZ": .timestamptz, "INTERVAL": .interval, "JSON": .json,
        "UUID": .uuid, "NULL": .unknown, "\"NULL\"": .unknown,
    ]
}
