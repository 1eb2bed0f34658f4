import Fleet
import Foundation
import Pipeline
import Store

/// A workflow of the fleet for people: its stages with their runs, as a tree.
struct WorkflowTree {
    private let detail: WorkflowDetail

    init(_ detail: WorkflowDetail) { self.detail = detail }

    func show(asJSON: Bool) throws {
        guard !asJSON else {
            let data = try RunHistory.jsonEncoder().encode(detail)
            return Console.say(String(decoding: data, as: UTF8.self))
        }
        showHead()
        for (index, stage) in detail.plan.stages.enumerated() {
            let isLast = index == detail.plan.stages.count - 1
            var notes =
                stage.dependsOn.isEmpty
                ? [] : ["after \(stage.dependsOn.map { detail.plan.stages[$0].name }.joined(separator: ", "))"]
            if stage.isParallel { notes.append("parallel") }
            if stage.continuesOnFailure { notes.append("continues on failure") }
            let note = notes.isEmpty ? "" : "  " + Console.coloured("(\(notes.joined(separator: "; ")))", .grey)
            Console.say("\(isLast ? "└─" : "├─") \(stage.name)\(note)")
            let steps = zip(detail.plan.steps, detail.steps).filter { $0.0.stage == index }.map(\.1)
            for (number, step) in steps.enumerated() {
                let branch = number == steps.count - 1 ? "└─" : "├─"
                Console.say("\(isLast ? "   " : "│  ")\(branch) \(line(step))")
            }
        }
    }

    private func showHead() {
        let workflow = detail.summary
        let state = workflow.state == .running && workflow.isCancelRequested ? "stopping" : workflow.state.rawValue
        Console.say("workflow   \(Console.coloured(workflow.workflow, .bold))  \(workflow.workflowID)")
        Console.say("state      \(Console.coloured(state, Self.colour(workflow.state)))  \(Self.counts(workflow))")
        Console.say("submitted  \(Moment.shown(workflow.submittedAt)) by \(workflow.submittedBy)")
        if !detail.variables.isEmpty {
            let pairs = detail.variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            Console.say("variables  \(pairs.joined(separator: " "))")
        }
        if let trigger = workflow.trigger { Console.say("trigger    \(trigger)") }
        if let earlier = workflow.resumeOf { Console.say("resumes    \(earlier)") }
        if let finished = workflow.finishedAt {
            let took = Moment.span(workflow.startedAt.map { finished.timeIntervalSince($0) })
            Console.say("finished   \(Moment.shown(finished)) after \(took)")
        }
    }

    private func line(_ step: WorkflowDetail.Step) -> String {
        let state = step.state?.rawValue ?? "forgotten"
        var parts = [
            step.step, Console.coloured(state, step.state.flatMap(StateColour.of)),
            Console.coloured(step.runID.description, .grey),
        ]
        if step.wasDoneBefore { parts.append("done before") }
        if let started = step.startedAt, let finished = step.finishedAt, !step.wasDoneBefore {
            parts.append(Moment.span(finished.timeIntervalSince(started)))
        }
        if let rows = step.rowsOut { parts.append("\(Amount.count(rows)) rows") }
        if let attempts = step.attempts, attempts > 1 { parts.append("\(attempts) attempts") }
        // The first line says what; the run itself says all.
        if let error = step.error?.split(separator: "\n").first { parts.append(String(error)) }
        return parts.joined(separator: "  ")
    }

    static func counts(_ workflow: WorkflowSummary) -> String {
        var parts = ["\(workflow.succeeded) of \(workflow.runs) runs succeeded"]
        if workflow.failed > 0 { parts.append("\(workflow.failed) failed") }
        if workflow.cancelled > 0 { parts.append("\(workflow.cancelled) cancelled") }
        if workflow.skipped > 0 { parts.append("\(workflow.skipped) skipped") }
        if workflow.unfinished > 0 { parts.append("\(workflow.unfinished) to come") }
        return parts.joined(separator: ", ")
    }

    static func colour(_ state: WorkflowState) -> Console.Colour {
        switch state {
        case .running: .blue
        case .succeeded: .green
        case .failed: .red
        case .cancelled: .yellow
        }
    }
}
