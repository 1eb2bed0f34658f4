import Fleet
import Foundation
import Pipeline
import Settings
import Store

/// Hands a workflow to the fleet, and waits for its end where that is asked for.
struct WorkflowSubmission {
    let settings: Settings
    let isJSON: Bool
    let waits: Bool

    func handIn(_ request: WorkflowRequest, verb: String = "submitted") async throws {
        let handedIn = try await Interrupt.ends { try await Submission(settings: settings).submit(request) }
        if !isJSON {
            for problem in handedIn.problems { Console.note("warning: \(problem)") }
            let runs = request.runs.count == 1 ? "1 run" : "\(request.runs.count) runs"
            Console.note(
                handedIn.isRepetition
                    ? "workflow \(request.workflowID) was \(verb) before" : "\(verb) \(request.name): \(runs)")
        }
        guard waits else {
            guard isJSON else { return Console.say(request.workflowID.description) }
            return try JSONText.show(Submitted(request))
        }
        try await WorkflowWatch(settings: settings, isJSON: isJSON).untilEnd(of: request.workflowID)
    }

    /// Whatever of a workflow has not succeeded, once more. Repeated: the same resumption.
    func resume(_ id: RunID) async throws {
        let request = try await Services.withStore(of: settings) { store in
            guard let detail = try await store.history.workflow(id) else {
                throw Stop(.failed, "there is no workflow \(id)")
            }
            let summary = detail.summary
            guard summary.state.isFinal else {
                throw Stop(.failed, "workflow \(id) has not ended; wait for it or cancel it")
            }
            guard summary.state != .succeeded else {
                throw Stop(.failed, "workflow \(id) has succeeded: there is nothing to resume")
            }
            var requests: [RunID: RunRequest] = [:]
            for step in detail.steps where step.state != .succeeded {
                guard let request = try await store.history.request(of: step.runID) else {
                    throw Stop(.failed, "the request of run \(step.runID) is not on record any more")
                }
                requests[step.runID] = request
            }
            return try WorkflowRequest.resuming(
                id, name: summary.workflow, yaml: detail.yaml, plan: detail.plan, runs: detail.steps.map(\.runID),
                succeeded: detail.steps.map { $0.state == .succeeded || $0.wasDoneBefore },
                variables: detail.variables, submittedAt: Date(), submittedBy: Submission.submitter
            ) { run throws(Stop) in
                guard let request = requests[run] else {
                    throw Stop(.failed, "the request of run \(run) is not on record any more")
                }
                return request
            }
        }
        try await handIn(request, verb: "resumed")
    }

    private struct Submitted: Encodable {
        var workflowID: String
        var state = "submitted"
        var resumeOf: String?
        var runs: [Run]

        struct Run: Encodable {
            var stage: String
            var step: String
            var runId: String
        }

        init(_ request: WorkflowRequest) {
            workflowID = request.workflowID.description
            resumeOf = request.resumeOf?.description
            runs = zip(request.plan.steps, request.work).map { step, work in
                Run(stage: request.plan.stages[step.stage].name, step: step.name, runId: work.runID.description)
            }
        }

        private enum CodingKeys: String, CodingKey {
            case workflowID = "workflow_id"
            case state, resumeOf, runs
        }
    }
}
