/// A lineage graph as text, for people and for the programs that draw.
public enum LineageDrawing: String, Sendable, CaseIterable {
    case tree, mermaid, dot

    public func text(_ graph: LineageGraph, _ directions: [LineageGraph.Direction]) -> String {
        switch self {
        case .tree: Self.tree(graph, directions)
        case .mermaid: Self.mermaid(graph)
        case .dot: Self.dot(graph)
        }
    }

    // MARK: Tree

    private static func tree(_ graph: LineageGraph, _ directions: [LineageGraph.Direction]) -> String {
        var lines = [graph.start.text]
        for direction in directions {
            if directions.count > 1 { lines.append(direction == .up ? "comes from" : "goes into") }
            var shown: Set<LineageGraph.Node> = [graph.start]
            let first = lines.count
            branch(graph, graph.start, direction, indent: "", &shown, &lines)
            if lines.count == first { lines.append("└─ nothing that is on record") }
        }
        return lines.joined(separator: "\n")
    }

    /// A node that was shown before is named again, and not followed again: graphs have circles.
    private static func branch(
        _ graph: LineageGraph, _ node: LineageGraph.Node, _ direction: LineageGraph.Direction, indent: String,
        _ shown: inout Set<LineageGraph.Node>, _ lines: inout [String]
    ) {
        let next = graph.next(node, direction)
        for (position, step) in next.enumerated() {
            let isLast = position == next.count - 1
            let isNew = shown.insert(step.node).inserted
            let label = step.edge.label.isEmpty ? "" : "  (\(step.edge.label))"
            lines.append("\(indent)\(isLast ? "└─" : "├─") \(step.node.text)\(label)\(isNew ? "" : "  see above")")
            guard isNew else { continue }
            branch(graph, step.node, direction, indent: indent + (isLast ? "   " : "│  "), &shown, &lines)
        }
    }

    // MARK: Diagrams

    private static func mermaid(_ graph: LineageGraph) -> String {
        let nodes = graph.nodes
        var lines = ["flowchart LR"]
        for (number, node) in nodes.enumerated() {
            lines.append("  n\(number)[\"\(entities(node.text))\"]\(node == graph.start ? ":::start" : "")")
        }
        for edge in graph.edges {
            let label = edge.label.isEmpty ? "" : "|\"\(entities(edge.label))\"|"
            lines.append("  n\(position(edge.from, nodes)) -->\(label) n\(position(edge.to, nodes))")
        }
        lines.append("  classDef start stroke-width:3px")
        return lines.joined(separator: "\n")
    }

    private static func dot(_ graph: LineageGraph) -> String {
        let nodes = graph.nodes
        var lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=box];"]
        for (number, node) in nodes.enumerated() {
            lines.append("  n\(number) [label=\(quoted(node.text))\(node == graph.start ? ", penwidth=2" : "")];")
        }
        for edge in graph.edges {
            let label = edge.label.isEmpty ? "" : " [label=\(quoted(edge.label))]"
            lines.append("  n\(position(edge.from, nodes)) -> n\(position(edge.to, nodes))\(label);")
        }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private static func position(_ node: LineageGraph.Node, _ nodes: [LineageGraph.Node]) -> Int {
        nodes.firstIndex(of: node) ?? 0
    }

    /// Names hold whatever their makers liked; a diagram's text has signs of its own.
    private static func entities(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            let isPlain =
                scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || " _-./:,".unicodeScalars.contains(scalar)
            return isPlain ? String(scalar) : "#\(scalar.value);"
        }.joined()
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
