/// A JSON text as a value: members keep their order, texts their code points, numbers their digits.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// As written; its form is that of RFC 8259.
    case number(String)
    case text(String)
    case array([JSONValue])
    case object([JSONMember])

    /// The value of an object's member; nil: not an object, or without such a member.
    public subscript(_ name: StaticString) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return name.withUTF8Buffer { wanted in members.first { $0.name.utf8.elementsEqual(wanted) }?.value }
    }

    /// For messages: "a number", "null", …
    var noun: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .text: "a text"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

public struct JSONMember: Sendable, Hashable {
    public var name: String
    public var value: JSONValue

    public init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// Where and why a text is not JSON.
public struct JSONSyntaxError: Error {
    /// Counted from 0.
    public var byte: Int
    public var message: String
}

/// Reads a JSON text (RFC 8259, UTF-8) strictly: any bytes give a value or an error.
///
/// Written by hand for two things that the library's decoder does not do: it refuses a name that stands twice in an
/// object (which of the two is meant?), and it never merges texts that differ only in their Unicode form.
public struct JSONReader {
    private let bytes: [UInt8]
    private let nestingLimit: Int
    private var index = 0

    private init(_ bytes: [UInt8], nestingLimit: Int) {
        self.bytes = bytes
        self.nestingLimit = nestingLimit
    }

    public static func read(_ bytes: [UInt8], nestingLimit: Int) throws(JSONSyntaxError) -> JSONValue {
        var reader = JSONReader(bytes, nestingLimit: nestingLimit)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.index == bytes.count else { throw reader.error("something follows the value") }
        return value
    }

    private func error(_ message: String) -> JSONSyntaxError { JSONSyntaxError(byte: index, message: message) }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        guard let first = next else { throw error("the text ends where a value should be") }
        switch first {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw error("no value begins like this")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let length = word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer {
            index + length <= bytes.count && bytes[index..<(index + length)].elementsEqual($0)
        }
        guard matches else { throw error("no value begins like this") }
        index += length
        return value
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth <= nestingLimit else { throw error("nested deeper than \(nestingLimit) levels") }
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value(depth: depth))
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw error("expected a comma or the end of the array") }
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth <= nestingLimit else { throw error("nested deeper than \(nestingLimit) levels") }
        index += 1
        var members: [JSONMember] = []
        var names: Set<[UInt8]> = []
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("expected a name in double quotes") }
            let start = index
            let name = try text()
            guard names.insert(Array(name.utf8)).inserted else {
                index = start
                throw error("this name stands twice in its object")
            }
            skipSpace()
            guard take(":") else { throw error("expected a colon after the name") }
            members.append(JSONMember(name: name, value: try value(depth: depth)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw error("expected a comma or the end of the object") }
        }
    }

    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = index
        func isDigit(_ byte: UInt8?) -> Bool {
            byte.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
        }
        _ = take("-")
        if !take("0") {
            guard isDigit(next) else { throw error("expected a digit") }
            while isDigit(next) { index += 1 }
        }
        if take(".") {
            guard isDigit(next) else { throw error("expected a digit after the decimal point") }
            while isDigit(next) { index += 1 }
        }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard isDigit(next) else { throw error("expected a digit in the exponent") }
            while isDigit(next) { index += 1 }
        }
        // ASCII only, by the checks above.
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func text() throws(JSONSyntaxError) -> String {
        let start = index
        index += 1
        var units: [UInt8] = []
        while true {
            guard let byte = next else { throw error("the text that began at byte \(start) does not end") }
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: units, as: UTF8.self) else {
                    index = start
                    throw error("this text is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): units.append(contentsOf: try escape().utf8Bytes)
            case ..<0x20:
                index -= 1
                throw error("control characters must be escaped")
            default: units.append(byte)
            }
        }
    }

    /// What follows a backslash.
    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        guard let byte = next else { throw error("the text ends in an escape") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // The first half of a pair, or a mistake.
            guard unit < 0xDC00, take("\\"), take("u") else { throw error("half of a surrogate pair") }
            let second = try hexadecimal()
            guard (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (second - 0xDC00))
            else { throw error("half of a surrogate pair") }
            return scalar
        default:
            index -= 1
            throw error("no such escape")
        }
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw error("expected four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}

extension Unicode.Scalar {
    fileprivate var utf8Bytes: UTF8.EncodedScalar {
        // A scalar always has a UTF-8 form.
        UTF8.encode(self) ?? UTF8.encodedReplacementCharacter
    }
}
