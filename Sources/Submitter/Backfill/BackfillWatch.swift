import Fleet
import Foundation
import Store

/// Follows a backfill to its end.
struct BackfillWatch {
    let store: PostgresStore
    let isQuiet: Bool

    private static let poll = Duration.milliseconds(500)

    func untilEnd(of id: String) async throws -> BackfillSummary {
        let line = ProgressLine(label: "backfill", isQuiet: isQuiet)
        defer { line.finish() }
        while true {
            let now = try await Self.find(id, in: store)
            let ended = now.succeeded + now.failed + now.cancelled
            line.show(
                AttemptProgress(
                    phase: "\(ended) of \(now.runs) ended\(now.failed > 0 ? ", \(now.failed) failed" : "")",
                    fraction: now.runs == 0 ? 1 : Double(ended) / Double(now.runs)))
            if now.unfinished == 0 { return now }
            try await Task.sleep(for: Self.poll)
        }
    }

    static func find(_ idOrPrefix: String, in store: PostgresStore) async throws -> BackfillSummary {
        let found = try await store.runs.findBackfills(idOrPrefix)
        guard let first = found.first else {
            throw Stop(.failed, "there is no backfill \(idOrPrefix); \"quicketl backfill list\" shows those there are")
        }
        guard found.count == 1 else { throw Stop(.failed, "several backfills begin with \(idOrPrefix)") }
        return first
    }

    static func say(_ backfill: BackfillSummary) {
        let missing = backfill.missing > 0 ? ", \(backfill.missing) never handed in" : ""
        Console.say(
            "\(backfill.backfillID.uuidString.lowercased()) \(backfill.pipeline): \(backfill.runs) runs, "
                + "\(backfill.succeeded) succeeded, \(backfill.failed) failed, \(backfill.cancelled) cancelled, "
                + "\(backfill.unfinished) to come\(missing), \(Amount.count(backfill.rowsOut)) rows")
    }
}
