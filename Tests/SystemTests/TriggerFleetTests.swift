import Foundation
import Testing

/// Landings and triggers with everything real: folders, the broker, PostgreSQL, workers.
@Suite(.serialized, .timeLimit(.minutes(5))) struct TriggerFleetTests {
    private static func copy(_ from: String, _ to: String) -> String {
        """
        name: copy
        source: {type: file, path: "\(from)", format: csv}
        sink: {type: file, path: "\(to)"}
        """
    }

    private func makeFolder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Self.copy("in/${DAY}/${FILE}.csv", "out/${DAY}/${FILE}.csv"), to: "pipelines/each.yml")
        try folder.write(Self.copy("out/${DAY}/${FILE}.csv", "report/${DAY}-${FILE}.csv"), to: "pipelines/report.yml")
        try folder.write(Self.copy("in/${DAY}/*.csv", "whole/${DAY}.csv"), to: "pipelines/whole.yml")
        try folder.write(
            "name: each\non: {landing: \"in/{DAY}/{FILE}.csv\"}\npipeline: pipelines/each.yml\n",
            to: "triggers/each.yml")
        try folder.write(
            "name: report\non: {dataset: \"out/{DAY}/{FILE}.csv\"}\npipeline: ../pipelines/report.yml\n",
            to: "triggers/report.yml")
        return folder
    }

    private static let succeeded = "SELECT count(*) FROM runs WHERE state = 'succeeded'"

    @Test func aFileThatLandsStartsItsRunAndWhatThatWritesTheNext() async throws {
        let folder = try makeFolder()
        // Landed while nothing ran.
        try folder.write("id\n1\n", to: "in/mon/a.csv")
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            let store = try await FleetStore(in: folder)
            try await store.until(Self.succeeded, is: "2")
            try folder.write("id\n2\n", to: "in/tue/b.csv")
            try await store.until(Self.succeeded, is: "4")
            #expect(folder.exists("report/mon-a.csv") && folder.exists("report/tue-b.csv"))
            #expect(
                try await store.text(
                    "SELECT count(*) FROM run_history WHERE \"trigger\" LIKE 'each: file %/in/tue/b.csv#modified=%'")
                    == "1")
            #expect(
                try await store.text("SELECT count(*) FROM run_history WHERE \"trigger\" LIKE 'report: dataset %'")
                    == "2")
            // By hand, and again: the content is what it was.
            for _ in 0..<2 {
                let landed = try await fleet.quicketl("land", "in/tue/b.csv", "--json")
                #expect(landed.code == 0, "\(landed.errors)")
                #expect(try landed.json["uri"]?.text?.hasSuffix("/in/tue/b.csv") == true)
            }
            try folder.write("id\n3\n4\n", to: "in/tue/b.csv")
            try await store.until(Self.succeeded, is: "6")
            #expect(try await store.text("SELECT count(*) FROM runs") == "6")
            #expect(try await Program.duckdb("SELECT sum(id) FROM 'report/tue-b.csv'", in: folder.path) == "7\n")
            try await store.until("SELECT count(*) FROM outbox WHERE kind = 'landing'", is: "0")
            // What can't be read is kept.
            let refused = try await fleet.quicketl("land", "s3://b/\u{7}")
            #expect(refused.code == 1)
        }
        // Everything is told of again, and nothing runs twice.
        try await TemporaryFleet.run(workers: 1, in: folder) { _ in
            let store = try await FleetStore(in: folder)
            try folder.write("id\n5\n", to: "in/wed/c.csv")
            try await store.until(Self.succeeded, is: "8")
            #expect(try await store.text("SELECT count(*) FROM runs") == "8")
        }
    }

    @Test func groupsOutliveTheProcessThatFormedThem() async throws {
        let folder = try TemporaryFolder()
        try folder.write("id\n1\n", to: "in/mon/a.csv")
        try folder.write(Self.copy("in/${DAY}/*.csv", "out/${DAY}.csv"), to: "p.yml")
        try folder.write(
            "name: both\non:\n  - {landing: \"s3://a/{DAY}.csv\"}\n  - {landing: \"s3://b/{DAY}.csv\"}\npipeline: p.yml\n",
            to: "later/both.yml")
        try folder.write(
            "name: calm\non: {landing: \"s3://c/{DAY}/{FILE}.csv\"}\nwhen: quiet 3s\npipeline: p.yml\n",
            to: "later/calm.yml")
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            let store = try await FleetStore(in: folder)
            let first = try BackgroundWorker(in: folder, program: "quicketl", "triggers", "run", "later")
            for uri in ["s3://a/mon.csv", "s3://c/mon/1.csv"] {
                #expect(try await fleet.quicketl("land", uri, "--revision", "1").code == 0)
            }
            try await store.until("SELECT count(*) FROM landing_groups", is: "2")
            first.send(SIGKILL)
            _ = await first.ended()
            // Two take its place, and the landings come again.
            let others = try (0..<2).map { _ in
                try BackgroundWorker(in: folder, program: "quicketl", "triggers", "run", "later")
            }
            for uri in ["s3://b/mon.csv", "s3://a/mon.csv", "s3://c/mon/1.csv"] {
                #expect(try await fleet.quicketl("land", uri, "--revision", "1").code == 0)
            }
            try await store.until(Self.succeeded, is: "2")
            try await store.until("SELECT count(*) FROM landing_groups", is: "0")
            #expect(try await store.text("SELECT count(*) FROM runs") == "2")
            #expect(
                try await store.text(
                    "SELECT string_agg(split_part(\"trigger\", ' group', 1), ' ' ORDER BY \"trigger\") FROM runs")
                    == "both: calm:")
            for other in others { other.send(SIGTERM) }
            for other in others { #expect(await other.ended() == 0) }
        }
    }

    @Test func triggersAreCheckedAndTriedWithoutAFleet() async throws {
        let folder = try makeFolder()
        let valid = try await Program.run(["triggers", "validate", "--json"], in: folder.path)
        #expect(valid.code == 0, "\(valid.output)")
        #expect(try valid.json["triggers"]?.list == [.text("each"), .text("report")])
        try folder.write(
            "{\"version\":1,\"uri\":\"\(folder.path)/in/mon/a.csv\",\"revision\":\"1\"}", to: "event.json")
        let tried = try await Program.run(["triggers", "test", "event.json", "--json"], in: folder.path)
        #expect(tried.code == 0, "\(tried.errors)")
        let match = try #require(try tried.json["landings"]?.list.first?["matches"]?.list.first)
        #expect(match["trigger"]?.text == "each" && match["outcome"]?.text == "run")
        #expect(match["request"]?["variables"]?.list.count == 2)
        try folder.write("{\"version\":1,\"uri\":\"s3://x/y\",\"revision\":\"1\"}", to: "event.json")
        #expect(try await Program.run(["triggers", "test", "event.json"], in: folder.path).code == 1)
        try folder.write("name: each\non: {landing: \"in/{A\"}\npipeline: x.yml\n", to: "triggers/wrong.yml")
        let invalid = try await Program.run(["triggers", "validate"], in: folder.path)
        #expect(invalid.code == 1)
        #expect(invalid.errors.contains("triggers/wrong.yml:2:15: error: on.landing"), "\(invalid.errors)")
    }
}
