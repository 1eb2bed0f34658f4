import Pipeline

extension RunStore {
    /// Runs and workflows, each answered in its place: runs together, then workflows one by one. Durable when it returns.
    func accept(_ work: [RequestMessage]) async throws -> [AcceptAnswer] {
        let runs = work.compactMap { if case .run(let request) = $0 { request } else { nil } }
        var ofRuns = (runs.isEmpty ? [] : try await accept(runs))[...]
        var answers: [AcceptAnswer] = []
        for entry in work {
            switch entry {
            // As many answers as runs.
            case .run: answers.append(ofRuns.popFirst() ?? .refused(reason: "the store did not answer for it"))
            case .workflow(let workflow): answers.append(try await accept(workflow))
            }
        }
        return answers
    }
}
