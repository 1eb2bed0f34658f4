import Foundation
import Synchronization

/// What was submitted, written before the submitter is asked, completed when it has answered.
final class Ledger: Sendable {
    struct Entry: Sendable {
        var sink: CampaignSink
        /// Stands in every row that the run writes; also its idempotency key.
        var mark: String
        /// Set when a submitter has answered with exit 0: from then on the run may not be lost.
        var run: String?
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let counters = Mutex<[String: Int]>([:])

    func begin(_ sink: CampaignSink) -> Entry {
        let number = counters.withLock { counters in
            counters[sink.name, default: 0] += 1
            return counters[sink.name] ?? 0
        }
        let digits = String(number)
        let mark = "\(sink.name)-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        let entry = Entry(sink: sink, mark: mark)
        entries.withLock { $0[mark] = entry }
        return entry
    }

    func answered(_ mark: String, run: String) { entries.withLock { $0[mark]?.run = run } }

    var all: [Entry] { entries.withLock { Array($0.values) } }
}
