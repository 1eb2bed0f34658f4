import Fleet
import Foundation
import Pipeline
import Settings
import Store

/// Follows a workflow of the fleet to its end.
struct WorkflowWatch {
    let settings: Settings
    let isJSON: Bool

    private static let poll = Duration.milliseconds(250)

    /// Returns when the workflow has ended in the state that was hoped for; anything else ends the command with 1.
    func untilEnd(of id: RunID, expecting hoped: WorkflowState = .succeeded) async throws {
        let detail = try await Interrupt.ends {
            try await Services.withStore(of: settings) { try await follow(id, in: $0) }
        }
        try WorkflowTree(detail).show(asJSON: isJSON)
        guard detail.summary.state == hoped else {
            throw Stop(.failed, isJSON ? nil : "workflow \(id) \(detail.summary.state.rawValue)")
        }
    }

    /// The message may still be on its way to the store.
    private func follow(_ id: RunID, in store: PostgresStore) async throws -> WorkflowDetail {
        var line: ProgressLine?
        defer { line?.finish() }
        while true {
            if let detail = try await store.history.workflow(id) {
                let now = detail.summary
                let shown = line ?? ProgressLine(label: now.workflow, isQuiet: isJSON)
                line = shown
                let ended = now.runs - now.unfinished
                shown.show(
                    AttemptProgress(
                        phase: Self.phase(detail, ended),
                        fraction: now.runs == 0 ? 1 : Double(ended) / Double(now.runs)))
                if now.state.isFinal { return detail }
            }
            try await Task.sleep(for: Self.poll)
        }
    }

    private static func phase(_ detail: WorkflowDetail, _ ended: Int) -> String {
        let running = detail.steps.filter { $0.state == .running || $0.state == .publishing }
            .map { "\($0.stage)/\($0.step)" }
        let names = running.prefix(3).joined(separator: ", ") + (running.count > 3 ? ", …" : "")
        return "\(ended) of \(detail.summary.runs) runs ended" + (names.isEmpty ? "" : ", running \(names)")
    }
}

/// Ends a workflow of the fleet.
struct WorkflowCancellation {
    let settings: Settings
    let isJSON: Bool
    let waits: Bool

    func cancel(_ id: RunID) async throws {
        let detail = try await Services.withStore(of: settings) { store in
            let isAskedFor = try await store.runs.cancelWorkflow(id)
            guard let detail = try await store.history.workflow(id) else {
                throw Stop(.failed, "there is no workflow \(id)")
            }
            guard isAskedFor else {
                throw Stop(.failed, "workflow \(id) had ended before: \(detail.summary.state.rawValue)")
            }
            return detail
        }
        if waits {
            return try await WorkflowWatch(settings: settings, isJSON: isJSON).untilEnd(of: id, expecting: .cancelled)
        }
        let summary = detail.summary
        if isJSON {
            return try JSONText.show(["workflow_id": id.description, "state": summary.state.rawValue])
        }
        Console.say(
            "\(id) \(summary.state.rawValue)"
                + (summary.unfinished > 0 ? ": \(summary.unfinished) runs have been asked to stop" : ""))
    }
}
