import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct IntakeTests {
    @Test func aSecondDeliveryChangesNothing() async throws {
        try await withStore { store async throws in
            let request = RunRequest.sample()
            #expect(try await store.runs.accept([request]) == [.accepted])
            let before = try await store.rows("SELECT r.*, q.* FROM runs r JOIN run_queue q USING (run_id)")
            #expect(try await store.runs.accept([request, request]) == [.known, .known])
            #expect(try await store.rows("SELECT r.*, q.* FROM runs r JOIN run_queue q USING (run_id)") == before)
        }
    }

    @Test func aRunIdWithOtherContentIsAConflict() async throws {
        try await withStore { store async throws in
            let request = RunRequest.sample()
            var other = request
            other.variables = ["DATE": "2013-01-02"]
            #expect(try await store.runs.accept([request, other]) == [.accepted, .conflict])
            #expect(try await store.runs.accept([other]) == [.conflict])
            #expect(try await store.runs.submit(other) == .conflict)
            #expect(try await store.text("SELECT variables->>'DATE' FROM runs") == "2013-01-01")
        }
    }

    @Test func aSubmittedRunIsClaimableOnlyAfterItsAcceptance() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            var request = RunRequest.sample()
            request.projectYAML = "profiles: {}\n"
            request.profile = "lake"
            #expect(try await store.runs.submit(request) == .accepted)
            #expect(try await store.runs.submit(request) == .known)
            #expect(try await store.text("SELECT state FROM runs") == "submitted")
            #expect(try await store.runs.claim(worker, limit: 10).isEmpty)
            #expect(try await store.runs.accept([request]) == [.known])
            let claimed = try #require(try await store.runs.claimOne(worker))
            #expect(claimed.request == request)
            #expect(claimed.lease.attempt == 1)
            #expect(claimed.decided == nil)
        }
    }

    @Test func aSubmittedRunIsAcceptedWithoutItsMessageAfterTheGracePeriod() async throws {
        try await withStore { store async throws in
            let request = RunRequest.sample()
            _ = try await store.runs.submit(request)
            #expect(try await store.runs.acceptOverdue() == 0)
            _ = try await store.rows("UPDATE runs SET recorded_at = recorded_at - interval '2 seconds' RETURNING 1")
            #expect(try await store.runs.acceptOverdue() == 1)
            #expect(try await store.runs.acceptOverdue() == 0)
            #expect(try await store.runs.accept([request]) == [.known])
            #expect(try await store.text("SELECT state FROM run_queue") == "queued")
        }
    }

    @Test func aRequestThatCannotBeStoredDoesNotHoldUpItsBatch() async throws {
        try await withStore { store async throws in
            let good = RunRequest.sample()
            let nul = RunRequest.sample(variables: ["A": "x\u{0}y"])
            var late = RunRequest.sample()
            late.submittedAt = .distantFuture + 1e15
            var patient = RunRequest.sample()
            patient.retries = .max
            let answers = try await store.runs.accept([nul, good, late, patient])
            #expect(answers[1] == .accepted)
            for index in [0, 2, 3] {
                guard case .refused = answers[index] else {
                    Issue.record("request \(index) was answered \(answers[index])")
                    continue
                }
            }
            guard case .refused = try await store.runs.submit(nul) else {
                Issue.record("a request with a NUL was submitted")
                return
            }
        }
    }

    @Test func textsComeBackByCodePoint() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let odd = "é e\u{301} {\"a\\\"} \n\t 'x' \\u0000 NULL \u{1F600}"
            let request = RunRequest.sample(
                key: odd, yaml: odd, variables: ["A": odd, "B": "", "C": "NULL", "D": "null"])
            #expect(try await store.runs.accept([request]) == [.accepted])
            let claimed = try #require(try await store.runs.claimOne(worker))
            #expect(claimed.request.contentDigest == request.contentDigest)
            #expect(Array(claimed.request.pipelineYAML.utf8) == Array(odd.utf8))
        }
    }

    @Test func pipelinesWhoseNamesDifferByCodePointOnlyStayTwo() async throws {
        try await withStore { store async throws in
            var composed = RunRequest.sample()
            composed.pipelineName = "caf\u{e9}"
            var decomposed = RunRequest.sample()
            decomposed.pipelineName = "cafe\u{301}"
            _ = try await store.runs.accept([composed, decomposed])
            #expect(try await store.text("SELECT count(DISTINCT pipeline_id) FROM runs") == "2")
        }
    }

    @Test func batchesFromSeveralWorkersInAnyOrderNeverDeadlockOrDouble() async throws {
        try await withStore(adjust: { $0.poolSize = 8 }) { store async throws in
            let requests = (0..<300).map { RunRequest.sample(key: "/out/\($0 % 40)") }
            let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
                for seed in 0..<8 {
                    let batch = seed.isMultiple(of: 2) ? requests : requests.reversed()
                    group.addTask { try await store.runs.accept(batch).count { $0 == .accepted } }
                }
                return try await group.reduce(0, +)
            }
            #expect(accepted == 300)
            #expect(try await store.text("SELECT count(*) FROM run_queue") == "300")
            #expect(try await store.text("SELECT count(*) FROM run_queue WHERE state = 'queued'") == "40")
        }
    }

    @Test func aDeadLetterIsKeptOnce() async throws {
        try await withStore { store async throws in
            let letter = DeadLetter(
                topic: "runs", partition: 3, offset: 7, reason: .undecodable, detail: "not JSON: \u{0}",
                key: Data([0, 255]), payload: Data([1, 0, 2]))
            try await store.runs.recordDeadLetter(letter)
            try await store.runs.recordDeadLetter(letter)
            var other = letter
            other.payload = Data("anew".utf8)
            try await store.runs.recordDeadLetter(other)
            let letters = try await store.history.listDeadLetters()
            #expect(letters.count == 2)
            #expect(letters.last?.payload == Data([1, 0, 2]))
            #expect(letters.last?.key == Data([0, 255]))
        }
    }

    @Test func aCancelThatComesBeforeItsRequestIsHonoured() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let request = RunRequest.sample()
            #expect(try await store.runs.cancel(request.runID) == .unknown)
            #expect(try await store.runs.accept([request]) == [.accepted])
            #expect(try await store.runs.claim(worker, limit: 1).isEmpty)
            #expect(try await store.text("SELECT state FROM runs") == "cancelled")
        }
    }
}
