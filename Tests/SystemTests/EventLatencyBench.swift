import Foundation
import Logging
import Pipeline
import Queue
import Testing

/// From the publication of an event to the claim of its run, with broker, trigger process, store and workers in between.
/// Runs when QUICKETL_BENCH_EVENTS says how many events; prints, asserts no time.
@Suite(.serialized, .timeLimit(.minutes(10))) struct EventLatencyBench {
    private static let events = ProcessInfo.processInfo.environment["QUICKETL_BENCH_EVENTS"].flatMap { Int($0) }

    @Test(.enabled(if: EventLatencyBench.events != nil))
    func eventsAreClaimed() async throws {
        let events = Self.events ?? 0
        let folder = try TemporaryFolder()
        try folder.write("id\n1\n", to: "in.csv")
        try folder.write(
            "name: p\nsource: {type: file, path: in.csv}\nsink: {type: file, path: \"out/${FILE}.csv\"}\n",
            to: "pipelines/p.yml")
        try folder.write(
            "name: each\non: {landing: \"s3://lake/{FILE}.csv\"}\npipeline: pipelines/p.yml\n", to: "triggers/each.yml")
        try await TemporaryFleet.run(workers: 2, in: folder) { _ in
            let store = try await FleetStore(in: folder)
            let sink = try LandingSink(in: folder)
            // The groups form.
            try await sink.publish(Landing(uri: "s3://lake/first.csv", revision: "1"))
            try await store.until("SELECT count(*) FROM runs WHERE state = 'succeeded'", is: "1")
            var sent: [String] = []
            for number in 0..<events {
                let moment = Date().timeIntervalSince1970
                try await sink.publish(Landing(uri: "s3://lake/\(number).csv", revision: "1"))
                sent.append("(\(number), \(moment))")
                try await Task.sleep(for: .milliseconds(100))
            }
            try await store.until("SELECT count(*) FROM runs WHERE state = 'succeeded'", is: "\(events + 1)")
            let answer = try await store.text(
                """
                WITH sent (number, moment) AS (VALUES \(sent.joined(separator: ", "))), taken AS (
                    SELECT extract(epoch FROM a.started_at) * 1000 - moment * 1000 AS ms
                      FROM sent JOIN runs r ON r.variables ->> 'FILE' = number::text JOIN attempts a USING (run_id)
                     WHERE a.attempt = 1)
                SELECT 'p50 ' || round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 1) || ' ms, p99 '
                       || round(percentile_cont(0.99) WITHIN GROUP (ORDER BY ms)::numeric, 1) || ' ms, max '
                       || round(max(ms)::numeric, 1) || ' ms, events ' || count(*) FROM taken
                """)
            print("event to claim: \(answer)")
            await sink.close()
        }
    }
}

/// Publishes landings to a running fleet.
final class LandingSink: Sendable {
    private let sink: KafkaRequestSink

    init(in folder: TemporaryFolder) throws {
        let environment = try String(contentsOfFile: folder.path + "/.quicketl/dev.env", encoding: .utf8)
        guard let address = environment.firstMatch(of: /QUICKETL_KAFKA='([^']*)'/)?.1 else {
            throw Program.Unexpected("no broker in dev.env: \(environment)")
        }
        sink = try KafkaRequestSink(
            settings: KafkaSettings(brokers: String(address)), logger: Logger(label: "test"))
    }

    func publish(_ landing: Landing) async throws { try await sink.publish(landing) }

    func publish(_ payload: Data, key: String) async throws {
        try await sink.publish(landing: payload, key: Data(key.utf8))
    }

    func close() async { await sink.close() }
}
