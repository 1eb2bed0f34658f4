/// The shape of a workflow that is handed to the fleet: which runs there are, and which come before which.
public struct WorkflowPlan: Hashable, Sendable, Codable {
    /// In the order in which they are carried out, one after the other.
    public var stages: [Stage]
    /// The runs, in order; those of a stage stand together.
    public var steps: [Step]
    /// Whether the first failure stops the workflow; otherwise stages that do not depend on it still run.
    public var failFast: Bool

    public struct Stage: Hashable, Sendable, Codable {
        public var name: String
        /// Indices of earlier stages.
        public var dependsOn: [Int]
        public var isParallel: Bool
        public var continuesOnFailure: Bool

        public init(name: String, dependsOn: [Int] = [], isParallel: Bool = false, continuesOnFailure: Bool = false) {
            self.name = name
            self.dependsOn = dependsOn
            self.isParallel = isParallel
            self.continuesOnFailure = continuesOnFailure
        }

        enum CodingKeys: String, CodingKey {
            case name
            case dependsOn = "depends_on"
            case isParallel = "parallel"
            case continuesOnFailure = "continue_on_failure"
        }
    }

    public struct Step: Hashable, Sendable, Codable {
        /// Index of its stage.
        public var stage: Int
        public var name: String

        public init(stage: Int, name: String) {
            self.stage = stage
            self.name = name
        }
    }

    enum CodingKeys: String, CodingKey {
        case stages, steps
        case failFast = "fail_fast"
    }

    public init(stages: [Stage], steps: [Step], failFast: Bool = true) {
        self.stages = stages
        self.steps = steps
        self.failFast = failFast
    }

    /// The run of a step: the same id, whoever asks for it, however often.
    public func runID(ofStep index: Int, workflow: RunID) -> RunID {
        let step = steps[index]
        let stage = stages.indices.contains(step.stage) ? stages[step.stage].name : ""
        return .derived(
            fromKey:
                "workflow \(workflow) step \(index) \(stage.utf8.count):\(stage) \(step.name.utf8.count):\(step.name)")
    }

    /// `bronze/users`, as messages name a step.
    public func reference(ofStep index: Int) -> String { "\(stages[steps[index].stage].name)/\(steps[index].name)" }

    /// What keeps this from being a plan, each with the path of its field.
    var problems: [String] {
        var problems: [String] = []
        if stages.isEmpty || stages.count > WorkflowLoader.stageLimit {
            problems.append("stages: must have 1 to \(WorkflowLoader.stageLimit) entries")
        }
        if steps.isEmpty || steps.count > WorkflowLoader.pipelineLimit {
            problems.append("steps: must have 1 to \(WorkflowLoader.pipelineLimit) entries")
        }
        guard problems.isEmpty else { return problems }
        for (index, stage) in stages.enumerated() {
            problems += Self.problems(ofName: stage.name, "stages[\(index)].name")
            if !stage.dependsOn.allSatisfy({ (0..<index).contains($0) }) {
                problems.append("stages[\(index)].depends_on: must name earlier stages by their index")
            }
        }
        var latest = 0
        for (index, step) in steps.enumerated() {
            problems += Self.problems(ofName: step.name, "steps[\(index)].name")
            // Each stage has a step, and those of a stage stand together.
            guard stages.indices.contains(step.stage),
                step.stage == latest || step.stage == latest + (index > 0 ? 1 : 0)
            else {
                problems.append("steps[\(index)].stage: must be that of the step before it or the next one")
                return problems
            }
            latest = step.stage
        }
        if latest != stages.count - 1 { problems.append("steps: the last stage has none") }
        return problems
    }

    private static func problems(ofName name: String, _ path: String) -> [String] {
        if name.isEmpty || name.utf8.count > RequestLimits.workflowNameBytes {
            return ["\(path): must have 1 to \(RequestLimits.workflowNameBytes) bytes"]
        }
        return name.utf8.contains(0) ? ["\(path): must not hold the character U+0000"] : []
    }
}

extension WorkflowSpec {
    /// Stages in an order that respects what they depend on, and for each step the indices of its stage and pipeline in
    /// the file.
    var plan: (plan: WorkflowPlan, places: [(stage: Int, pipeline: Int)]) {
        let order = order.flatMap(\.self)
        var plan = WorkflowPlan(stages: [], steps: [], failFast: failFast)
        var places: [(stage: Int, pipeline: Int)] = []
        for (position, index) in order.enumerated() {
            let stage = stages[index]
            plan.stages.append(
                WorkflowPlan.Stage(
                    name: stage.name.text,
                    dependsOn: dependencies(of: index).compactMap { order.firstIndex(of: $0) }.sorted(),
                    isParallel: stage.isParallel, continuesOnFailure: stage.continuesOnFailure))
            for (pipeline, reference) in stage.pipelines.enumerated() {
                plan.steps.append(WorkflowPlan.Step(stage: position, name: reference.name))
                places.append((index, pipeline))
            }
        }
        return (plan, places)
    }
}
