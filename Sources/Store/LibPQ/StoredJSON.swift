import Foundation

/// JSON as the store keeps it: keys sorted, so that equal values have equal texts.
enum StoredJSON {
    static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return encoder
    }

    static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return decoder
    }

    static func text(_ value: some Encodable) throws(StoreError) -> String {
        do {
            return withoutNul(String(decoding: try encoder().encode(value), as: UTF8.self))
        } catch {
            throw StoreError(
                .undecodable, operation: "writing to the store",
                message: "a value of type \(type(of: value)) can't be written as JSON")
        }
    }

    /// PostgreSQL's jsonb has no U+0000; a replacement character stands in for it.
    static func withoutNul(_ json: String) -> String {
        guard json.utf8.contains(UInt8(ascii: "\\")) else { return json }
        let bytes = Array(json.utf8)
        let nul = Array("\\u0000".utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            // An escaped character goes with its backslash, so that `\\u0000` stays the text that it is.
            let length = bytes[position] == UInt8(ascii: "\\") ? 2 : 1
            if length == 2, bytes[position...].starts(with: nul) {
                result.append(contentsOf: "\\ufffd".utf8)
                position += nul.count
            } else {
                result.append(contentsOf: bytes[position...].prefix(length))
                position += length
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
