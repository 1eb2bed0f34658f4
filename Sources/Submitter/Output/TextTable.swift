/// Columns of text, aligned; on a terminal with coloured cells.
struct TextTable {
    struct Cell: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
        var text: String
        var colour: Console.Colour?
        var isNumber = false

        init(_ text: String, _ colour: Console.Colour? = nil, isNumber: Bool = false) {
            self.text = text
            self.colour = colour
            self.isNumber = isNumber
        }

        init(stringLiteral value: String) { text = value }
    }

    private let header: [String]
    private var rows: [[Cell]] = []

    init(_ header: [String]) { self.header = header }

    mutating func add(_ row: [Cell]) { rows.append(row) }

    func lines() -> [String] {
        let widths = header.indices.map { column in
            rows.map { $0[column].text.count }.reduce(header[column].count, max)
        }
        func line(_ cells: [Cell]) -> String {
            var text = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.text.count)
                let shown = Console.coloured(cell.text, cell.colour)
                text += (cell.isNumber ? padding + shown : shown + padding) + "  "
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        return [line(header.map { Cell($0, .bold) })] + rows.map(line)
    }

    func show() { for line in lines() { Console.say(line) } }
}
