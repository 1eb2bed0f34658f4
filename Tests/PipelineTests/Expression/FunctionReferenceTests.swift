import Foundation
import Pipeline
import Testing

/// `docs/expressions.md` is made from the function table: `QUICKETL_WRITE_DOCS=1 make unit` writes it anew.
@Suite struct FunctionReferenceTests {
    private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/expressions.md")

    private static var reference: String {
        func table(_ functions: [FunctionDefinition]) -> String {
            let rows = functions.map { function in
                let others = function.names.dropFirst().joined(separator: ", ")
                let cells = ["`\(function.signature)`", others, function.documentation]
                return "| " + cells.map { $0.replacingOccurrences(of: "|", with: "\\|") }.joined(separator: " | ")
                    + " |"
            }
            return "| function | other names | what it gives |\n| --- | --- | --- |\n" + rows.joined(separator: "\n")
        }
        return """
            # The functions of expressions

            Made from the function table of the program; `quicketl functions [NAME]` prints the same. A null among the
            arguments gives null, and aggregates leave nulls out, where nothing else is said.

            ## For each row

            \(table(FunctionTable.all.filter { !$0.isAggregate }))

            ## Over the rows of a group

            Anywhere in an expression of `aggs`, with `DISTINCT` and `FILTER (WHERE …)`.

            \(table(FunctionTable.all.filter(\.isAggregate)))

            """
    }

    @Test func theReferenceSaysWhatTheTableSays() throws {
        if ProcessInfo.processInfo.environment["QUICKETL_WRITE_DOCS"] != nil {
            try Data(Self.reference.utf8).write(to: Self.path)
        }
        let written = try String(contentsOf: Self.path, encoding: .utf8)
        #expect(written == Self.reference, "write it anew: QUICKETL_WRITE_DOCS=1 make unit")
    }
}
