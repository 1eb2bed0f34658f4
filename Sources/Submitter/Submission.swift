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
        return try await submit(
            Doors(
                noun: "run", id: request.runID, key: request.idempotencyKey,
                record: { try await $0.submit(request) }, publish: { try await $0.publish(request) }))
    }

    /// One message and one transaction for all of its runs.
    func submit(_ workflow: WorkflowRequest) async throws -> HandedIn {
        _ = try workflow.encoded()
        return try await submit(
            Doors(
                noun: "workflow", id: workflow.workflowID, key: workflow.idempotencyKey,
                record: { try await $0.accept(workflow) }, publish: { try await $0.publish(workflow) }))
    }

    /// What is to be handed in, and how.
    private struct Doors: Sendable {
        var noun: String
        var id: RunID
        var key: String?
        var record: @Sendable (PostgresRunStore) async throws -> AcceptAnswer
        var publish: @Sendable (KafkaRequestSink) async throws -> Void
    }

    private func submit(_ doors: Doors) async throws -> HandedIn {
        var problems: [String] = []
        var isDurable = false
        var isRepetition = false
        // The store first: it knows whether the id is taken by other content, and then nothing may be published.
        do {
            switch try await record(doors) {
            case .accepted?: isDurable = true
            case .known?:
                isDurable = true
                isRepetition = true
            case .conflict?:
                throw Stop(
                    .failed,
                    "the key \"\(doors.key ?? doors.id.description)\" belongs to a \(doors.noun) with other content (\(doors.id)); use another key"
                )
            case .refused(let reason)?: throw Stop(.failed, "the request cannot be stored: \(reason)")
            case nil: break
            }
        } catch let error as any TransientError {
            problems.append("not recorded in PostgreSQL: \(error)")
        }
        do {
            if try await publish(doors, isRecorded: isDurable) { isDurable = true }
        } catch let error as any TransientError {
            problems.append("not published to Kafka: \(error)")
        }
        guard isDurable else {
            throw Stop(
                .serviceUnreachable,
                "\(doors.noun) \(doors.id) may not have been taken in; submitting it again is safe with --key\n"
                    + problems.joined(separator: "\n"))
        }
        return HandedIn(isRepetition: isRepetition, problems: problems)
    }

    private func record(_ doors: Doors) async throws -> AcceptAnswer? {
        guard let store = StoreSettings(of: settings, applicationName: "quicketl submit") else { return nil }
        return try await Services.withStore(store) { try await doors.record($0.runs) }
    }

    /// The message of a run that is on record only saves it a wait of two seconds: it is not waited for long.
    private func publish(_ doors: Doors, isRecorded: Bool) async throws -> Bool {
        guard var kafka = KafkaSettings(of: settings, clientID: "quicketl-submit") else { return false }
        if isRecorded { (kafka.deliveryLimit, kafka.closeLimit) = (.seconds(5), .seconds(1)) }
        let sink = try KafkaRequestSink(settings: kafka, logger: Services.logger)
        do {
            try await doors.publish(sink)
        } catch {
            await sink.close()
            throw error
        }
        await sink.close()
        return true
    }
}
