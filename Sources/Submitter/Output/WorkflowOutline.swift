import Pipeline

/// What a workflow consists of, as a tree or as JSON.
struct WorkflowOutline: Encodable {
    struct Reference: Encodable {
        var name: String
        var file: String
        /// The pipeline's own name.
        var pipelineName: String
        var variables: [String: String]
    }

    struct Stage: Encodable {
        var name: String
        var description: String
        var dependsOn: [String]
        var parallel: Bool
        var continueOnFailure: Bool
        var pipelines: [Reference]
    }

    var workflowName: String
    var description: String
    var failFast: Bool
    var variables: [String: String]
    /// Names of stages in groups: those of a group depend on earlier groups only.
    var executionOrder: [[String]]
    /// In the order of the file.
    var stages: [Stage]

    init(_ workflow: WorkflowLoader.Loaded) {
        let spec = workflow.spec
        workflowName = spec.name
        description = spec.description
        failFast = spec.failFast
        variables = spec.variables
        executionOrder = spec.order.map { $0.map { spec.stages[$0].name.text } }
        stages = spec.stages.enumerated().map { index, stage in
            Stage(
                name: stage.name.text, description: stage.description, dependsOn: stage.dependsOn.map(\.text),
                parallel: stage.isParallel, continueOnFailure: stage.continuesOnFailure,
                pipelines: workflow.pipelines.filter { $0.stage == index }.map { pipeline in
                    Reference(
                        name: stage.pipelines[pipeline.index].name, file: pipeline.file,
                        pipelineName: pipeline.loaded.spec.name,
                        variables: stage.pipelines[pipeline.index].variables)
                })
        }
    }

    func show() {
        Console.say("\(Console.coloured(workflowName, .bold))\(description.isEmpty ? "" : "  \(description)")")
        for (index, stage) in stages.enumerated() {
            let isLast = index == stages.count - 1
            var notes: [String] = []
            if !stage.dependsOn.isEmpty { notes.append("after \(stage.dependsOn.joined(separator: ", "))") }
            if stage.parallel { notes.append("parallel") }
            if stage.continueOnFailure { notes.append("continues on failure") }
            let note = notes.isEmpty ? "" : "  " + Console.coloured("(\(notes.joined(separator: "; ")))", .grey)
            Console.say("\(isLast ? "└─" : "├─") \(stage.name)\(note)")
            for (number, pipeline) in stage.pipelines.enumerated() {
                let branch = number == stage.pipelines.count - 1 ? "└─" : "├─"
                let name = "\(pipeline.name)  \(Console.coloured(pipeline.file, .grey))"
                Console.say("\(isLast ? "   " : "│  ")\(branch) \(name)")
            }
        }
        Console.say("order: \(executionOrder.map { $0.joined(separator: ", ") }.joined(separator: " → "))")
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) { Console.say("variable \(name) = \(value)") }
        if !failFast { Console.say("goes on after a failure (fail_fast: false)") }
    }
}
