import Foundation
import Testing

/// A fleet whose workers keep a Spark server.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SparkFleetTests {
    @Test func aRunSubmittedForSparkIsComputedThereAndItsServerEndsWithTheFleet() async throws {
        let folder = try TemporaryFolder()
        try folder.write("id,amount\n1,5\n2,0\n3,7\n", to: "in.csv")
        try folder.write(
            """
            name: sparkling
            source: {type: file, path: in.csv}
            transforms:
              - {op: aggregate, group_by: [], aggs: {n: count(*), s: sum(amount)}}
            checks:
              - {type: row_count, min: 1}
            sink: {type: file, path: out.csv}
            """, to: "p.yml")
        try await TemporaryFleet.run(in: folder) { fleet in
            let ended = try await fleet.quicketl("submit", "p.yml", "--engine", "spark", "--wait", "--json")
            #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
            let run = try #require(try ended.json["run_id"]?.text)
            let shown = try await fleet.show(run)
            #expect(shown["state"]?.text == "succeeded")
            #expect(shown["attempts"]?.list.first?["engine"]?.text == "spark")
            #expect(try await Program.duckdb("SELECT n, s FROM 'out.csv'", in: fleet.folder.path) == "3,12\n")
        }
    }
}
