import Fleet
import Foundation
import Pipeline
import Testing

@testable import Store

/// What people ask on the command line.
@Suite struct RunQuestionTests {
    private func graph(_ answer: RunHistory.LineageLookup) throws -> LineageGraph {
        guard case .found(let graph) = answer else { throw CocoaError(.fileNoSuchFile) }
        return graph
    }

    @Test func datasetsAreFollowedUpAndDownWithThePipelinesBetween() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            let both = try graph(try await store.history.lineage(of: "/data/out/daily"))
            #expect(
                Set(both.edges.map { "\($0.from.dataset) > \($0.to.dataset) by \($0.pipeline ?? "-")" })
                    == [
                        "/data/raw/flights.csv > /data/out/daily by daily_delays",
                        "/data/out/daily > /data/out/monthly by monthly_delays",
                    ])
            let up = try graph(try await store.history.lineage(of: "/data/out/monthly", directions: [.up]))
            #expect(up.edges.count == 2)
            let near = try graph(try await store.history.lineage(of: "/data/out/monthly", directions: [.up], depth: 1))
            #expect(near.edges.map(\.from.dataset) == ["/data/out/daily"])
            guard case .none = try await store.history.lineage(of: "/data/out") else {
                Issue.record("a dataset was found that no run has touched")
                return
            }
            guard case .none = try await store.history.lineage(of: "/data/out/daily", namespace: "s3://b") else {
                Issue.record("a dataset was found in another namespace")
                return
            }
        }
    }

    @Test func columnsAreFollowedAndMaskedOnesSaidToBe() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            let down = try graph(
                try await store.history.lineage(
                    of: "/data/raw/flights.csv", column: "tailnum", directions: [.down]))
            #expect(
                Set(down.edges.map { "\($0.to.text) \($0.uses.joined())" })
                    == ["/data/out/daily#plane IDENTITY", "/data/out/daily#planes AGGREGATION (masked)"])
            let up = try graph(
                try await store.history.lineage(of: "/data/out/daily", column: "mean_delay", directions: [.up]))
            #expect(up.edges.map(\.from.text) == ["/data/raw/flights.csv#delay"])
        }
    }

    @Test func theNewestVersionOfADatasetCounts() async throws {
        try await withStore { store async throws in
            let filled = try await FilledStore(store)
            try await filled.succeed("remade", engine: "duckdb", from: "/data/new", to: "/data/out/daily")
            let up = try graph(try await store.history.lineage(of: "/data/out/daily", directions: [.up]))
            #expect(up.edges.allSatisfy { $0.pipeline == "remade" })
            let column = try graph(
                try await store.history.lineage(of: "/data/out/daily", column: "plane", directions: [.up]))
            #expect(column.edges.map(\.from.dataset) == ["/data/new"])
        }
    }

    @Test func conditionsOnRunsAddUp() async throws {
        try await withStore { store async throws in
            // The first of its runs were submitted an hour ago, the others minutes later.
            let submitted = Date(timeIntervalSinceNow: -3600)
            _ = try await FilledStore(store)
            func count(_ filter: RunFilter) async throws -> Int { try await store.history.listRuns(filter).count }
            #expect(try await count(RunFilter()) == 4)
            #expect(try await count(RunFilter(pipeline: "daily_delays")) == 2)
            #expect(try await count(RunFilter(state: .running)) == 1)
            #expect(try await count(RunFilter(state: .failed, pipeline: "monthly_delays")) == 1)
            #expect(try await count(RunFilter(state: .failed, pipeline: "daily_delays")) == 0)
            #expect(try await count(RunFilter(since: submitted + 60)) == 2)
            #expect(try await count(RunFilter(engine: "spark")) == 1)
            #expect(try await count(RunFilter(dataset: "/data/out/daily")) == 2)
            #expect(try await count(RunFilter(variables: [.init(name: "DATE", value: "2013-01-01")])) == 4)
            #expect(
                try await count(
                    RunFilter(variables: [.init(name: "DATE", value: "2013-01-01"), .init(name: "X", value: "")])) == 0)
        }
    }

    @Test func pagesFollowEachOtherWithoutGapOrRepetition() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            let all = try await store.history.listRuns().map(\.runID)
            var paged: [RunID] = []
            while paged.count < all.count {
                let page = try await store.history.listRuns(RunFilter(before: paged.last), limit: 1)
                try #require(page.count == 1)
                paged += page.map(\.runID)
            }
            #expect(paged == all)
            #expect(try await store.history.listRuns(RunFilter(before: all.last)).isEmpty)
        }
    }

    @Test func pipelinesAreSummedUpByTheirNames() async throws {
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            let pipelines = try await store.history.listPipelines()
            #expect(pipelines.map(\.pipeline) == ["daily_delays", "monthly_delays"])
            #expect(pipelines.map(\.open) == [1, 0])
            #expect(pipelines.map(\.successRate) == [1, 0.5])
            #expect(pipelines.map(\.sparkShare) == [0, 0.5])
            #expect(pipelines.allSatisfy { ($0.freshnessSeconds ?? -1) >= 0 })
            #expect(try await store.history.listPipelines(named: "daily_delays").count == 1)
            #expect(try await store.history.definition(of: "daily_delays")?.yaml.contains("nightly") == true)
            #expect(try await store.history.definition(of: "nope") == nil)
        }
    }

    @Test func aRunsInputsHaveTheVersionThatItRead() async throws {
        try await withStore { store async throws in
            let filled = try await FilledStore(store)
            let first = try #require(
                try await store.history.listRuns(RunFilter(state: .succeeded, pipeline: "daily_delays")).first)
            let reader = try #require(
                try await store.history.listRuns(RunFilter(state: .succeeded, pipeline: "monthly_delays")).first)
            // A later version changes nothing about what was read.
            try await filled.succeed("daily_delays", engine: "duckdb", from: "/data/raw/x", to: "/data/out/daily")
            let detail = try #require(try await store.history.run(reader.runID))
            #expect(detail.inputs.map(\.version) == [first.runID.description])
            #expect(detail.outputs.map(\.version) == [reader.runID.description])
        }
    }

    @Test func inputsThatWereWrittenSinceAreKnownToHaveChanged() async throws {
        try await withStore { store async throws in
            let filled = try await FilledStore(store)
            let reader = try await filled.succeed("r", engine: "duckdb", from: "/data/out/daily", to: "/data/r")
            let detail = try #require(try await store.history.run(reader))
            #expect(try await store.history.changedInputs(of: detail).isEmpty)
            let writer = try await filled.succeed("w", engine: "duckdb", from: "/x", to: "/data/out/daily")
            let changes = try await store.history.changedInputs(of: detail)
            #expect(changes.map(\.now) == [writer.description])
            #expect(changes.map(\.read) == [detail.inputs[0].version])
            let raw = try await filled.succeed("raw", engine: "duckdb", from: "/nobody", to: "/data/raw")
            let fromNobody = try #require(try await store.history.run(raw))
            #expect(try await store.history.changedInputs(of: fromNobody).isEmpty)
        }
    }

    @Test func aTimelineTellsEveryAttemptInOrder() async throws {
        try await withStore { store async throws in
            let worker = try await store.runs.worker()
            let request = RunRequest.sample()
            try await store.runs.accepted(request)
            let first = try #require(try await store.runs.claimOne(worker)).lease
            _ = try await store.runs.settle(first, .retry(Failure(.engineLost, "gone", step: "s"), after: .zero))
            while try await store.text("SELECT count(*) FROM run_queue WHERE due_at <= now()") == "0" {}
            let second = try #require(try await store.runs.claimOne(worker)).lease
            let report = AttemptReport.sample(second)
            _ = try await store.runs.decide(second, report)
            _ = try await store.runs.settle(second, .succeeded(report))
            let detail = try #require(try await store.history.run(request.runID))
            let texts = RunTimeline(detail).entries.filter { $0.kind != .phase }.map {
                "\($0.attempt.map(String.init) ?? "-") \($0.text)"
            }
            #expect(
                texts == [
                    "- submitted by tester@here", "- accepted", "1 began on worker \(worker)", "1 failed: s: gone",
                    "2 began on worker \(worker)", "2 check not_null a, \"b\\: passed", "2 succeeded", "- succeeded",
                ])
            #expect(
                RunTimeline(detail).entries.filter { $0.kind == .phase }.map(\.text)
                    == ["execute took 125 ms", "write took 100 ms"])
        }
    }

    @Test func twoRunsDifferInWhatTheyDiffer() async throws {
        try await withStore { store async throws in
            let filled = try await FilledStore(store)
            let a = try await filled.succeed("daily_delays", engine: "duckdb", from: "/data/a", to: "/data/b")
            let b = try await filled.succeed("daily_delays", engine: "duckdb", from: "/data/a", to: "/data/b")
            let c = try await filled.succeed("monthly_delays", engine: "spark", from: "/data/c", to: "/data/b")
            func detail(_ id: RunID) async throws -> RunDetail { try #require(try await store.history.run(id)) }
            let same = RunDifference(try await detail(a), try await detail(b))
            #expect(same.isSameResult, "\(same)")
            let other = RunDifference(try await detail(a), try await detail(c))
            #expect(!other.isSameResult)
            #expect(Set(other.entries.map(\.what)).isSuperset(of: ["pipeline", "engine", "input source: dataset"]))
            #expect(other.definition.contains("-name: daily_delays"))
            #expect(other.definition.contains("+name: monthly_delays"))
        }
    }
}
