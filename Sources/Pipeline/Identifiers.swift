import Crypto
public import Foundation

/// Names one run for good. Random ids are UUIDv7 (they sort by time); with an idempotency key they are UUIDv5.
public struct RunID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let rawValue: UUID

    public init(_ rawValue: UUID) { self.rawValue = rawValue }

    public init?(_ text: String) {
        guard let uuid = UUID(uuidString: text) else { return nil }
        rawValue = uuid
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = RunID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID: \(text.prefix(64))")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Lower case, with hyphens.
    public var description: String { rawValue.uuidString.lowercased() }

    /// A new UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits.
    public static func random(now: Date = Date()) -> RunID {
        var generator = SystemRandomNumberGenerator()
        let milliseconds = UInt64(max(0, now.timeIntervalSince1970 * 1000))
        var bytes = [UInt8](repeating: 0, count: 16)
        for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> (8 * UInt64(5 - index))) }
        for index in 6..<16 { bytes[index] = .random(in: .min ... .max, using: &generator) }
        return RunID(versioned(bytes, version: 7))
    }

    /// The same id for the same key, whoever asks (RFC 9562, section 5.5, UUIDv5).
    public static func derived(fromKey key: String) -> RunID {
        var hash = Insecure.SHA1()
        withUnsafeBytes(of: namespace.uuid) { hash.update(bufferPointer: $0) }
        hash.update(data: Data(key.utf8))
        return RunID(versioned(Array(hash.finalize().prefix(16)), version: 5))
    }

    /// Drawn once for this project; changing it would break every idempotency key in use.
    private static let namespace = UUID(
        uuid: (0x6d, 0x2b, 0x51, 0xf0, 0x5c, 0x0e, 0x4b, 0x3c, 0x9d, 0x1a, 0x71, 0x8e, 0x42, 0xc7, 0x90, 0x2f))

    private static func versioned(_ bytes: [UInt8], version: UInt8) -> UUID {
        var b = bytes
        b[6] = (b[6] & 0x0f) | (version << 4)
        b[8] = (b[8] & 0x3f) | 0x80
        return UUID(
            uuid: (
                b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]
            ))
    }
}

/// SHA-256 of a text, as 64 hexadecimal digits.
public struct ContentDigest: Hashable, Sendable, Codable, CustomStringConvertible {
    public let description: String

    public init(of text: String) {
        description = SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
    }

    public init(hex: String) { description = hex }

    public init(from decoder: any Decoder) throws {
        description = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
