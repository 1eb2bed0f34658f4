import Fleet
import Foundation
import Pipeline
import Synchronization
import Testing

@testable import Store

/// Which runs may not run at the same time.
@Suite(.serialized) struct ExclusionTests {
    private func succeed(_ claimed: [ClaimedRun], _ store: PostgresStore) async throws {
        for run in claimed { _ = try await store.runs.settle(run.lease, .succeeded(.sample(run.lease))) }
    }

    /// Claims and settles until nothing is due; answers what ran together.
    private func rounds(_ store: PostgresStore) async throws -> [[String]] {
        let worker = try await store.runs.worker()
        var rounds: [[String]] = []
        while true {
            let claimed = try await store.runs.claim(worker, limit: 100)
            if claimed.isEmpty { return rounds }
            rounds.append(Self.inOrder(claimed.map(\.request.concurrencyKey)))
            try await succeed(claimed, store)
        }
    }

    /// By code point: Swift's own order merges composed and decomposed forms.
    private static func inOrder(_ keys: [String]) -> [String] {
        keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    @Test(arguments: [
        (["/out", "/out/a.csv"], [["/out"], ["/out/a.csv"]]),
        (["/out/a.csv", "/out"], [["/out/a.csv"], ["/out"]]),
        (["/out/a/b/c", "/out/a", "/out/b"], [["/out/a/b/c", "/out/b"], ["/out/a"]]),
        // Two that exclude each other only through a third go in the order accepted.
        (["/out/a", "/out", "/out/b"], [["/out/a"], ["/out"], ["/out/b"]]),
        // Beginning with the same letters is not lying within.
        (["/out/a", "/out/ab", "/out/a.csv"], [["/out/a", "/out/a.csv", "/out/ab"]]),
        (["/out/x/", "/out//x", "/out/./x"], [["/out/x/"], ["/out//x"], ["/out/./x"]]),
        (["file:///out", "/out/x"], [["file:///out"], ["/out/x"]]),
        (
            ["s3://bucket/out", "s3://bucket/out/x", "s3://other/out/x"],
            [
                ["s3://bucket/out", "s3://other/out/x"], ["s3://bucket/out/x"],
            ]
        ),
        // What is no path excludes its equal alone.
        (["team", "team/a", "team"], [["team", "team/a"], ["team"]]),
        (["/", "/out"], [["/", "/out"]]),
        // Composed and decomposed forms are different names.
        (["/out/\u{E9}", "/out/e\u{301}"], [["/out/e\u{301}", "/out/\u{E9}"]]),
    ])
    func pathsWithinEachOtherTakeTurnsInTheOrderAccepted(keys: [String], together: [[String]]) async throws {
        for batchwise in [true, false] {
            try await withStore { store async throws in
                let requests = keys.map { RunRequest.sample(key: $0) }
                if batchwise {
                    _ = try await store.runs.accept(requests)
                } else {
                    for request in requests { try await store.runs.accepted(request) }
                }
                let seen = try await rounds(store)
                #expect(
                    seen.map { $0.map(\.utf8).map(Array.init) }
                        == together.map { Self.inOrder($0).map(\.utf8).map(Array.init) })
            }
        }
    }

    @Test func aPathOfAnyDepthIsAKey() async throws {
        try await withStore { store async throws in
            let deep = "/" + Array(repeating: "d", count: 2_000).joined(separator: "/")
            try await store.runs.accepted(.sample(key: deep), .sample(key: deep + "/e"), .sample(key: "/d/d"))
            #expect(try await rounds(store).map(\.count) == [1, 1, 1])
        }
    }

    @Test func aRunThatIsCancelledOrDeadLetsThoseWithinItPass() async throws {
        try await withStore { store async throws in
            let around = RunRequest.sample(key: "/out")
            try await store.runs.accepted(around, .sample(key: "/out/a"), .sample(key: "/out/b"))
            #expect(try await store.runs.cancel(around.runID) == .cancelled)
            #expect(try await rounds(store) == [["/out/a", "/out/b"]])
        }
    }

