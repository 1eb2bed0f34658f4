/// An input that is not any more what a run read.
public struct InputChange: Sendable, Hashable, Codable {
    public var source: String
    public var dataset: String
    /// The run whose result was read; nil where no run on record had written it.
    public var read: String?
    /// The run whose result is there now.
    public var now: String?
}

extension RunHistory {
    /// Inputs of a run that runs on record have written since. What others change at a path is not on record.
    public func changedInputs(of run: RunDetail) async throws(StoreError) -> [InputChange] {
        var changes: [InputChange] = []
        for input in run.inputs where input.attempt == run.summary.attempts {
            let call = LineageStatements.newestVersion(.text(input.namespace), .text(input.name))
            let now = try await pool.use("reading a dataset's version") { (on) throws(StoreError) in
                try on.execute(call).first?.textIfAny("version")
            }
            guard now != input.version else { continue }
            changes.append(
                InputChange(
                    source: input.sourceName ?? input.name, dataset: input.name, read: input.version, now: now))
        }
        return changes
    }
}
