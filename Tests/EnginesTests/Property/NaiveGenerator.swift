import Fuzzing

/// Makes small tables and pipelines over them, and works out what they give on the way: only steps that the language
/// allows where they stand are made.
struct NaiveGenerator {
    var dice: SeededDice
    private var number = 0

    init(seed: UInt64) { dice = SeededDice(seed: seed) }

    // MARK: Tables

    private typealias Column = NaiveTable.Column

    /// `source`, a table to join with, and one of the same columns.
    mutating func tables() -> [String: NaiveTable] {
        let columns = [
            Column(name: "k", kind: .int), Column(name: "a", kind: .int), Column(name: "x", kind: .double),
            Column(name: "s", kind: .text), Column(name: "f", kind: .bool), Column(name: "d", kind: .date),
        ]
        let right = [
            Column(name: "k", kind: .int), Column(name: "s", kind: .text), Column(name: "y", kind: .double),
            Column(name: "a", kind: .int),
        ]
        return ["source": table(columns), "r": table(right), "u": table(columns.reversed())]
    }

    private mutating func table(_ columns: [Column]) -> NaiveTable {
        let count = dice.roll(10) == 0 ? 0 : 1 + dice.roll(7)
        let rows = (0..<count).map { _ in columns.map { dice.roll(4) == 0 ? NaiveValue.null : value($0.kind) } }
        return NaiveTable(columns: columns, rows: rows)
    }

    private static let texts = ["a", "b", "ab", "é", "e\u{301}", "Z", "x_y", "50%"]

    private mutating func value(_ kind: NaiveValue.Kind) -> NaiveValue {
        switch kind {
        case .int: .int(Int64(dice.roll(6)) - 2)
        case .double, .ratio: .double(Double(dice.roll(12) - 5) / 2)
        case .text: .text(dice.pick(Self.texts))
        case .bool: .bool(dice.flip())
        case .date: .date("2024-01-0\(1 + dice.roll(5))")
        }
    }

