public import Foundation
public import Pipeline
public import Fleet

/// Which runs are wanted. What is nil or empty asks for nothing.
public struct RunFilter: Sendable {
    public struct Variable: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public var state: RunState?
    public var pipeline: String?
    /// Submitted then or later.
    public var since: Date?
    public var engine: String?
    /// The name of a dataset that the run read or wrote.
    public var dataset: String?
    public var variables: [Variable]
    /// Of this workflow.
    public var workflow: RunID?
    /// Those behind this run in the list: how pages are turned.
    public var before: RunID?

    public init(
        state: RunState? = nil, pipeline: String? = nil, since: Date? = nil, engine: String? = nil,
        dataset: String? = nil, variables: [Variable] = [], workflow: RunID? = nil, before: RunID? = nil
    ) {
        self.state = state
        self.pipeline = pipeline
        self.since = since
        self.engine = engine
        self.dataset = dataset
        self.variables = variables
        self.workflow = workflow
        self.before = before
    }
}
