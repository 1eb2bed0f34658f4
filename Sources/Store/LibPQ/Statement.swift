import Foundation
import Pipeline

/// A statement with a name, prepared once on each connection that uses it. Values are parameters, never text.
struct Statement: Sendable, Hashable {
    let name: String
    let sql: String

    init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }

    func callAsFunction(_ parameters: Parameter...) -> Call { Call(statement: self, parameters: parameters) }
}

/// A statement together with its parameters.
struct Call: Sendable {
    var statement: Statement
    var parameters: [Parameter]
}

/// One bound value, in PostgreSQL's text format; its type is given by a cast in the statement.
struct Parameter: Sendable {
    /// nil is NULL.
    let text: String?

    private init(raw: String?) { text = raw }

    static let null = Parameter(raw: nil)

    /// PostgreSQL's text has no U+0000, and a C string would end there: a replacement character stands in for it.
    static func text(_ value: String?) -> Parameter { Parameter(raw: value.map(withoutNul)) }

    static func int(_ value: (some BinaryInteger)?) -> Parameter { Parameter(raw: value.map { String($0) }) }
    static func double(_ value: Double?) -> Parameter { Parameter(raw: value.map(spelled)) }
    static func bool(_ value: Bool) -> Parameter { Parameter(raw: value ? "t" : "f") }
    static func uuid(_ value: UUID?) -> Parameter { Parameter(raw: value?.uuidString) }
    static func run(_ value: RunID) -> Parameter { .uuid(value.rawValue) }
    static func json(_ value: some Encodable) throws(StoreError) -> Parameter {
        Parameter(raw: try StoredJSON.text(value))
    }

    /// Whole microseconds since 1970, for `at_micros(…)` in the statements.
    static func date(_ value: Date) -> Parameter { .int(micros(value)) }

    static func bytes(_ value: some Sequence<UInt8>) -> Parameter {
        let digits = Array("0123456789abcdef".utf8)
        var hex = Array("\\x".utf8)
        for byte in value {
            hex.append(digits[Int(byte >> 4)])
            hex.append(digits[Int(byte & 15)])
        }
        return Parameter(raw: String(decoding: hex, as: UTF8.self))
    }

    // Arrays: one parameter carries a whole batch.

    static func texts(_ values: [String?]) -> Parameter { array(values.map { $0.map { quoted(withoutNul($0)) } }) }
    static func ints(_ values: [(some BinaryInteger)?]) -> Parameter { array(values.map { $0.map { String($0) } }) }
    static func doubles(_ values: [Double?]) -> Parameter { array(values.map { $0.map(spelled) }) }
    static func bools(_ values: [Bool]) -> Parameter { array(values.map { $0 ? "t" : "f" }) }
    static func uuids(_ values: [UUID?]) -> Parameter { array(values.map { $0?.uuidString }) }
    static func runs(_ values: [RunID]) -> Parameter { uuids(values.map(\.rawValue)) }
    static func dates(_ values: [Date]) -> Parameter { ints(values.map(micros)) }

    private static func array(_ elements: [String?]) -> Parameter {
        Parameter(raw: "{" + elements.map { $0 ?? "NULL" }.joined(separator: ",") + "}")
    }

    /// A time out of `Int64`'s range becomes the nearest in it; the server then refuses it as out of its own.
    private static func micros(_ date: Date) -> Int64 {
        let micros = (date.timeIntervalSince1970 * 1_000_000).rounded()
        return Int64(exactly: micros) ?? (micros > 0 ? .max : .min)
    }

    private static func spelled(_ value: Double) -> String {
        value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "Infinity" : "-Infinity") : String(value)
    }

    private static func withoutNul(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 })
        return String(scalars)
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
