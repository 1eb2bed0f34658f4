public import Foundation

extension LoadedTrigger {
    /// The request that an occasion of a workflow asks for: the same id, and the same ids of its runs, whoever makes it.
    public func workflowRequest(for occasion: TriggerOccasion, at now: Date) throws(InvalidPipeline) -> WorkflowRequest
    {
        let values = values(of: occasion)
        let loaded = try loadWorkflow(variables: values)
        let key = idempotencyKey(of: occasion)
        let request = try WorkflowRequest(
            loaded, yaml: targetYAML, workflowID: .derived(fromKey: key), idempotencyKey: key, submittedAt: now,
            submittedBy: surroundings.submittedBy, variables: values, trigger: why(occasion)
        ) { pipeline throws(InvalidPipeline) in
            try self.request(pipeline.loaded, file: pipeline.file, yaml: pipeline.yaml, for: occasion, at: now)
        }
        let problems = request.formatProblems
        guard problems.isEmpty else { throw InvalidPipeline(problems.map { Problem($0, file: targetFile) }) }
        return request
    }

    /// Of a workflow, all that it names. What is wrong with them shows when the trigger is probed.
    mutating func readPipelines(_ read: (String) throws(WorkflowLoader.Unreadable) -> String) {
        guard case .workflow = spec.target else { return }
        var texts: [String: String] = [:]
        _ = try? WorkflowLoader.load(
            yaml: targetYAML, file: targetFile, variables: scope(sampleValues), profiles: surroundings.profiles,
            read: { path throws(WorkflowLoader.Unreadable) in
                let text = try read(path)
                texts[path] = text
                return text
            })
        pipelines = texts
    }

    /// From the texts that were read when the trigger was.
    func loadWorkflow(variables: [String: String]) throws(InvalidPipeline) -> WorkflowLoader.Loaded {
        var loaded = try WorkflowLoader.load(
            yaml: targetYAML, file: targetFile, variables: scope(variables), profiles: surroundings.profiles,
            read: { path throws(WorkflowLoader.Unreadable) in
                guard let text = pipelines[path] else { throw WorkflowLoader.Unreadable("it could not be read") }
                return text
            })
        for index in loaded.pipelines.indices {
            loaded.pipelines[index].loaded.spec = placed(loaded.pipelines[index].loaded.spec)
        }
        return loaded
    }
}
