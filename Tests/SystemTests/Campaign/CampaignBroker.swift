import Foundation
import Queue

/// The broker, in a process of its own. When it has ended, another one takes its place: at another address, and
/// without anything of what the first one held.
final class CampaignBroker: Sendable {
    private let program: CampaignProgram
    private let addressFile: String

    init(folder: String) async throws {
        addressFile = folder + "/broker.address"
        let addressFile = addressFile
        program = CampaignProgram(["quicketl-test-broker", addressFile], log: folder + "/broker.log") { [:] }
        let end = ContinuousClock.now + .seconds(60)
        while address.isEmpty {
            guard .now < end else { throw Program.Unexpected("the broker does not come up") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Of the latest one.
    var address: String {
        // Not there before the first one listens.
        (try? String(contentsOfFile: addressFile, encoding: .utf8)) ?? ""
    }

    /// How a client finds it, as variables of its environment.
    var environment: [String: String] {
        var environment = ["QUICKETL_KAFKA": address]
        for (property, value) in EmbeddedBroker.clientProperties {
            environment["QUICKETL_KAFKA_" + property.uppercased().replacingOccurrences(of: ".", with: "_")] = value
        }
        return environment
    }

    /// It answers nothing, until `answer`.
    func hang() { program.signal(SIGUSR1) }

    func answer() { program.signal(SIGUSR2) }

    /// With everything that nobody has read yet.
    @discardableResult
    func kill() -> Bool { program.signal(SIGKILL) }

    /// How many have ended by themselves, on an assertion of librdkafka's mock cluster: it names members by addresses in
    /// memory, and so takes one that comes back after its session's end for another that has the same.
    var aborts: Int { program.aborts }

    func stop() { program.stop() }
}
