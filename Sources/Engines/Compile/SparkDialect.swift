import Foundation
import Pipeline

/// What cannot be made to give the same answer on Spark: the pipeline runs on DuckDB alone.
struct PinnedToDuckDB: Error, Hashable {
    /// Such as `a double as a text`: follows "runs on DuckDB only:".
    var reason: String

    init(_ reason: String) { self.reason = reason }
}

/// How Spark writes names, values and types. The one place that quotes for it.
struct SparkDialect: Sendable {
    /// A name in backticks. The session has `${…}` substitution switched off.
    func quoted(_ identifier: String) -> String {
        var result = String.UnicodeScalarView(["`"])
        for scalar in identifier.unicodeScalars {
            result.append(scalar)
            if scalar == "`" { result.append(scalar) }
        }
        result.append("`")
        return String(result)
    }

    /// A text in single quotes. Backslashes escape in it; a dollar could begin a substitution on a server whose
    /// settings are not ours.
    func text(_ value: String) -> String {
        var result = String.UnicodeScalarView(["'"])
        for scalar in value.unicodeScalars {
            switch scalar {
            case "'", "\\": result.append(contentsOf: ["\\", scalar])
            case "$": result.append(contentsOf: "\\u0024".unicodeScalars)
            default: result.append(scalar)
            }
        }
        result.append("'")
        return String(result)
    }

    func literal(_ literal: Literal, _ type: DataType) throws(PinnedToDuckDB) -> String {
        switch literal {
        case .null: return "CAST(NULL AS \(try name(of: type)))"
        case .boolean(let value): return value ? "TRUE" : "FALSE"
        // As a text: the smallest integer has no literal that a minus is no part of.
        case .integer(let value): return "CAST('\(value)' AS BIGINT)"
        case .decimal(let digits): return "CAST('\(digits)' AS \(try name(of: type)))"
        case .double(let value): return "CAST('\(value)' AS DOUBLE)"
        case .text(let value): return text(value)
        case .date(let value): return "DATE \(text(value))"
        case .timestamp(let value): return "TIMESTAMP_NTZ \(text(value))"
        case .interval: throw PinnedToDuckDB("an interval that is not added to a date or a timestamp")
        }
    }

    /// Of a type that a cast can name.
    func name(of type: DataType) throws(PinnedToDuckDB) -> String {
        switch type {
        case .boolean: return "BOOLEAN"
        case .int8: return "TINYINT"
        case .int16: return "SMALLINT"
        case .int32: return "INT"
        case .int64: return "BIGINT"
        case .float32: return "FLOAT"
        case .float64: return "DOUBLE"
        case .decimal(let precision, let scale): return "DECIMAL(\(precision), \(scale))"
        case .text, .unknown: return "STRING"
        case .binary: return "BINARY"
        case .date: return "DATE"
        case .timestamp: return "TIMESTAMP_NTZ"
        case .timestamptz: return "TIMESTAMP_LTZ"
        case .list(let element): return "ARRAY<\(try name(of: element))>"
        case .structure(let fields):
            var parts: [String] = []
            for field in fields { parts.append("\(quoted(field.name)): \(try name(of: field.type))") }
            return "STRUCT<\(parts.joined(separator: ", "))>"
        case .uint8, .uint16, .uint32, .uint64, .hugeint, .time, .interval, .json, .uuid, .other:
            throw PinnedToDuckDB("the type \(type), which Spark has not")
        }
    }

    /// A moment as a timestamp without time zone.
    func timestamp(_ date: Date) -> String {
        let microseconds = Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
        return "CAST(timestamp_micros(CAST('\(microseconds)' AS BIGINT)) AS TIMESTAMP_NTZ)"
    }
}
