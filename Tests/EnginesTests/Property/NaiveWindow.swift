/// One column of a window transform.
struct NaiveWindow {
    var name: String
    var function: String
    var column: String?
    var offset = 1
    var partitions: [String]
    /// Not empty where the function depends on the order.
    var order: [NaiveTable.Key]

    var yaml: String {
        let by = order.map { $0.descending ? "{column: \($0.name), descending: true}" : $0.name }
        return "{name: \(name), func: \(function)" + (column.map { ", column: \($0)" } ?? "")
            + (offset != 1 ? ", offset: \(offset)" : "")
            + ", partition_by: [\(partitions.joined(separator: ", "))], order_by: [\(by.joined(separator: ", "))]}"
    }

    private func kind(_ table: NaiveTable) -> NaiveValue.Kind {
        switch function {
        case "row_number", "rank", "dense_rank", "count": .int
        case "avg": .ratio
        default: column.map(table.kind) ?? .int
        }
    }

    /// Rows of the table with their values, each computed over the table as it was.
    static func apply(_ windows: [NaiveWindow], to table: NaiveTable) -> NaiveTable {
        var numbered = table
        numbered.columns.append(.init(name: "#", kind: .int))
        numbered.rows = table.rows.enumerated().map { $1 + [.int(Int64($0))] }
        var result = table
        for window in windows {
            var values = [NaiveValue](repeating: .null, count: table.rows.count)
            for (_, rows) in NaiveAggregate.groups(window.partitions, of: numbered) {
                let part = NaiveTable(columns: numbered.columns, rows: rows, order: .lost)
                let ordered = window.order.isEmpty ? rows : part.sorted(by: window.order)
                for (place, row) in ordered.enumerated() {
                    guard case .int(let number) = row[row.count - 1] else { continue }
                    values[Int(number)] = window.value(at: place, in: ordered, table)
                }
            }
            result.put(window.name, window.kind(table), values)
        }
        return result
    }

    private func value(at place: Int, in rows: [[NaiveValue]], _ table: NaiveTable) -> NaiveValue {
        func keys(_ row: [NaiveValue]) -> [NaiveValue] { order.map { table.value(row, $0.name) } }
        let all = rows.map { row in column.map { table.value(row, $0) } ?? .int(1) }
        let running = order.isEmpty ? all : Array(all[...place])
        switch function {
        case "row_number": return .int(Int64(place + 1))
        case "rank": return .int(Int64((rows.firstIndex { keys($0) == keys(rows[place]) } ?? 0) + 1))
        case "dense_rank": return .int(Int64(Set(rows[...place].map(keys)).count))
        case "lag": return place >= offset ? all[place - offset] : .null
        case "lead": return place + offset < all.count ? all[place + offset] : .null
        case "count": return .int(Int64(all.filter { !$0.isNull }.count))
        case "first": return all[0]
        case "last": return all[all.count - 1]
        default:
            let kind = column.map(table.kind) ?? .int
            let aggregate = NaiveAggregate(name: "", function: function, argument: .column("v"), kind: kind)
            let values = NaiveTable(columns: [.init(name: "v", kind: kind)], rows: running.map { [$0] })
            return aggregate.value(values.rows, values)
        }
    }
}
