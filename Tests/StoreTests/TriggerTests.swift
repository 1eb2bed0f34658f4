import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

@Suite struct TriggerTests {
    private static let triggers: [LoadedTrigger] = {
        let pipeline =
            "name: p\nsource: {type: file, path: \"/in/${DAY}\", format: csv}\nsink: {type: file, path: \"/out/${DAY}.csv\"}\n"
        let files = [
            ("quiet", "{landing: \"/in/{DAY}/{FILE}.csv\"}\nwhen: quiet 100s"),
            ("soon", "{landing: \"/soon/{DAY}/{FILE}.csv\"}\nwhen: quiet 0.001s"),
            ("all", "[{landing: \"/a/{DAY}.csv\"}, {landing: \"/b/{DAY}.csv\"}]"),
        ].map {
            TriggerLoader.File(path: "\($0.0).yml", yaml: "name: \($0.0)\non: \($0.1)\npipeline: p.yml\n")
        }
        do {
            return try TriggerLoader.load(
                files, in: LoadedTrigger.Surroundings(baseDirectory: "/", submittedBy: "a@b")
            ) { _ throws(WorkflowLoader.Unreadable) in pipeline }.triggers
        } catch {
            Issue.record("\(error)")
            return []
        }
    }()

    private static let names = ["quiet", "soon", "all"]

    /// What the landings of these places join.
    private func grouped(_ uris: String..., revision: String = "1") -> [GroupedLanding] {
        uris.flatMap { uri in
            Self.triggers.flatMap { trigger in
                trigger.spec.effects(of: Landing(uri: uri, revision: revision)).compactMap { effect in
                    if case .join(let entry) = effect {
                        GroupedLanding(trigger: trigger.spec.name.text, entry: entry)
                    } else {
                        nil
                    }
                }
            }
        }
    }

    @Test func aGroupIsDueOnceAllItsPartsHaveLanded() async throws {
        try await withStore { store async throws in
            try await store.runs.join(grouped("/a/1.csv", "/a/2.csv"))
            #expect(try await store.runs.takeDueGroups(of: Self.names, limit: 10).isEmpty)
            // The same part again is not the other one.
            try await store.runs.join(grouped("/a/1.csv", revision: "2"))
            #expect(try await store.runs.takeDueGroups(of: Self.names, limit: 10).isEmpty)
            try await store.runs.join(grouped("/b/1.csv"))
            let due = try await store.runs.takeDueGroups(of: Self.names, limit: 10)
            #expect(due.map(\.captures) == [["DAY": "1"]] && due.map(\.trigger) == ["all"])
        }
    }

    @Test func aLandingJoinsOnceHoweverOftenItIsToldOf() async throws {
        try await withStore { store async throws in
            for _ in 0..<3 { try await store.runs.join(grouped("/a/1.csv", "/b/1.csv", "/a/1.csv")) }
            let due = try await store.runs.takeDueGroups(of: Self.names, limit: 10)
            #expect(due.count == 1)
            // Due groups are answered until they are removed: whoever took them may have died.
            #expect(try await store.runs.takeDueGroups(of: Self.names, limit: 10).map(\.id) == due.map(\.id))
            try await store.runs.removeGroups(due.map(\.id))
            try await store.runs.join(grouped("/a/1.csv", "/b/1.csv"))
            #expect(try await store.runs.takeDueGroups(of: Self.names, limit: 10).isEmpty)
            #expect(try await store.text("SELECT count(*) FROM landing_groups") == "0")
            // New landings begin a new group.
            try await store.runs.join(grouped("/a/1.csv", "/b/1.csv", revision: "2"))
            let next = try await store.runs.takeDueGroups(of: Self.names, limit: 10)
            #expect(next.count == 1 && next[0].id != due[0].id)
        }
    }

    @Test func whatLandsAfterAGroupWasClosedBeginsANewOne() async throws {
        try await withStore { store async throws in
            try await store.runs.join(grouped("/soon/1/a.csv"))
            var due: [DueGroup] = []
            let limit = ContinuousClock.now + .seconds(60)
            while due.isEmpty, ContinuousClock.now < limit {
                due = try await store.runs.takeDueGroups(of: Self.names, limit: 10)
            }
            try await store.runs.join(grouped("/soon/1/b.csv"))
            #expect(try await store.text("SELECT count(*) FROM landing_groups") == "2")
            try await store.runs.removeGroups(due.map(\.id))
            #expect(try await store.text("SELECT count(*) FROM landing_groups WHERE closed_at IS NULL") == "1")
        }
    }

