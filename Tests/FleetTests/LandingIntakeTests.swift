import Foundation
import Logging
import Pipeline
import Synchronization
import Testing

@testable import Fleet

@Suite struct LandingIntakeTests {
    private final class Groups: TriggerStore {
        let joined = Mutex<[GroupedLanding]>([])

        func join(_ landings: [GroupedLanding]) async throws { joined.withLock { $0 += landings } }
        func takeDueGroups(of triggers: [String], limit: Int) async throws -> [DueGroup] { [] }
        func removeGroups(_ groups: [UUID]) async throws {}
        func timeUntilDue(of triggers: [String]) async throws -> Duration? { nil }
        func schedules(_ triggers: [String], start: Date) async throws -> [String: Date] { [:] }
        func advanceSchedule(_ trigger: String, to moment: Date) async throws {}
    }

    private let store = InMemoryRunStore()
    private let groups = Groups()

    private func intake() throws -> LandingIntake {
        let files = [
            ("each", "{landing: \"/in/{DAY}.csv\"}"), ("calm", "{landing: \"/calm/{DAY}/{FILE}.csv\"}\nwhen: quiet 5s"),
        ].map { TriggerLoader.File(path: $0.0, yaml: "name: \($0.0)\non: \($0.1)\npipeline: p.yml\n") }
        let pipeline = """
            name: p
            variables: {DAY: {type: date}}
            source: {type: file, path: "/in/${DAY}.csv"}
            sink: {type: file, path: "/out/${DAY}.csv"}
            """
        let triggers = try TriggerLoader.load(
            files, in: LoadedTrigger.Surroundings(baseDirectory: "/", submittedBy: "a@b")
        ) { _ throws(WorkflowLoader.Unreadable) in pipeline }.triggers
        return LandingIntake(
            table: TriggerTable(triggers), runs: store, groups: groups, deadLetters: NoSink(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func message(_ payload: String, offset: Int64 = 0) -> IncomingMessage {
        IncomingMessage(topic: "landings", partition: 0, offset: offset, payload: Data(payload.utf8))
    }

    private func landing(_ uri: String) -> String {
        String(decoding: Landing(uri: uri, revision: "1").encoded(), as: UTF8.self)
    }

    @Test func aLandingIsOneRunHoweverOftenItIsDelivered() async throws {
        let intake = try intake()
        let messages = [message(landing("/in/2013-01-01.csv")), message(landing("/in/2013-01-02.csv"), offset: 1)]
        for _ in 0..<3 { #expect(try await intake.accept(messages + messages) == false) }
        let requests = store.state.withLock { $0.rows.values.map(\.request) }
        #expect(requests.map { $0.variables["DAY"] }.compactMap(\.self).sorted() == ["2013-01-01", "2013-01-02"])
        #expect(store.state.withLock { $0.deadLetters.isEmpty })
    }

    @Test func whatWaitsForOthersJoinsItsGroup() async throws {
        #expect(try await intake().accept([message(landing("/calm/2013-01-01/a.csv"))]) == true)
        #expect(groups.joined.withLock { $0.map(\.trigger) } == ["calm"])
        #expect(store.state.withLock { $0.rows.isEmpty })
    }

    @Test func whatCannotBeReadIsSetAsideAndHoldsUpNothing() async throws {
        let good = "{\"version\":1,\"uri\":\"/in/2013-01-01.csv\",\"revision\":\"1\"}"
        _ = try await intake().accept([
            message("nonsense"), message("{\"version\":9}", offset: 1), message(landing("/in/today.csv"), offset: 2),
            message("[\(good),{\"version\":1,\"uri\":\"/in/x.csv\"}]", offset: 3),
            message(landing("/elsewhere"), offset: 4),
        ])
        let letters = store.state.withLock { $0.deadLetters }
        #expect(letters.map(\.offset) == [0, 1, 2, 3])
        #expect(letters.map(\.reason) == [.undecodable, .unsupportedVersion, .invalidPipeline, .undecodable])
        #expect(letters[2].detail.contains("trigger \"each\"") && letters[3].detail.contains("[1].revision"))
        #expect(store.state.withLock { $0.rows.count } == 1)
    }
}
