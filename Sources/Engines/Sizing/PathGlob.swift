/// One part of a path pattern, as DuckDB matches it: `*`, `?` (one byte), `[a-z]`, `[!a]`, `\` before a sign that stands
/// for itself.
struct PathGlob: Sendable {
    private enum Element {
        case byte(UInt8)
        case any
        case many
        case set([ClosedRange<UInt8>], isNegated: Bool)
    }

    /// Any number of folders, none included.
    let isDeep: Bool
    private var elements: [Element] = []

    init(_ part: Substring.UTF8View) {
        isDeep = part.elementsEqual("**".utf8)
        var rest = part[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"): elements.append(.many)
            case UInt8(ascii: "?"): elements.append(.any)
            case UInt8(ascii: "\\"): elements.append(.byte(rest.popFirst() ?? byte))
            case UInt8(ascii: "["):
                guard let set = Self.set(&rest) else {
                    // Never closed: nothing matches.
                    elements = [.set([], isNegated: false)]
                    return
                }
                elements.append(set)
            default: elements.append(.byte(byte))
            }
        }
    }

    private static func set(_ rest: inout Substring.UTF8View) -> Element? {
        let isNegated = rest.first == UInt8(ascii: "!")
        if isNegated { rest = rest.dropFirst() }
        var ranges: [ClosedRange<UInt8>] = []
        var isFirst = true
        while let low = rest.popFirst() {
            if low == UInt8(ascii: "]"), !isFirst { return .set(ranges, isNegated: isNegated) }
            isFirst = false
            let next = Array(rest.prefix(2))
            guard next.count == 2, next[0] == UInt8(ascii: "-"), next[1] != UInt8(ascii: "]") else {
                ranges.append(low...low)
                continue
            }
            rest = rest.dropFirst(2)
            if low <= next[1] { ranges.append(low...next[1]) }
        }
        return nil
    }

    func matches(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        var (element, byte) = (0, 0)
        // Where the last `*` stands, and up to where it has taken bytes.
        var star: (element: Int, byte: Int)?
        while byte < bytes.count {
            if element < elements.count, case .many = elements[element] {
                star = (element, byte)
                element += 1
            } else if element < elements.count, takes(elements[element], bytes[byte]) {
                element += 1
                byte += 1
            } else if let last = star {
                star = (last.element, last.byte + 1)
                (element, byte) = (last.element + 1, last.byte + 1)
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { if case .many = $0 { true } else { false } }
    }

    private func takes(_ element: Element, _ byte: UInt8) -> Bool {
        switch element {
        case .byte(let own): own == byte
        case .any, .many: true
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
        }
    }
}
