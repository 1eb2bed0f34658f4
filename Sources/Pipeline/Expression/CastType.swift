/// Type names as a cast writes them (language reference, section 6).
enum CastType {
    static let names = [
        "int64", "int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64", "int", "integer", "bigint",
        "float64", "float", "double", "float32", "real", "decimal", "string", "str", "text", "varchar", "bool",
        "boolean", "date", "time", "timestamp", "datetime", "timestamptz", "binary", "json",
    ]

    /// `name`, or `decimal(p, s)`.
    static func type(_ text: String) -> DataType? {
        let lower = text.lowercased()
        if let open = lower.firstIndex(of: "("), lower.last == ")" {
            guard lower[..<open] == "decimal" else { return nil }
            let sizes = lower[lower.index(after: open)...].dropLast().split(separator: ",").map {
                Int($0.drop { $0 == " " })
            }
            guard let first = sizes.first, let precision = first, (1...38).contains(precision), sizes.count <= 2,
                let scale = sizes.count == 2 ? sizes[1] : 0, (0...precision).contains(scale)
            else { return nil }
            return .decimal(precision: precision, scale: scale)
        }
        switch lower {
        case "string", "str", "text", "varchar": return .text
        case "int", "int64", "integer", "bigint": return .int64
        case "int8": return .int8
        case "int16": return .int16
        case "int32": return .int32
        case "uint8": return .uint8
        case "uint16": return .uint16
        case "uint32": return .uint32
        case "uint64": return .uint64
        case "float", "float64", "double": return .float64
        case "float32", "real": return .float32
        case "bool", "boolean": return .boolean
        case "date": return .date
        case "time": return .time
        case "datetime", "timestamp": return .timestamp
        case "timestamptz": return .timestamptz
        case "decimal": return .decimal(precision: 18, scale: 3)
        case "binary": return .binary
        case "json": return .json
        default: return nil
        }
    }
}
