/// Reads Thrift's compact protocol, as far as Parquet footers need it, out of bytes that anybody may have written: no
/// count is believed beyond the bytes that are there.
struct ThriftReader {
    enum Kind: UInt8 {
        case end = 0
        case yes, no, byte, int16, int32, int64, double, binary, list, set, map, structure, uuid
    }

    /// What the bytes do not hold, or hold in no form that the protocol knows.
    struct Malformed: Error, Equatable { var reason: String }

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// Structures and lists within each other; footers need seven.
    private static let depthLimit = 32

    init(_ bytes: ArraySlice<UInt8>) { (self.bytes, position) = (bytes, bytes.startIndex) }

    private var remaining: Int { bytes.endIndex - position }

    private mutating func byte() throws(Malformed) -> UInt8 {
        guard position < bytes.endIndex else { throw Malformed(reason: "it ends too early") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func skip(_ count: Int) throws(Malformed) {
        guard count <= remaining else { throw Malformed(reason: "it ends too early") }
        position += count
    }

    private mutating func unsigned() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
            let next = try byte()
            // The tenth byte has room for one bit.
            if shift == 63, next > 1 { break }
            value |= UInt64(next & 0x7f) << shift
            if next & 0x80 == 0 { return value }
        }
        throw Malformed(reason: "a number is too long")
    }

    mutating func integer() throws(Malformed) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func binary() throws(Malformed) -> ArraySlice<UInt8> {
        let count = try unsigned()
        guard count <= UInt64(remaining) else { throw Malformed(reason: "a text is longer than all of it") }
        let start = position
        position += Int(count)
        return bytes[start..<position]
    }

    /// The number of elements and their kind.
    mutating func list() throws(Malformed) -> (count: Int, kind: Kind) {
        let head = try byte()
        let kind = try Self.kind(head & 0x0f)
        let count = head >> 4 == 15 ? try unsigned() : UInt64(head >> 4)
        // Every element takes a byte at least.
        guard count <= UInt64(remaining) else { throw Malformed(reason: "a list is longer than all of it") }
        return (Int(count), kind)
    }

    private static func kind(_ code: UInt8) throws(Malformed) -> Kind {
        guard let kind = Kind(rawValue: code) else { throw Malformed(reason: "a field has a kind that does not exist") }
        return kind
    }

    /// Calls `field` with the number and kind of each field of a structure; it reads the value, or answers false, and
    /// the value is passed over.
    mutating func structure(
        _ field: (_ number: Int, _ kind: Kind, inout ThriftReader) throws(Malformed) -> Bool
    ) throws(Malformed) {
        var number: Int64 = 0
        while true {
            let head = try byte()
            let kind = try Self.kind(head & 0x0f)
            if kind == .end { return }
            let step = head >> 4 == 0 ? try integer() : number + Int64(head >> 4)
            guard (0...Int64(Int16.max)).contains(step) else { throw Malformed(reason: "a field has an odd number") }
            number = step
            if try !field(Int(number), kind, &self) { try pass(kind, depth: 0) }
        }
    }

    private mutating func pass(_ kind: Kind, depth: Int, isElement: Bool = false) throws(Malformed) {
        guard depth < Self.depthLimit else { throw Malformed(reason: "it nests too deep") }
        switch kind {
        case .end: throw Malformed(reason: "a field has a kind that does not exist")
        // A field's kind holds its value; an element of a list has a byte.
        case .yes, .no: if isElement { try skip(1) }
        case .byte: try skip(1)
        case .int16, .int32, .int64: _ = try unsigned()
        case .double: try skip(8)
        case .uuid: try skip(16)
        case .binary: _ = try binary()
        case .list, .set:
            let (count, element) = try list()
            for _ in 0..<count { try pass(element, depth: depth + 1, isElement: true) }
        case .map:
            let count = try unsigned()
            guard count <= UInt64(remaining) else { throw Malformed(reason: "a map is longer than all of it") }
            guard count > 0 else { return }
            let kinds = try byte()
            let (key, value) = (try Self.kind(kinds >> 4), try Self.kind(kinds & 0x0f))
            for _ in 0..<count {
                try pass(key, depth: depth + 1, isElement: true)
                try pass(value, depth: depth + 1, isElement: true)
            }
        case .structure:
            while true {
                let head = try byte()
                let next = try Self.kind(head & 0x0f)
                if next == .end { return }
                if head >> 4 == 0 { _ = try unsigned() }
                try pass(next, depth: depth + 1)
            }
        }
    }
}