    /// As a file; texts in quotes.
    static func csv(_ table: NaiveTable) -> String {
        let lines = table.rows.map { row in
            row.map { value -> String in
                switch value {
                case .null: return ""
                case .text(let bytes): return "\"" + String(decoding: bytes, as: UTF8.self) + "\""
                case .double(let value): return String(value)
                default: return value.canonical
                }
            }.joined(separator: ",")
        }
        return ([table.columns.map(\.name).joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    // MARK: Pipelines

    /// Steps, and the table after them.
    mutating func pipeline(_ tables: [String: NaiveTable]) -> (steps: [NaiveStep], result: NaiveTable) {
        var table = tables["source"] ?? NaiveTable(columns: [], rows: [])
        var steps: [NaiveStep] = []
        let wanted = 1 + dice.roll(6)
        for _ in 0..<(wanted * 3) where steps.count < wanted {
            guard let made = step(table, tables) else { continue }
            var next = table
            for step in made { next = step.apply(to: next) }
            guard Self.isSmall(next) else { continue }
            steps += made
            table = next
        }
        return (steps, table)
    }

    private static func isSmall(_ table: NaiveTable) -> Bool {
        table.rows.count <= 300 && table.columns.count <= 30
            && table.rows.joined().allSatisfy { value in
                switch value {
                case .int(let value): value.magnitude < 1_000_000
                case .double(let value): abs(value) < 1e9
                case .text(let bytes): bytes.count < 200
                default: true
                }
            }
    }

    private mutating func fresh() -> String {
        number += 1
        return "n\(number)"
    }

    /// A new name, or one that is there.
    private mutating func target(_ table: NaiveTable) -> String {
        dice.roll(3) == 0 ? dice.pick(table.columns.map(\.name)) : fresh()
    }

    private mutating func some(_ names: [String], atLeast: Int = 1) -> [String] {
        var left = names
        var chosen: [String] = []
        let wanted = min(names.count, atLeast + dice.roll(3))
        while chosen.count < wanted { chosen.append(left.remove(at: dice.roll(left.count))) }
        return chosen
    }

    private mutating func keys(_ table: NaiveTable) -> [NaiveTable.Key] {
        some(table.names(of: .int, .double, .text, .bool, .date)).map { .init(name: $0, descending: dice.flip()) }
    }

    /// nil: not possible here.
    private mutating func step(_ table: NaiveTable, _ tables: [String: NaiveTable]) -> [NaiveStep]? {
        let names = table.columns.map(\.name)
        let exact = table.names(of: .int, .double, .text, .bool, .date)
        guard !exact.isEmpty else { return nil }
        let isOrdered = table.ordered != nil
        switch dice.roll(18) {
        case 0: return [.select(some(names, atLeast: max(1, names.count - 3)))]
        case 1:
            let old = some(names)
            // A circle: every name goes to the next one's column.
            let new = old.count > 1 && dice.flip() ? Array(old.dropFirst()) + [old[0]] : old.map { _ in fresh() }
            return [.rename(Array(zip(old, new)).map { (old: $0, new: $1) })]
        case 2, 3: return [.filter(condition(table, 3))]
        case 4, 5: return derive(table)
        case 6: return cast(table)
        case 7:
            let name = dice.pick(exact)
            let (value, text) = filler(table.kind(name))
            return [.fillNull(name, value, text)]
        case 8:
            let kind = table.kind(dice.pick(exact))
            return [.coalesce(target(table), some(table.names(of: kind)))]
        case 9:
            if dice.roll(3) == 0 { return [.dedup([], by: [], last: false)] }
            let by = isOrdered && dice.flip() ? [] : keys(table)
            return [.dedup(some(exact), by: by, last: dice.flip())]
        case 10: return [.sort(keys(table))]
        case 11: return isOrdered ? [.limit(1 + dice.roll(5), offset: dice.roll(3))] : nil
        case 12: return join(table, tables)
        case 13: return aggregate(table, exact, isOrdered: isOrdered)
        case 14: return union(table, tables)
        case 15: return window(table, exact)
        case 16: return pivot(table, exact)
        default:
            if dice.flip() { return unpivot(table) }
            let columns = table.names(of: .int, .text, .bool, .date)
            return columns.isEmpty ? nil : [.hashKey(target(table), some(columns))]
        }
    }

    private mutating func derive(_ table: NaiveTable) -> [NaiveStep]? {
        let kind = dice.pick([NaiveValue.Kind.int, .int, .double, .text, .bool, .ratio])
        guard let value = expression(kind, table, 3) else { return nil }
        return [.derive(target(table), value, kind)]
    }

    private mutating func cast(_ table: NaiveTable) -> [NaiveStep]? {
        let casts: [NaiveValue.Kind: [NaiveValue.Kind]] = [
            .int: [.double, .text, .bool], .double: [.int], .bool: [.int, .text], .date: [.text],
        ]
        let names = table.names(of: .int, .double, .bool, .date)
        guard let name = names.isEmpty ? nil : dice.pick(names), let kinds = casts[table.kind(name)] else { return nil }
        return [.cast(name, dice.pick(kinds))]
    }

    private func filler(_ kind: NaiveValue.Kind) -> (NaiveValue, String) {
        switch kind {
        case .int: (.int(9), "9")
        case .double, .ratio: (.double(0.5), "0.5")
        case .text: (.text("it's"), "\"it's\"")
        case .bool: (.bool(false), "false")
        case .date: (.date("2024-12-31"), "2024-12-31")
        }
    }

    private mutating func join(_ table: NaiveTable, _ tables: [String: NaiveTable]) -> [NaiveStep]? {
        let name = dice.pick(["r", "u"])
        guard let right = tables[name] else { return nil }
        let shared = right.columns.filter { table.index($0.name) != nil && table.kind($0.name) == $0.kind }.map(\.name)
        let how = dice.pick(["inner", "left", "right", "outer", "semi", "anti", "cross"])
        guard how == "cross" || !shared.isEmpty else { return nil }
        let keys = how == "cross" ? [] : Array(some(shared).prefix(2))
        return [
            .join(NaiveJoin(name: name, right: right, keys: keys, how: how, mergesKeys: how != "cross" && dice.flip()))
        ]
    }

    private mutating func aggregate(_ table: NaiveTable, _ exact: [String], isOrdered: Bool) -> [NaiveStep]? {
        let groups = dice.roll(5) == 0 ? [] : some(exact)
        var aggregates: [NaiveAggregate] = []
        for _ in 0..<(1 + dice.roll(3)) {
            let column = dice.pick(exact)
            let kind = table.kind(column)
            var functions = ["count_rows", "count", "count_distinct", "min", "max", "any"]
            if isOrdered { functions += ["first", "last"] }
            if kind == .int || kind == .double { functions += ["sum", "sum", "avg", "mean", "median"] }
            if kind == .bool { functions = ["bool_and", "bool_or", "count"] }
            if kind == .date { functions.append("median") }
            let function = dice.pick(functions)
            var argument = NaiveExpression.column(column)
            if kind == .int, dice.flip() { argument = expression(.int, table, 2) ?? argument }
            aggregates.append(
                NaiveAggregate(
                    name: fresh(), function: function, argument: argument, kind: kind,
                    filter: dice.roll(3) == 0 ? condition(table, 2) : nil))
        }
        return [.aggregate(groups, aggregates)]
    }

    private mutating func union(_ table: NaiveTable, _ tables: [String: NaiveTable]) -> [NaiveStep]? {
        guard let other = tables["u"] else { return nil }
        let fits = other.columns.allSatisfy { column in
            guard table.index(column.name) != nil else { return false }
            let kind = table.kind(column.name)
            return kind == column.kind || [.int, .double].contains(kind) && [.int, .double].contains(column.kind)
        }
        guard fits else { return nil }
        let names = other.columns.map(\.name)
        let narrow: [NaiveStep] = table.columns.count == names.count ? [] : [.select(names)]
        return narrow + [.union("u", other)]
    }

    private mutating func window(_ table: NaiveTable, _ exact: [String]) -> [NaiveStep]? {
        var windows: [NaiveWindow] = []
        for _ in 0..<(1 + dice.roll(2)) {
            let function = dice.pick([
                "row_number", "rank", "dense_rank", "lag", "lead", "first", "last", "sum", "avg", "min", "max", "count",
            ])
            var columns = exact
            if ["sum", "avg"].contains(function) { columns = table.names(of: .int, .double) }
            if ["min", "max"].contains(function) { columns = table.names(of: .int, .double, .text, .date) }
            guard !columns.isEmpty else { return nil }
            let needsColumn = !["row_number", "rank", "dense_rank"].contains(function)
            let column = needsColumn && (function != "count" || dice.flip()) ? dice.pick(columns) : nil
            let isFree = ["sum", "avg", "min", "max", "count"].contains(function) && dice.flip()
            windows.append(
                NaiveWindow(
                    name: fresh(), function: function, column: column,
                    offset: function == "lag" || function == "lead" ? 1 + dice.roll(2) : 1,
                    partitions: dice.flip() ? [] : some(exact), order: isFree ? [] : keys(table)))
        }
        return [.window(windows)]
    }

    private mutating func pivot(_ table: NaiveTable, _ exact: [String]) -> [NaiveStep]? {
        let columns = table.names(of: .int, .text, .bool)
        let values = table.names(of: .int, .double)
        guard !columns.isEmpty, !values.isEmpty else { return nil }
        let column = dice.pick(columns)
        let index = some(exact.filter { $0 != column }, atLeast: 1)
        guard !index.isEmpty else { return nil }
        let found = Set(table.rows.map { table.value($0, column) })
        guard !found.isEmpty, found.count < 8, !found.contains(.text("")), !found.contains(.text("null")) else {
            return nil
        }
        let free = values.filter { $0 != column && !index.contains($0) }
        guard !free.isEmpty else { return nil }
        let step = NaiveStep.pivot(
            index: index, column: column, value: dice.pick(free), function: dice.pick(["sum", "min", "max", "count"]))
        let made = step.apply(to: table).columns.map(\.name).dropFirst(index.count)
        let clashes = made.contains { name in index.contains { Array($0.utf8) == Array(name.utf8) } }
        let folded = Set(made.map { Array($0.lowercased().utf8) })
        guard !clashes, folded.count == made.count else { return nil }
        // Plain names again, by which later steps can call them.
        return [step, .rename(made.map { (old: $0, new: fresh()) })]
    }

    private mutating func unpivot(_ table: NaiveTable) -> [NaiveStep]? {
        let numbers = dice.flip() ? table.names(of: .int, .double) : table.names(of: .text)
        guard !numbers.isEmpty else { return nil }
        let values = some(numbers)
        let ids = table.columns.map(\.name).filter { !values.contains($0) && $0 != "variable" && $0 != "value" }
        return ids.isEmpty ? nil : [.unpivot(ids: some(ids), values: values)]
    }
}

// MARK: - Expressions

extension NaiveGenerator {
    fileprivate mutating func column(_ kind: NaiveValue.Kind, _ table: NaiveTable) -> NaiveExpression? {
        let names = table.names(of: kind)
        return names.isEmpty ? nil : .column(dice.pick(names))
    }

    fileprivate mutating func literal(_ kind: NaiveValue.Kind) -> NaiveExpression {
        switch kind {
        case .int:
            let value = Int64(dice.roll(9)) - 3
            return .literal(.int(value), value < 0 ? "(\(value))" : String(value))
        case .double, .ratio:
            let value = Double(dice.roll(9)) / 2
            return .literal(.double(value), "\(value)e0")
        case .text:
            let text = dice.pick(["a", "b", "é", "", "it's", "--", "\u{1F642}"])
            return .literal(.text(text), "'" + text.replacing("'", with: "''") + "'")
        case .bool: return dice.flip() ? .literal(.bool(true), "TRUE") : .literal(.bool(false), "false")
        case .date:
            let day = "2024-01-0\(1 + dice.roll(5))"
            return .literal(.date(day), "DATE '\(day)'")
        }
    }

    fileprivate mutating func leaf(_ kind: NaiveValue.Kind, _ table: NaiveTable) -> NaiveExpression {
        dice.roll(3) > 0 ? column(kind, table) ?? literal(kind) : literal(kind)
    }

    /// nil: a table without columns for it.
    fileprivate mutating func expression(_ kind: NaiveValue.Kind, _ table: NaiveTable, _ depth: Int) -> NaiveExpression?
    {
        guard depth > 0 else { return leaf(kind, table) }
        func part(_ generator: inout Self, _ kind: NaiveValue.Kind) -> NaiveExpression {
            generator.expression(kind, table, depth - 1) ?? generator.literal(kind)
        }
        if kind == .bool { return condition(table, depth) }
        if kind != .ratio {
            switch dice.roll(10) {
            case 0:
                return .choose(condition(table, depth - 1), part(&self, kind), dice.flip() ? part(&self, kind) : nil)
            case 1: return .coalesce([leaf(kind, table), part(&self, kind)])
            case 2: return .nullIf(leaf(kind, table), part(&self, kind))
            case 3: return .greatest([leaf(kind, table), part(&self, kind)], least: dice.flip())
            case 4, 5: return leaf(kind, table)
            default: break
            }
        }
        switch kind {
        case .int:
            if dice.roll(5) == 0, !table.names(of: .text).isEmpty { return .length(part(&self, .text)) }
            return .arithmetic(dice.pick(["+", "-", "*", "%"]), part(&self, .int), part(&self, .int))
        case .double:
            return .arithmetic(
                dice.pick(["+", "-", "*"]), part(&self, .double), leaf(dice.flip() ? .int : .double, table))
        case .text: return .join(part(&self, .text), part(&self, .text))
        case .ratio:
            return .arithmetic("/", part(&self, .int), .nullIf(part(&self, .int), .literal(.int(0), "0")))
        default: return leaf(kind, table)
        }
    }

    fileprivate mutating func condition(_ table: NaiveTable, _ depth: Int) -> NaiveExpression {
        let kind = dice.pick([NaiveValue.Kind.int, .int, .double, .text, .date])
        func part(_ generator: inout Self) -> NaiveExpression {
            generator.expression(kind, table, min(depth - 1, 1)) ?? generator.literal(kind)
        }
        guard depth > 0 else { return .isNull(leaf(kind, table), negated: dice.flip()) }
        switch dice.roll(12) {
        case 0: return .and(condition(table, depth - 1), condition(table, depth - 1))
        case 1: return .or(condition(table, depth - 1), condition(table, depth - 1))
        case 2: return .not(condition(table, depth - 1))
        case 3: return .isNull(part(&self), negated: dice.flip())
        case 4: return .isDistinct(part(&self), part(&self), negated: dice.flip())
        case 5: return .between(part(&self), leaf(kind, table), leaf(kind, table), negated: dice.flip())
        case 6:
            var items = [leaf(kind, table), literal(kind)]
            if dice.roll(4) == 0 { items.append(.literal(.null, "NULL")) }
            return .within(part(&self), items, negated: dice.flip())
        case 7:
            let pattern = dice.pick(["%", "a%", "%b", "_", "é", "x\\_y", "%\\%%", "_%_"])
            return .like(expression(.text, table, depth - 1) ?? literal(.text), pattern, negated: dice.flip())
        case 8: return column(.bool, table) ?? literal(.bool)
        default:
            return .compare(dice.pick(["=", "==", "<>", "!=", "<", "<=", ">", ">="]), part(&self), part(&self))
        }
    }
}
