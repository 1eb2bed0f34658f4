import Fleet
import Foundation

/// One statement's result, as the child printed it.
struct DuckDBResult: Sendable {
    var bytes: [UInt8]

    /// Rows by column name; every value as text, null as nil. Only for statements of ours that give few rows.
    func rows() throws(Failure) -> [[String: String?]] {
        guard bytes.contains(where: { $0 > 0x20 }) else { return [] }
        do {
            let decoded = try JSONDecoder().decode([[String: Cell]].self, from: Data(bytes))
            return decoded.map { $0.mapValues(\.text) }
        } catch {
            // Neither the text nor the decoder's error, which quotes it: both could hold values.
            throw Failure(.unclassified, "reading the engine's answer of \(bytes.count) bytes failed: it is not JSON")
        }
    }

    /// The result as one JSON object, such as a profile.
    func object<Value: Decodable>(_ type: Value.Type) throws(Failure) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw Failure(
                .unclassified, "reading the engine's profile of \(bytes.count) bytes failed: \(type) expected")
        }
    }

    private struct Cell: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            // One of these fits, or it is a list or structure, which no statement of ours asks for.
            if value.decodeNil() {
                text = nil
            } else if let string = try? value.decode(String.self) {
                text = string
            } else if let integer = try? value.decode(Int64.self) {
                text = String(integer)
            } else if let double = try? value.decode(Double.self) {
                text = String(double)
            } else {
                text = String(try value.decode(Bool.self))
            }
        }
    }
}
