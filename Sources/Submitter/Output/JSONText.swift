import Foundation

/// One JSON document on stdout: stable keys in snake case, times in RFC 3339 UTC.
enum JSONText {
    static func show(_ value: some Encodable) throws {
        Console.say(try text(value))
    }

    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(Moment.rfc3339(date))
        }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
