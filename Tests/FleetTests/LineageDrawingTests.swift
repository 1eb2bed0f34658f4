import Fleet
import Testing

@Suite struct LineageDrawingTests {
    private func node(_ name: String, _ column: String? = nil) -> LineageGraph.Node {
        LineageGraph.Node(namespace: "file", dataset: name, column: column)
    }

    /// /a → /c, /b → /c, /c → /d, and /d → /a again.
    private var graph: LineageGraph {
        var graph = LineageGraph(start: node("/c"))
        graph.add(.init(from: node("/a"), to: node("/c"), pipeline: "join"))
        graph.add(.init(from: node("/b"), to: node("/c"), pipeline: "join"))
        graph.add(.init(from: node("/c"), to: node("/d"), pipeline: "next"))
        graph.add(.init(from: node("/d"), to: node("/a"), pipeline: "again"))
        return graph
    }

    @Test func aTreeFollowsEachNodeOnce() {
        #expect(
            LineageDrawing.tree.text(graph, [.up]) == """
                /c
                ├─ /a  (join)
                │  └─ /d  (again)
                │     └─ /c  (next)  see above
                └─ /b  (join)
                """)
        #expect(
            LineageDrawing.tree.text(graph, [.up, .down]).hasSuffix(
                """
                goes into
                └─ /d  (next)
                   └─ /a  (again)
                      └─ /c  (join)  see above
                """))
    }

    @Test func nothingOnRecordIsSaid() {
        let lone = LineageGraph(start: node("/x"))
        #expect(LineageDrawing.tree.text(lone, [.down]) == "/x\n└─ nothing that is on record")
    }

    @Test func diagramsHoldEveryEdge() {
        let mermaid = LineageDrawing.mermaid.text(graph, [.up])
        #expect(mermaid.hasPrefix("flowchart LR\n  n0[\"/c\"]:::start\n"))
        #expect(mermaid.contains("n1 -->|\"join\"| n0"))
        let dot = LineageDrawing.dot.text(graph, [.up])
        #expect(dot.hasPrefix("digraph lineage {"))
        #expect(dot.contains("n1 -> n0 [label=\"join\"];"))
        #expect(dot.split(separator: "\n").filter { $0.contains("->") }.count == 4)
    }

    @Test func namesCannotBreakADiagram() {
        let odd = LineageGraph(start: node("/a\"];\n  x --> y\\", "c|d"))
        #expect(LineageDrawing.mermaid.text(odd, []).split(separator: "\n").count == 3)
        #expect(LineageDrawing.dot.text(odd, []).split(separator: "\n").count == 5)
        #expect(LineageDrawing.dot.text(odd, []).contains(##"label="/a\"];   x --> y\\#c|d""##))
        #expect(!LineageDrawing.mermaid.text(odd, []).contains("|d"))
    }

    @Test func usesOfOneColumnAreGathered() {
        var graph = LineageGraph(start: node("/c", "x"))
        for use in ["AGGREGATION", "CONDITIONAL", "AGGREGATION"] {
            graph.add(.init(from: node("/a", "y"), to: node("/c", "x"), pipeline: "p", uses: [use]))
        }
        #expect(LineageDrawing.tree.text(graph, [.up]) == "/c#x\n└─ /a#y  (p: AGGREGATION, CONDITIONAL)")
    }
}