    @Test func aQuietTimeBeginsAnewWithEachLanding() async throws {
        try await withStore { store async throws in
            try await store.runs.join(grouped("/in/1/a.csv"))
            let first = try #require(try await store.runs.timeUntilDue(of: Self.names))
            #expect(first > .seconds(50) && first <= .seconds(100))
            _ = try await store.rows("UPDATE landing_groups SET due_at = now() + interval '1 s' RETURNING 1")
            try await store.runs.join(grouped("/in/1/b.csv"))
            #expect(try #require(try await store.runs.timeUntilDue(of: Self.names)) > .seconds(50))
            // A repeated one puts nothing off.
            _ = try await store.rows("UPDATE landing_groups SET due_at = now() + interval '1 s' RETURNING 1")
            try await store.runs.join(grouped("/in/1/a.csv"))
            #expect(try #require(try await store.runs.timeUntilDue(of: Self.names)) <= .seconds(1))
            #expect(try await store.runs.timeUntilDue(of: ["all"]) == nil)
        }
    }

    @Test func manyProcessesFormTheSameGroups() async throws {
        try await withStore { store async throws in
            let landings = (1...40).flatMap { grouped("/a/\($0).csv", "/b/\($0).csv") }
            let found = try await withThrowingTaskGroup(of: [DueGroup].self) { group in
                for _ in 0..<8 {
                    let mine = landings.shuffled()
                    group.addTask {
                        for start in stride(from: 0, to: mine.count, by: 7) {
                            try await store.runs.join(Array(mine[start..<min(start + 7, mine.count)]))
                        }
                        return try await store.runs.takeDueGroups(of: Self.names, limit: 1_000)
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(found.map(\.id)).count == 40)
            #expect(Set(found.map(\.captures)).count == 40)
        }
    }

    @Test func aScheduleNeverGoesBack() async throws {
        try await withStore { store async throws in
            let start = Date(timeIntervalSince1970: 1_000)
            #expect(try await store.runs.schedules(["a"], start: start) == ["a": start])
            let later = start.addingTimeInterval(60)
            try await store.runs.advanceSchedule("a", to: later)
            try await store.runs.advanceSchedule("a", to: start)
            #expect(
                try await store.runs.schedules(["a", "b"], start: start) == ["a": later, "b": start])
        }
    }

    @Test func aSucceededRunAnnouncesWhatItWroteAndAFailedOneNothing() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let requests = [RunRequest.sample(), .sample()]
            _ = try await store.runs.accept(requests)
            let claimed = try await store.runs.claim(worker, limit: 2).map(\.lease)
            _ = try await store.runs.settle(claimed[0], .succeeded(.sample(claimed[0])))
            _ = try await store.runs.settle(claimed[1], .failed(Failure(.badData, "bad"), .sample(claimed[1])))
            let taken = try await store.runs.takeAnnouncements(limit: 10, for: .seconds(60))
            #expect(taken.map(\.landing.uri) == ["/out/a"])
            #expect(taken.map(\.landing.revision) == [claimed[0].runID.description])
            #expect(taken.map(\.landing.kind) == [.dataset] && taken.map(\.landing.size) == [10])
            // Taken, and free again when nobody removed it in time.
            #expect(try await store.runs.takeAnnouncements(limit: 10, for: .seconds(60)).isEmpty)
            _ = try await store.rows("UPDATE outbox SET landing_taken_until = now() - interval '1 s' RETURNING 1")
            let again = try await store.runs.takeAnnouncements(limit: 10, for: .seconds(60))
            #expect(again.map(\.id) == taken.map(\.id))
            try await store.runs.removeAnnouncements(again)
            #expect(try await store.text("SELECT count(*) FROM outbox") == "0")
        }
    }

    @Test func historyNamesTheTriggerOfARun() async throws {
        try await withStore { store async throws in
            var request = RunRequest.sample()
            request.trigger = "sales: file 2:/a#1"
            try await store.runs.accepted(request)
            #expect(try await store.text("SELECT \"trigger\" FROM run_history") == request.trigger)
            let claimed = try await store.runs.claim(try await store.runs.worker(), limit: 1)
            #expect(claimed.first?.request.trigger == request.trigger)
        }
    }
}
