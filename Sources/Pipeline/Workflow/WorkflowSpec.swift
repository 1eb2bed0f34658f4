/// A workflow: stages of pipelines, each stage run when those it depends on have succeeded.
public struct WorkflowSpec: Hashable, Sendable {
    public var name: String
    public var description: String
    /// For all pipelines, below what a reference to one says.
    public var variables: [String: String]
    /// Whether the first failure stops the workflow; otherwise stages that do not depend on it still run.
    public var failFast: Bool
    /// In the order written.
    public var stages: [Stage]

    public init(
        name: String, description: String = "", variables: [String: String] = [:], failFast: Bool = true,
        stages: [Stage]
    ) {
        self.name = name
        self.description = description
        self.variables = variables
        self.failFast = failFast
        self.stages = stages
    }

    public struct Stage: Hashable, Sendable {
        public var name: PlacedText
        public var description: String
        public var pipelines: [Reference]
        /// Whether its pipelines may run beside each other.
        public var isParallel: Bool
        /// Names of other stages.
        public var dependsOn: [PlacedText]
        /// A failure in it stops neither its other pipelines nor the workflow. Stages that depend on it do not run.
        public var continuesOnFailure: Bool

        public init(
            name: PlacedText, description: String = "", pipelines: [Reference], isParallel: Bool = false,
            dependsOn: [PlacedText] = [], continuesOnFailure: Bool = false
        ) {
            self.name = name
            self.description = description
            self.pipelines = pipelines
            self.isParallel = isParallel
            self.dependsOn = dependsOn
            self.continuesOnFailure = continuesOnFailure
        }
    }

    /// A pipeline of a stage.
    public struct Reference: Hashable, Sendable {
        /// Relative to the folder of the workflow file.
        public var path: PlacedText
        /// As given, else the file's name without its ending; for results and messages.
        public var name: String
        public var variables: [String: String]

        public init(path: PlacedText, name: String, variables: [String: String] = [:]) {
            self.path = path
            self.name = name
            self.variables = variables
        }
    }

    /// What a pipeline of the workflow is loaded with: workflow < reference < command line.
    public func variables(for reference: Reference, given: [String: String]) -> [String: String] {
        variables.merging(reference.variables) { $1 }.merging(given) { $1 }
    }

    /// Indices of stages in groups: a group depends on earlier ones only. Loaded workflows have no circles; in others,
    /// stages of a circle are left out.
    public var order: [[Int]] {
        var groups: [[Int]] = []
        var done: Set<Int> = []
        while done.count < stages.count {
            let ready = stages.indices.filter { index in
                !done.contains(index) && dependencies(of: index).allSatisfy(done.contains)
            }
            guard !ready.isEmpty else { return groups }
            groups.append(ready)
            done.formUnion(ready)
        }
        return groups
    }

    /// Indices of the stages that a stage depends on; names that no stage has are skipped.
    public func dependencies(of stage: Int) -> [Int] {
        stages[stage].dependsOn.compactMap { wanted in
            stages.firstIndex { $0.name.text.utf8.elementsEqual(wanted.text.utf8) }
        }
    }
}
