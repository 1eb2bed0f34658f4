import Foundation
import Pipeline

/// How DuckDB writes names, values and types. The one place that quotes: no other code puts a text into SQL.
struct DuckDBDialect: Sendable {
    /// A name in double quotes.
    func quoted(_ identifier: String) -> String { enclosed(identifier, in: "\"") }

    /// A text in single quotes. Backslashes mean nothing in it; U+0000 was refused by the parser.
    func text(_ value: String) -> String { enclosed(value, in: "'") }

    func texts(_ values: [String]) -> String { "[" + values.map(text).joined(separator: ", ") + "]" }

    /// By scalars: `String` would take a quote together with a combining mark behind it for another character.
    private func enclosed(_ value: String, in quote: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView([quote])
        for scalar in value.unicodeScalars {
            result.append(scalar)
            if scalar == quote { result.append(quote) }
        }
        result.append(quote)
        return String(result)
    }

    func literal(_ literal: Literal, _ type: DataType) -> String {
        switch literal {
        case .null: "CAST(NULL AS \(name(of: type)))"
        case .boolean(let value): value ? "TRUE" : "FALSE"
        // Written bare they would be INT32, and sums of them would overflow early.
        case .integer(let value): "CAST(\(value) AS BIGINT)"
        case .decimal(let digits): "CAST(\(digits) AS \(name(of: type)))"
        case .double(let value): "CAST('\(value)' AS DOUBLE)"
        case .text(let value): text(value)
        case .date(let value): "DATE \(text(value))"
        case .timestamp(let value): "TIMESTAMP \(text(value))"
        case .interval(let months, let days, let microseconds):
            "INTERVAL '\(months) months \(days) days \(microseconds) microseconds'"
        }
    }

    /// Of a type that a cast can name. A column without any value is a text until something else is needed.
    func name(of type: DataType) -> String {
        switch type {
        case .boolean: "BOOLEAN"
        case .int8: "TINYINT"
        case .int16: "SMALLINT"
        case .int32: "INTEGER"
        case .int64: "BIGINT"
        case .uint8: "UTINYINT"
        case .uint16: "USMALLINT"
        case .uint32: "UINTEGER"
        case .uint64: "UBIGINT"
        case .hugeint: "HUGEINT"
        case .float32: "FLOAT"
        case .float64: "DOUBLE"
        case .decimal(let precision, let scale): "DECIMAL(\(precision), \(scale))"
        case .text, .unknown: "VARCHAR"
        case .binary: "BLOB"
        case .date: "DATE"
        case .time: "TIME"
        case .timestamp: "TIMESTAMP"
        case .timestamptz: "TIMESTAMPTZ"
        case .interval: "INTERVAL"
        case .json: "JSON"
        case .uuid: "UUID"
        case .list(let element): name(of: element) + "[]"
        case .structure(let fields):
            "STRUCT(" + fields.map { "\(quoted($0.name)) \(name(of: $0.type))" }.joined(separator: ", ") + ")"
        // Came from DuckDB's own DESCRIBE and is only ever handed back to it.
        case .other(let name): name
        }
    }

    func timestamp(_ date: Date) -> String {
        let microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
        return "make_timestamp(CAST(\(microseconds) AS BIGINT))"
    }
}