    /// One leaves and is not committed yet when the other leaves: neither may overlook that the other is gone.
    @Test func aRunAroundTwoOthersIsPromotedWhenBothLeaveAtOnce() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample(key: "/out/a"), .sample(key: "/out/b"))
            let within = try await store.runs.claim(worker, limit: 2).map(\.lease)
            try await store.runs.accepted(.sample(key: "/out"))
            let (first, second) = (within[0], within[1])
            let columns = try await SettlementColumns(.succeeded(.sample(first)), store.runs.shared)
            let settle = Call(
                statement: ClaimStatements.settle,
                parameters: [.run(first.runID), .int(first.token.sequence), .uuid(first.token.nonce)]
                    + columns.parameters + [.int(1), .text(columns.engineVersion)])
            let (hasLeft, leaves) = AsyncStream.makeStream(of: Void.self)
            let isSecondDone = Mutex(false)
            let waiting = Statement(
                "test_waiting_for_lane",
                "SELECT count(*) AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            async let isLeaving: Void = store.runs.pool.use("test") { (on) throws(StoreError) in
                // Also when it fails: nobody waits for it then.
                defer { leaves.finish() }
                try on.transaction { () throws(StoreError) in
                    _ = try on.execute(QueueStatements.lockLanesOfRuns(.runs([first.runID])))
                    _ = try on.execute(QueueStatements.lockRuns(.runs([first.runID])))
                    _ = try on.execute(settle)
                    _ = try on.execute(QueueStatements.arrange(.runs([first.runID])))
                    leaves.finish()
                    // Committed only when the other is done, or waits for this.
                    while !isSecondDone.withLock({ $0 }), try on.execute(waiting()).first?.int("waiting") == 0 {}
                }
            }
            for await _ in hasLeft {}
            #expect(try await store.runs.settle(second, .succeeded(.sample(second))) == .applied)
            isSecondDone.withLock { $0 = true }
            try await isLeaving
            #expect(try await store.runs.claim(worker, limit: 2).map(\.request.concurrencyKey) == ["/out"])
        }
    }

    @Test func aRunInheritsThePriorityOfThoseWithinAndAroundIt() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let within = RunRequest.sample(key: "/out/a", priority: .low)
            let other = RunRequest.sample()
            try await store.runs.accepted(within, other)
            try await store.runs.accepted(.sample(key: "/out", priority: .high))
            #expect(try await store.runs.claimOne(worker)?.lease.runID == within.runID)
        }
    }

    /// By what the server reads, not by its clock.
    @Test func tenThousandRunsBehindOneKeyDoNotSlowClaimsAndSettlements() async throws {
        try await withStore(adjust: { $0.poolSize = 1 }) { store async throws in
            let worker = try await store.runs.worker()
            try await store.runs.accepted(.sample(key: "/hot/a"))
            let head = try #require(try await store.runs.claimOne(worker))
            _ = try await store.runs.accept((0..<10_000).map { _ in .sample(key: "/hot/a") })
            for _ in 0..<3 {
                try await store.runs.accepted(.sample(key: "/cool/b"))
                let before = try await reads(store)
                let claimed = try #require(try await store.runs.claimOne(worker))
                _ = try await store.runs.settle(claimed.lease, .succeeded(.sample(claimed.lease)))
                let after = try await reads(store)
                #expect(after - before < 300, "a claim and a settlement read \(after - before) entries of the queue")
            }
            let before = try await reads(store)
            try await succeed([head], store)
            let next = try #require(try await store.runs.claimOne(worker))
            let after = try await reads(store)
            #expect(next.request.concurrencyKey == "/hot/a")
            #expect(after - before < 300, "promoting the next read \(after - before) entries of the queue")
        }
    }

    /// Rows and index entries of the queue that were read so far, by any session.
    private func reads(_ store: PostgresStore) async throws -> Int {
        let connection = try await Connection.open(store.settings)
        // Statistics are sent when a session ends or says so.
        let sum = Statement(
            "test_reads",
            """
            SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'run_queue')
                 + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'run_queue') AS read
            """)
        let flush = Statement("test_flush", "SELECT pg_stat_force_next_flush()")
        do {
            _ = try await store.runs.pool.use("test") { (on) throws(StoreError) in try on.execute(flush()) }
            let read = try await connection.run("test") { (on) throws(StoreError) in
                try on.execute(sum()).first?.int("read") ?? 0
            }
            await connection.close()
            return read
        } catch {
            await connection.close()
            throw error
        }
    }
}
