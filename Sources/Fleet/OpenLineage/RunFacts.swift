public import Pipeline

/// What history holds of a run, as far as lineage events tell it. Of a run that has ended it never changes, so that an
/// event can be made when it is sent, and made again, with the same words.
public struct RunFacts: Sendable {
    public var request: RunRequest
    public var engine: String?
    /// Of the last attempt; nil: it did not tell.
    public var engineVersion: String?
    /// nil unless the run failed.
    public var error: String?
    /// Of the last attempt: what it read, wrote and checked.
    public var inputs: [DatasetUse]
    public var outputs: [DatasetUse]
    public var checks: [CheckReport]
    public var lineage: [ColumnLineageEdge]
    /// The run that this one belongs to, and what it is called.
    public var parent: Parent?

    public struct Parent: Sendable, Hashable {
        public var runID: RunID
        public var name: String

        public init(runID: RunID, name: String) {
            self.runID = runID
            self.name = name
        }
    }

    public init(
        request: RunRequest, engine: String? = nil, error: String? = nil, inputs: [DatasetUse] = [],
        outputs: [DatasetUse] = [], checks: [CheckReport] = [], lineage: [ColumnLineageEdge] = [],
        parent: Parent? = nil, engineVersion: String? = nil
    ) {
        self.engineVersion = engineVersion
        self.request = request
        self.engine = engine
        self.error = error
        self.inputs = inputs
        self.outputs = outputs
        self.checks = checks
        self.lineage = lineage
        self.parent = parent
    }
}
