import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

/// Who gets a worker when there are more runs than slots.
@Suite(.serialized) struct FairnessTests {
    private func request(_ pipeline: String, limit: Int?, priority: Priority = .normal) -> RunRequest {
        var request = RunRequest.sample(priority: priority)
        request.pipelineName = pipeline
        request.maxRunning = limit
        return request
    }

    @Test func aLowRunGetsItsShareHoweverManyHighOnesCome() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let low = RunRequest.sample(priority: .low)
            try await store.runs.accepted(low)
            var others = 0
            while true {
                // More come than go.
                _ = try await store.runs.accept([.sample(priority: .high), .sample(priority: .normal)])
                let claimed = try #require(try await store.runs.claimOne(worker))
                _ = try await store.runs.settle(claimed.lease, .succeeded(.sample(claimed.lease)))
                if claimed.lease.runID == low.runID { break }
                others += 1
                try #require(others < 50, "the low run starves")
            }
            #expect(others == 7)
        }
    }

    @Test func aBackfillWithALimitLeavesSlotsToOthers() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            _ = try await store.runs.accept((0..<1_000).map { _ in request("backfill", limit: 2) })
            _ = try await store.runs.accept((0..<3).map { _ in request("daily", limit: nil) })
            let first = try await store.runs.claim(worker, limit: 4)
            #expect(first.map(\.request.pipelineName).sorted() == ["backfill", "backfill", "daily", "daily"])
            #expect(try await store.runs.claim(worker, limit: 4).map(\.request.pipelineName) == ["daily"])
            #expect(try await store.runs.claim(worker, limit: 4).isEmpty)
            let ended = try #require(first.first { $0.request.pipelineName == "backfill" }).lease
            _ = try await store.runs.settle(ended, .succeeded(.sample(ended)))
            #expect(try await store.runs.claim(worker, limit: 4).map(\.request.pipelineName) == ["backfill"])
        }
    }

    @Test func aLimitHoldsOverAllWorkersThatClaimAtOnce() async throws {
        try await withStore(adjust: { $0.poolSize = 8 }) { store async throws in
            _ = try await store.runs.accept((0..<40).map { _ in request("narrow", limit: 3) })
            var workers: [WorkerID] = []
            for _ in 0..<8 { workers.append(try await store.runs.worker(locked: false)) }
            let claimed = try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in workers {
                    group.addTask { try await store.runs.claim(worker, limit: 2).count }
                }
                return try await group.reduce(0, +)
            }
            #expect(claimed == 3)
        }
    }

    @Test func aHigherPriorityGoesFirstWithinAndBesideALimit() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            _ = try await store.runs.accept([
                request("a", limit: 1), request("b", limit: nil), request("a", limit: 1, priority: .high),
                request("c", limit: 5, priority: .low),
            ])
            let claimed = try await store.runs.claim(worker, limit: 4)
            #expect(claimed.map(\.request.priority) == [.high, .normal, .low])
            #expect(claimed.map(\.request.pipelineName) == ["a", "b", "c"])
        }
    }

    @Test func runsThatAreNotDueYetDoNotSlowClaims() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            _ = try await store.runs.accept((0..<5_000).map { _ in .sample(priority: .high) })
            _ = try await store.rows("UPDATE run_queue SET due_at = now() + interval '1 hour' RETURNING 1")
            let late = RunRequest.sample()
            try await store.runs.accepted(late)
            #expect(try await store.runs.claim(worker, limit: 10).map(\.lease.runID) == [late.runID])
        }
    }
}
