/// Reads lists of sort keys: `a`, `{column: a, descending: true}` or `{column: a, order: desc}`.
enum SortKeyReading {
    private enum Order: String, CaseIterable { case asc, desc }

    /// `descending`: for keys that do not say it themselves. `readsWords`: `"a desc"` is the column a, descending.
    static func keys(_ value: FieldValue, descending: Bool = false, allowEmpty: Bool = false, readsWords: Bool = false)
        -> [SortKey]?
    {
        guard let items = value.items(of: "column names", allowEmpty: allowEmpty) else { return nil }
        let keys = items.map { item -> SortKey? in
            guard case .mapping = item.node.content else {
                guard let name = item.name(of: "a column") else { return nil }
                return readsWords
                    ? worded(name, descending) : SortKey(column: name, descending: descending)
            }
            return mapping(item, descending)
        }
        return keys.contains { $0 == nil } ? nil : keys.compactMap { $0 }
    }

    private static func mapping(_ item: FieldValue, _ descending: Bool) -> SortKey? {
        guard let entry = FieldReader(item, TransformFields.sortKey) else { return nil }
        let column = entry.required("column")?.name(of: "a column")
        var own: Bool? = descending
        let given = entry.value("descending")
        let opposite = entry.value("ascending")
        let order = entry.value("order")
        if let given { own = given.boolean() }
        if let opposite {
            if given != nil { opposite.report("give either descending or ascending") }
            own = opposite.boolean().map { !$0 }
        }
        if let order {
            if given != nil || opposite != nil { order.report("give either descending or order") }
            own = order.choice(Order.self, of: "order").map { $0 == .desc }
        }
        entry.finish()
        guard let column, let own else { return nil }
        return SortKey(column: column, descending: own)
    }

    private static func worded(_ name: PlacedText, _ descending: Bool) -> SortKey {
        let words: [(String, Bool)] = [(" desc", true), (" asc", false)]
        for (word, isDescending) in words where name.text.lowercased().hasSuffix(word) {
            let column = String(name.text.unicodeScalars.dropLast(word.count))
            // A column may be called "desc".
            guard column.contains(where: { $0 != " " }) else { continue }
            let end = column.lastIndex { $0 != " " } ?? column.startIndex
            return SortKey(column: PlacedText(String(column[...end]), name.place), descending: isDescending)
        }
        return SortKey(column: name, descending: descending)
    }
}
