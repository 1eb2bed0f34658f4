import Foundation
import Testing

@testable import Store

/// What docs/history.md promises.
@Suite struct HistoryDocumentTests {
    private struct Document {
        let text: String

        init() throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent()
            text = try String(contentsOf: root.appending(path: "docs/history.md"), encoding: .utf8)
        }

        /// The SQL blocks, without their last semicolons.
        var queries: [String] {
            text.components(separatedBy: "```sql\n").dropFirst().compactMap {
                $0.components(separatedBy: ";\n```").first
            }
        }

        /// View and columns, from the table at the top.
        var views: [String: [String]] {
            var views: [String: [String]] = [:]
            let top = text.components(separatedBy: "\n## ")[0]
            for line in top.split(separator: "\n") where line.hasPrefix("| `") {
                let cells = line.split(separator: "|").map {
                    $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
                }
                views[cells[0]] = cells[2].components(separatedBy: ", ")
            }
            return views
        }
    }

    @Test func everyQueryOfTheDocumentationFindsSomething() async throws {
        let queries = try Document().queries
        #expect(queries.count >= 14)
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            for query in queries {
                let rows = try await store.rows(query)
                #expect(!rows.isEmpty, "\(query)")
            }
        }
    }

    @Test func theViewsHaveTheDocumentedColumnsInThatOrder() async throws {
        let views = try Document().views
        #expect(Set(views.keys) == Set(RoleGrants.views))
        try await withStore { store async throws in
            for (view, columns) in views {
                let found = try await store.rows(
                    """
                    SELECT column_name FROM information_schema.columns WHERE table_name = '\(view)'
                     ORDER BY ordinal_position
                    """)
                #expect(found.map { $0[0] ?? "" } == columns, "\(view)")
            }
        }
    }

    @Test func maskedColumnsDoNotShow() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            let query = try #require(try Document().queries.first { $0.contains("NOT e.masking") })
            #expect(try await store.rows(query) == [["/data/out/daily", "plane"]])
        }
    }

    @Test func lineageIsReadInBothDirectionsWithItsDepth() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            let up = try #require(try Document().queries.first { $0.contains("= 'up'") })
            let down = try #require(try Document().queries.first { $0.contains("= 'down'") })
            #expect(try await store.rows(up) == [["1", "/data/out/daily"], ["2", "/data/raw/flights.csv"]])
            #expect(try await store.rows(down) == [["1", "/data/out/daily"], ["2", "/data/out/monthly"]])
        }
    }
}
