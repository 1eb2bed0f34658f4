/// An expression with its text and its meaning for one row.
indirect enum NaiveExpression {
    case column(String)
    case literal(NaiveValue, String)
    case arithmetic(String, NaiveExpression, NaiveExpression)
    case compare(String, NaiveExpression, NaiveExpression)
    case and(NaiveExpression, NaiveExpression)
    case or(NaiveExpression, NaiveExpression)
    case not(NaiveExpression)
    case isNull(NaiveExpression, negated: Bool)
    case isDistinct(NaiveExpression, NaiveExpression, negated: Bool)
    case between(NaiveExpression, NaiveExpression, NaiveExpression, negated: Bool)
    case within(NaiveExpression, [NaiveExpression], negated: Bool)
    case like(NaiveExpression, String, negated: Bool)
    case choose(NaiveExpression, NaiveExpression, NaiveExpression?)
    case coalesce([NaiveExpression])
    case nullIf(NaiveExpression, NaiveExpression)
    case greatest([NaiveExpression], least: Bool)
    case join(NaiveExpression, NaiveExpression)
    case length(NaiveExpression)

    var text: String {
        switch self {
        case .column(let name): name
        case .literal(_, let text): text
        case .arithmetic(let op, let a, let b), .compare(let op, let a, let b): "(\(a.text) \(op) \(b.text))"
        case .and(let a, let b): "(\(a.text) AND \(b.text))"
        case .or(let a, let b): "(\(a.text) or \(b.text))"
        case .not(let a): "(NOT \(a.text))"
        case .isNull(let a, let negated): "(\(a.text) IS \(negated ? "NOT " : "")NULL)"
        case .isDistinct(let a, let b, let negated): "(\(a.text) IS \(negated ? "NOT " : "")DISTINCT FROM \(b.text))"
        case .between(let a, let b, let c, let negated):
            "(\(a.text) \(negated ? "NOT " : "")BETWEEN \(b.text) AND \(c.text))"
        case .within(let a, let items, let negated):
            "(\(a.text) \(negated ? "NOT " : "")IN (\(items.map(\.text).joined(separator: ", "))))"
        case .like(let a, let pattern, let negated): "(\(a.text) \(negated ? "NOT " : "")LIKE '\(pattern)')"
        case .choose(let a, let b, let c):
            "CASE WHEN \(a.text) THEN \(b.text)\(c.map { " ELSE \($0.text)" } ?? "") END"
        case .coalesce(let items): "coalesce(\(items.map(\.text).joined(separator: ", ")))"
        case .nullIf(let a, let b): "nullif(\(a.text), \(b.text))"
        case .greatest(let items, let least):
            "\(least ? "least" : "greatest")(\(items.map(\.text).joined(separator: ", ")))"
        case .join(let a, let b): "(\(a.text) || \(b.text))"
        case .length(let a): "length(\(a.text))"
        }
    }

    func value(_ row: [NaiveValue], _ table: NaiveTable) -> NaiveValue {
        func of(_ part: NaiveExpression) -> NaiveValue { part.value(row, table) }
        switch self {
        case .column(let name): return table.value(row, name)
        case .literal(let value, _): return value
        case .arithmetic(let op, let a, let b): return Self.arithmetic(op, of(a), of(b))
        case .compare(let op, let a, let b): return Self.compare(op, of(a), of(b))
        case .and(let a, let b): return Self.and(of(a), of(b))
        case .or(let a, let b): return Self.not(Self.and(Self.not(of(a)), Self.not(of(b))))
        case .not(let a): return Self.not(of(a))
        case .isNull(let a, let negated): return .bool(of(a).isNull != negated)
        case .isDistinct(let a, let b, let negated):
            let (a, b) = (of(a), of(b))
            let isSame = a.isNull || b.isNull ? a.isNull && b.isNull : NaiveValue.order(a, b) == 0
            return .bool(isSame == negated)
        case .between(let a, let low, let high, let negated):
            let inside = Self.and(Self.compare(">=", of(a), of(low)), Self.compare("<=", of(a), of(high)))
            return negated ? Self.not(inside) : inside
        case .within(let a, let items, let negated):
            let value = of(a)
            var found = NaiveValue.bool(false)
            for item in items {
                found = Self.not(Self.and(Self.not(found), Self.not(Self.compare("=", value, of(item)))))
            }
            return negated ? Self.not(found) : found
        case .like(let a, let pattern, let negated):
            guard case .text(let bytes) = of(a) else { return .null }
            let scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
            return .bool(Self.matches(scalars[...], Array(pattern.unicodeScalars)[...]) != negated)
        case .choose(let condition, let then, let otherwise):
            return of(condition) == .bool(true) ? of(then) : otherwise.map(of) ?? .null
        case .coalesce(let items): return items.lazy.map(of).first { !$0.isNull } ?? .null
        case .nullIf(let a, let b): return Self.compare("=", of(a), of(b)) == .bool(true) ? .null : of(a)
        case .greatest(let items, let least):
            let values = items.map(of).filter { !$0.isNull }
            return values.dropFirst().reduce(values.first ?? .null) { best, next in
                (NaiveValue.order(next, best) < 0) == least && NaiveValue.order(next, best) != 0 ? next : best
            }
        case .join(let a, let b):
            guard case .text(let x) = of(a), case .text(let y) = of(b) else { return .null }
            return .text(x + y)
        case .length(let a):
            guard case .text(let bytes) = of(a) else { return .null }
            return .int(Int64(String(decoding: bytes, as: UTF8.self).unicodeScalars.count))
        }
    }

    private static func arithmetic(_ op: String, _ a: NaiveValue, _ b: NaiveValue) -> NaiveValue {
        if op == "/" {
            guard let x = a.number, let y = b.number else { return .null }
            return .double(x / y)
        }
        if case .int(let x) = a, case .int(let y) = b {
            switch op {
            case "+": return .int(x + y)
            case "-": return .int(x - y)
            case "*": return .int(x * y)
            default: return y == 0 ? .null : .int(x % y)
            }
        }
        guard let x = a.number, let y = b.number else { return .null }
        switch op {
        case "+": return .double(x + y)
        case "-": return .double(x - y)
        default: return .double(x * y)
        }
    }

    private static func compare(_ op: String, _ a: NaiveValue, _ b: NaiveValue) -> NaiveValue {
        guard !a.isNull, !b.isNull else { return .null }
        let order = NaiveValue.order(a, b)
        switch op {
        case "=", "==": return .bool(order == 0)
        case "<>", "!=": return .bool(order != 0)
        case "<": return .bool(order < 0)
        case "<=": return .bool(order <= 0)
        case ">": return .bool(order > 0)
        default: return .bool(order >= 0)
        }
    }

    private static func not(_ a: NaiveValue) -> NaiveValue {
        if case .bool(let value) = a { .bool(!value) } else { .null }
    }

    private static func and(_ a: NaiveValue, _ b: NaiveValue) -> NaiveValue {
        if a == .bool(false) || b == .bool(false) { return .bool(false) }
        return a.isNull || b.isNull ? .null : .bool(true)
    }

    private static func matches(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "%" {
            return (text.startIndex...text.endIndex).contains { matches(text[$0...], pattern.dropFirst()) }
        }
        guard let next = text.first, first == "_" || first == next else { return false }
        return matches(text.dropFirst(), pattern.dropFirst())
    }
}
