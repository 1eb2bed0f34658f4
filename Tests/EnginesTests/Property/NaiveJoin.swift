/// A join on columns of one name, by comparing every row with every other.
struct NaiveJoin {
    var name: String
    var right: NaiveTable
    var keys: [String]
    var how: String
    var mergesKeys: Bool

    var yaml: String {
        if how == "cross" { return "op: join, right: \(name), how: cross" }
        return "op: join, right: \(name), on: [\(keys.joined(separator: ", "))], how: \(how)"
            + (mergesKeys ? ", merge_keys: true" : "")
    }

    func apply(to left: NaiveTable) -> NaiveTable {
        func match(_ l: [NaiveValue], _ r: [NaiveValue]) -> Bool {
            keys.allSatisfy { key in
                let (a, b) = (left.value(l, key), right.value(r, key))
                return !a.isNull && !b.isNull && NaiveValue.order(a, b) == 0
            }
        }
        if how == "semi" || how == "anti" {
            var result = left
            result.rows = left.rows.filter { row in right.rows.contains { match(row, $0) } == (how == "semi") }
            return result
        }
        let drops = how == "inner" || mergesKeys
        let kept = right.columns.filter { how == "cross" || !(drops && keys.contains($0.name)) }
        var taken = Set(left.columns.map(\.name)).union(kept.map(\.name))
        var result = NaiveTable(columns: left.columns, rows: [], order: .lost)
        for column in kept {
            var name = column.name
            if left.index(name) != nil {
                var number = 1
                repeat {
                    name = column.name + "_right" + (number == 1 ? "" : String(number))
                    number += 1
                } while taken.contains(name)
                taken.insert(name)
            }
            result.columns.append(.init(name: name, kind: column.kind))
        }
        func add(_ l: [NaiveValue]?, _ r: [NaiveValue]?) {
            let merged = left.columns.enumerated().map { place, column in
                if mergesKeys, l == nil, keys.contains(column.name), let r { return right.value(r, column.name) }
                return l?[place] ?? .null
            }
            result.rows.append(merged + kept.map { column in r.map { right.value($0, column.name) } ?? .null })
        }
        for l in left.rows {
            let matches = right.rows.filter { how == "cross" || match(l, $0) }
            for r in matches { add(l, r) }
            if matches.isEmpty, how == "left" || how == "outer" { add(l, nil) }
        }
        if how == "right" || how == "outer" {
            for r in right.rows where !left.rows.contains(where: { match($0, r) }) { add(nil, r) }
        }
        return result
    }
}
