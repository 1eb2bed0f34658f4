import Fleet
import Pipeline

/// Workflows: taking one in is a transaction, and so is each advance of it.
extension StoreModel {
    mutating func accept(_ workflow: WorkflowRequest) -> AcceptAnswer {
        if let known = workflows.first(where: { $0.request.workflowID == workflow.workflowID }) {
            return known.request.contentDigest == workflow.contentDigest ? .known : .conflict
        }
        for request in workflow.runs {
            guard submit(request) == .accepted else { return .conflict }
            runs[runs.count - 1].state = .held
            runs[runs.count - 1].workflow = workflows.count
        }
        workflows.append(Workflow(request: workflow))
        return .accepted
    }

    /// Answers how many runs have started.
    mutating func advanceWorkflows() -> Int {
        var released = 0
        for index in workflows.indices where workflows[index].isWoken { released += advance(index) }
        return released
    }

    /// After a run has ended.
    mutating func advance(workflowOf run: RunID) -> Int {
        guard let workflow = indexes[run].flatMap({ runs[$0].workflow }) else { return 0 }
        return advance(workflow)
    }

    private mutating func advance(_ workflow: Int) -> Int {
        workflows[workflow].isWoken = false
        guard workflows[workflow].state == .running else { return 0 }
        let request = workflows[workflow].request
        let steps = request.work.compactMap { indexes[$0.runID] }
        let course = WorkflowCourse(request.plan, states: steps.map { runs[$0].state })
        for step in course.released {
            move(steps[step], to: .submitted)
            runs[steps[step]].recordedAt = now
            admit(steps[step])
        }
        for skip in course.skipped { move(steps[skip.step], to: .skipped) }
        if let ending = course.ending { workflows[workflow].state = ending }
        return course.released.count
    }
}
