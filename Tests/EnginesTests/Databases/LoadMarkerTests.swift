import Pipeline
import Support
import Testing

@testable import Engines

@Suite(.timeLimit(.minutes(10))) struct LoadMarkerTests {
    @Test("markers go when no attempt of their run can ask any more, and not before", arguments: DatabaseScene.kinds)
    func pruned(kind: DatabaseAddress.Kind) async throws {
        try await DatabaseScene.run(kind) { scene in
            for id in 1...3 { try await scene.load("id\n\(id)\n", .append) }
            let runs = try await scene.rows("run_id", table: LoadMarker.table)
            #expect(runs.count == 3)
            let (older, younger) = (LoadMarker.keptDays + 1, LoadMarker.keptDays - 1)
            for (run, days) in zip(runs, [older, younger]) {
                let then =
                    switch kind {
                    case .postgresql: "now() - interval '\(days) days'"
                    case .mysql: "CURRENT_TIMESTAMP - INTERVAL \(days) DAY"
                    case .sqlite, .duckdb: "strftime(now() - INTERVAL \(days) DAY, '%Y-%m-%dT%H:%M:%SZ')"
                    }
                try await scene.change(
                    "UPDATE SCHEMA.\(LoadMarker.table) SET loaded_at = \(then) WHERE run_id = '\(run)'")
            }
            try await scene.load("id\n4\n", .append)
            let left = try await scene.rows("run_id", table: LoadMarker.table)
            #expect(left.count == 3)
            #expect(!left.contains(runs[0]))
            #expect(left.contains(runs[1]) && left.contains(runs[2]))
            #expect(try await scene.rows("id") == ["1", "2", "3", "4"])
        }
    }
}
