import Fleet
import Pipeline

/// One statement's result, as the child printed it.
struct DuckDBResult: Sendable {
    /// Deeper than the plans of pipelines, whose profiles nest twice for each operator.
    private static let nestingLimit = 512

    var bytes: [UInt8]

    /// Rows by column name; every value as text, null as nil. Only for statements of ours that give few rows.
    func rows() throws(Failure) -> [[String: String?]] {
        guard bytes.contains(where: { $0 > 0x20 }) else { return [] }
        guard case .array(let rows) = try value() else { throw unexpected("rows") }
        var found: [[String: String?]] = []
        for row in rows {
            guard case .object(let cells) = row else { throw unexpected("rows") }
            var texts: [String: String?] = [:]
            for cell in cells { texts.updateValue(try text(of: cell.value), forKey: cell.name) }
            found.append(texts)
        }
        return found
    }

    private func text(of cell: JSONValue) throws(Failure) -> String? {
        switch cell {
        case .null: nil
        case .bool(let flag): String(flag)
        case .number(let digits): digits
        case .text(let text): text
        // No statement of ours asks for lists or structures.
        case .array, .object: throw unexpected("rows of plain values")
        }
    }

    /// The result as one JSON value, such as a profile.
    func value() throws(Failure) -> JSONValue {
        do {
            return try JSONReader.read(bytes, nestingLimit: Self.nestingLimit)
        } catch {
            throw unexpected("JSON")
        }
    }

    /// Neither the text nor the reader's error: both could hold values.
    private func unexpected(_ expected: String) -> Failure {
        Failure(.unclassified, "reading the engine's answer of \(bytes.count) bytes failed: \(expected) expected")
    }
}
