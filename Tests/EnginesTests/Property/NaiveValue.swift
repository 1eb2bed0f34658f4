/// A value as the naive evaluator holds it. Nothing here comes from the code that is tested: the rules are those of the
/// language reference, written down a second time in the plainest way.
enum NaiveValue: Hashable {
    case null
    case int(Int64)
    case double(Double)
    /// UTF-8: texts are equal when their bytes are.
    case text([UInt8])
    case bool(Bool)
    /// `2024-01-05`, which sorts as it reads.
    case date(String)

    enum Kind: String, CaseIterable {
        case int, double, text, bool, date
        /// A double that came of a division: never summed, since sums of such depend on the order in the last digits.
        case ratio
    }

    var isNull: Bool { self == .null }

    var bytes: [UInt8] { if case .text(let bytes) = self { bytes } else { [] } }

    var number: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    static func text(_ string: String) -> NaiveValue { .text(Array(string.utf8)) }

    /// Less, equal or more; of two values that are not null and of one kind (int and double count as one).
    static func order(_ a: NaiveValue, _ b: NaiveValue) -> Int {
        switch (a, b) {
        case (.int(let x), .int(let y)): return x < y ? -1 : x > y ? 1 : 0
        case (.text(let x), .text(let y)):
            return x == y ? 0 : x.lexicographicallyPrecedes(y) ? -1 : 1
        case (.bool(let x), .bool(let y)): return x == y ? 0 : y ? -1 : 1
        case (.date(let x), .date(let y)): return x == y ? 0 : x < y ? -1 : 1
        default:
            guard let x = a.number, let y = b.number else { return 0 }
            if x.isNaN || y.isNaN { return x.isNaN == y.isNaN ? 0 : x.isNaN ? 1 : -1 }
            return x < y ? -1 : x > y ? 1 : 0
        }
    }

    /// In an order: nulls are last either way.
    static func comesBefore(_ a: NaiveValue, _ b: NaiveValue, descending: Bool) -> Bool? {
        if a.isNull || b.isNull { return a.isNull == b.isNull ? nil : b.isNull }
        let order = order(a, b)
        return order == 0 ? nil : (order < 0) != descending
    }

    /// As a check compares it with what DuckDB gives: doubles to nine digits.
    var canonical: String {
        switch self {
        case .null: "∅"
        case .int(let value): String(value)
        case .double(let value): Self.canonical(value)
        case .text(let bytes): "'" + String(decoding: bytes, as: UTF8.self) + "'"
        case .bool(let value): String(value)
        case .date(let value): value
        }
    }

    private static func canonical(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        if value == 0 { return "0" }
        var exponent = 0
        var scaled = abs(value)
        while scaled >= 10 { (scaled, exponent) = (scaled / 10, exponent + 1) }
        while scaled < 1 { (scaled, exponent) = (scaled * 10, exponent - 1) }
        return "\(value < 0 ? "-" : "")\((scaled * 1e8).rounded())e\(exponent)"
    }

    /// Reads DuckDB's text of a value.
    init?(_ text: String?, as kind: Kind) {
        guard let text else {
            self = .null
            return
        }
        switch kind {
        case .int:
            guard let value = Int64(text) else { return nil }
            self = .int(value)
        case .double, .ratio:
            guard let value = Double(text) else { return nil }
            self = .double(value)
        case .text: self = .text(text)
        case .bool: self = .bool(text == "true")
        case .date: self = .date(text)
        }
    }
}

/// A small table.
struct NaiveTable {
    struct Column {
        var name: String
        var kind: NaiveValue.Kind
    }

    /// What is known of the order of the rows.
    enum Order {
        /// As in the sources, in which `rows` are.
        case input
        case sorted([Key])
        case lost
    }

    struct Key {
        var name: String
        var descending: Bool
    }

    var columns: [Column]
    var rows: [[NaiveValue]]
    var order = Order.input

    /// By code point, as the language has it: Swift's own `==` takes é for e with an accent.
    func index(_ name: String) -> Int? { columns.firstIndex { $0.name.utf8.elementsEqual(name.utf8) } }

    func names(of kinds: NaiveValue.Kind...) -> [String] {
        columns.filter { kinds.contains($0.kind) }.map(\.name)
    }

    func value(_ row: [NaiveValue], _ name: String) -> NaiveValue { index(name).map { row[$0] } ?? .null }

    /// Rows in a total order: the keys, then the remaining columns from left to right.
    func sorted(by keys: [Key]) -> [[NaiveValue]] {
        let all =
            keys
            + columns.filter { column in !keys.contains { $0.name == column.name } }.map {
                Key(name: $0.name, descending: false)
            }
        let places = all.map { (index($0.name) ?? 0, $0.descending) }
        return rows.sorted { left, right in
            for (place, descending) in places {
                if let before = NaiveValue.comesBefore(left[place], right[place], descending: descending) {
                    return before
                }
            }
            return false
        }
    }

    /// Rows in the order that is known, if one is.
    var ordered: [[NaiveValue]]? {
        switch order {
        case .input: rows
        case .sorted(let keys): sorted(by: keys)
        case .lost: nil
        }
    }

    /// Gone with a column that it goes by: what becomes of it then is not told here.
    mutating func forgetOrder(without names: Set<String>) {
        if case .sorted(let keys) = order, keys.contains(where: { names.contains($0.name) }) { order = .lost }
    }
}
