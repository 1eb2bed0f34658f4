import Fleet
import Foundation
import Pipeline

/// The rows that a statement answered, copied out of libpq, as text.
struct ResultTable: Sendable {
    fileprivate let positions: [String: Int]
    fileprivate let cells: [[String?]]

    init(positions: [String: Int] = [:], rows: [[String?]] = []) {
        self.positions = positions
        cells = rows
    }

    var count: Int { cells.count }
    var isEmpty: Bool { cells.isEmpty }
    var first: Row? { cells.first.map { Row(positions: positions, cells: $0) } }
    var rows: [Row] { cells.map { Row(positions: positions, cells: $0) } }
}

/// One row, read by column name. A value that is not what the program expects is an error and never a crash: the
/// schema may be newer than the program.
struct Row: Sendable {
    fileprivate let positions: [String: Int]
    fileprivate let cells: [String?]

    /// In the order of the columns.
    var values: [String?] { cells }

    func textIfAny(_ column: String) throws(StoreError) -> String? {
        guard let position = positions[column] else { throw undecodable(column, "is missing") }
        return cells[position]
    }

    func text(_ column: String) throws(StoreError) -> String {
        guard let text = try textIfAny(column) else { throw undecodable(column, "is null") }
        return text
    }

    func int64IfAny(_ column: String) throws(StoreError) -> Int64? {
        try converted(column, "a whole number") { Int64($0) }
    }

    func int64(_ column: String) throws(StoreError) -> Int64 { try required(column, int64IfAny(column)) }

    func intIfAny(_ column: String) throws(StoreError) -> Int? { try int64IfAny(column).map { Int($0) } }

    func int(_ column: String) throws(StoreError) -> Int { Int(try int64(column)) }

    func doubleIfAny(_ column: String) throws(StoreError) -> Double? {
        try converted(column, "a number") { Double($0) }
    }

    func bool(_ column: String) throws(StoreError) -> Bool {
        let value: Bool? = try converted(column, "a truth value") { $0 == "t" ? true : $0 == "f" ? false : nil }
        return try required(column, value)
    }

    func uuidIfAny(_ column: String) throws(StoreError) -> UUID? {
        try converted(column, "a UUID") { UUID(uuidString: $0) }
    }

    func uuid(_ column: String) throws(StoreError) -> UUID { try required(column, uuidIfAny(column)) }

    func runID(_ column: String) throws(StoreError) -> RunID { RunID(try uuid(column)) }

    /// From a column selected as whole microseconds since 1970 (`micros(…)` in the statements).
    func dateIfAny(_ column: String) throws(StoreError) -> Date? {
        try int64IfAny(column).map { Date(timeIntervalSince1970: Double($0) / 1_000_000) }
    }

    func date(_ column: String) throws(StoreError) -> Date { try required(column, dateIfAny(column)) }

    /// From a raw text of a Swift enumeration.
    func value<T: RawRepresentable>(_ column: String, _ type: T.Type = T.self) throws(StoreError) -> T
    where T.RawValue == String {
        try required(column, converted(column, "a known \(T.self)") { T(rawValue: $0) })
    }

    func jsonIfAny<T: Decodable>(_ column: String, _ type: T.Type = T.self) throws(StoreError) -> T? {
        guard let text = try textIfAny(column) else { return nil }
        do {
            return try StoredJSON.decoder().decode(T.self, from: Data(text.utf8))
        } catch {
            // The decoder's own words may quote values.
            throw undecodable(column, "does not hold a readable \(T.self)")
        }
    }

    func json<T: Decodable>(_ column: String, _ type: T.Type = T.self) throws(StoreError) -> T {
        try required(column, jsonIfAny(column, type))
    }

    private func converted<T>(_ column: String, _ what: String, _ convert: (String) -> T?) throws(StoreError) -> T? {
        guard let text = try textIfAny(column) else { return nil }
        guard let value = convert(text) else { throw undecodable(column, "is not \(what)") }
        return value
    }

    private func required<T>(_ column: String, _ value: T?) throws(StoreError) -> T {
        guard let value else { throw undecodable(column, "is null") }
        return value
    }

    private func undecodable(_ column: String, _ what: String) -> StoreError {
        StoreError(.undecodable, operation: "reading an answer of the store", message: "column \(column) \(what)")
    }
}
