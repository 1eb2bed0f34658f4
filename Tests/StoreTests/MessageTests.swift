import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

/// What attempts say while they go on.
@Suite struct MessageTests {
    private func said(_ lease: Lease, _ texts: String..., from first: Int = 1) -> SaidMessages {
        SaidMessages(
            lease: lease,
            messages: texts.enumerated().map { index, text in
                AttemptMessage(ordinal: first + index, at: Date(), level: .info, text: text)
            })
    }

    private func messages(_ store: PostgresStore, of run: RunID) async throws -> [String] {
        try await store.history.run(run)?.messages.map { "\($0.attempt) \($0.text)" } ?? []
    }

    @Test func aMessageThatComesTwiceIsThereOnce() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let request = RunRequest.sample()
            try await store.runs.accepted(request)
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            let first = said(lease, "a \"quoted\\\" one", "b")
            for _ in 0..<2 { try await store.runs.note([first]) }
            try await store.runs.note([
                SaidMessages(lease: lease, messages: first.messages + said(lease, "c", from: 3).messages)
            ])
            #expect(try await messages(store, of: request.runID) == ["1 a \"quoted\\\" one", "1 b", "1 c"])
            #expect(try await store.history.status(request.runID)?.messages == 3)
            let shown = try await store.rows("SELECT pipeline, level, message FROM message_history WHERE ordinal = 2")
            #expect(shown == [["sample", "info", "b"]])
        }
    }

    @Test func whoHasLostTheLeaseSaysNothingMore() async throws {
        try await withStore { store async throws in
            let dying = try await store.runs.worker(locked: false)
            let worker = try await store.runs.worker()
            let request = RunRequest.sample()
            try await store.runs.accepted(request)
            let lost = try #require(try await store.runs.claimOne(dying)).lease
            try await store.runs.note([said(lost, "before")])
            let seen = try await store.runs.observeWorkers(except: worker).filter { $0.id == dying }
            #expect(try await store.runs.reclaim(from: seen) == 1)
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            try await store.runs.note([said(lost, "after", from: 2), said(lease, "mine")])
            var forged = lease
            forged.token = LeaseToken(sequence: lease.token.sequence, nonce: UUID())
            try await store.runs.note([said(forged, "forged", from: 2)])
            #expect(try await messages(store, of: request.runID) == ["1 before", "2 mine"])
            let report = AttemptReport.sample(lease)
            _ = try await store.runs.decide(lease, report)
            _ = try await store.runs.settle(lease, .succeeded(report))
            try await store.runs.note([said(lease, "late", from: 2)])
            #expect(try await messages(store, of: request.runID) == ["1 before", "2 mine"])
        }
    }

    @Test func theTimelineHasThemWithinTheirAttempt() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let request = RunRequest.sample()
            try await store.runs.accepted(request)
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            // By a clock that is a day behind, and one that is a day ahead.
            for (ordinal, hours) in [(1, -24.0), (2, 24.0)] {
                let at = Date().addingTimeInterval(hours * 3600)
                try await store.runs.note([
                    SaidMessages(
                        lease: lease,
                        messages: [
                            AttemptMessage(ordinal: ordinal, at: at, level: .warning, text: "said \(ordinal)")
                        ])
                ])
            }
            _ = try await store.runs.settle(lease, .failed(Failure(.badData, "no"), nil))
            let run = try #require(try await store.history.run(request.runID))
            let lines = RunTimeline(run).entries.filter { $0.kind == .attempt || $0.kind == .message }.map(\.text)
            #expect(lines.count == 4)
            #expect(lines.first?.hasPrefix("began on") == true)
            #expect(Array(lines.dropFirst()) == ["warning: said 1", "warning: said 2", "failed: no"])
        }
    }

    @Test func whoFollowsARunHearsOfAMessageAtOnce() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let request = RunRequest.sample()
            try await store.runs.accepted(request)
            let lease = try #require(try await store.runs.claimOne(worker)).lease
            // Without the notice nobody would look again for an hour.
            var changes = store.history.watch(request.runID, pollingEvery: .seconds(3600)).makeAsyncIterator()
            #expect(await changes.next()?.messages == 0)
            try await store.runs.note([said(lease, "a")])
            #expect(await changes.next()?.messages == 1)
        }
    }
}
