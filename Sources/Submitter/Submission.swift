import Fleet
import Foundation
import Pipeline
import Queue
import Settings
import Store

/// Hands a request to the fleet through its two doors; one that holds is enough.
struct Submission {
    let settings: Settings

    struct HandedIn: Sendable {
        /// The run was known already, with the same content.
        var isRepetition: Bool
        /// What did not work on the way, although the run is safe.
        var problems: [String]
    }

    /// `user@host`, as requests name who made them.
    static var submitter: String { "\(NSUserName())@\(ProcessInfo.processInfo.hostName)" }

    func submit(_ request: RunRequest) async throws -> HandedIn {
        // Whatever no message can hold must not be recorded either.
        _ = try request.encoded()
        var problems: [String] = []
        var isDurable = false
        var isRepetition = false
        // The store first: it knows whether the id is taken by other content, and then nothing may be published.
        do {
            switch try await record(request) {
            case .accepted?: isDurable = true
            case .known?:
                isDurable = true
                isRepetition = true
            case .conflict?:
                throw Stop(
                    .failed,
                    "the key \"\(request.idempotencyKey ?? request.runID.description)\" belongs to a run with other content (\(request.runID)); use another key"
                )
            case .refused(let reason)?: throw Stop(.failed, "the request cannot be stored: \(reason)")
            case nil: break
            }
        } catch let error as any TransientError {
            problems.append("not recorded in PostgreSQL: \(error)")
        }
        do {
            if try await publish(request, isRecorded: isDurable) { isDurable = true }
        } catch let error as any TransientError {
            problems.append("not published to Kafka: \(error)")
        }
        guard isDurable else {
            throw Stop(
                .serviceUnreachable,
                "run \(request.runID) may not have been taken in; submitting it again is safe with --key\n"
                    + problems.joined(separator: "\n"))
        }
        return HandedIn(isRepetition: isRepetition, problems: problems)
    }

    private func record(_ request: RunRequest) async throws -> AcceptAnswer? {
        guard let store = StoreSettings(of: settings, applicationName: "quicketl submit") else { return nil }
        return try await Services.withStore(store) { try await $0.runs.submit(request) }
    }

    /// The message of a run that is on record only saves it a wait of two seconds: it is not waited for long.
    private func publish(_ request: RunRequest, isRecorded: Bool) async throws -> Bool {
        guard var kafka = KafkaSettings(of: settings, clientID: "quicketl-submit") else { return false }
        if isRecorded { (kafka.deliveryLimit, kafka.closeLimit) = (.seconds(5), .seconds(1)) }
        let sink = try KafkaRequestSink(settings: kafka, logger: Services.logger)
        do {
            try await sink.publish(request)
        } catch {
            await sink.close()
            throw error
        }
        await sink.close()
        return true
    }
}
