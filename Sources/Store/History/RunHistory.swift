import Fleet
public import Foundation
public import Pipeline

/// What people ask the store. Reads only.
public struct RunHistory: Sendable {
    let pool: Pool
    let standing: StandingConnection

    /// Longest answer.
    static let mostRows = 10_000

    /// How the command line writes these values: keys sorted, times as RFC 3339 in UTC with milliseconds.
    public static func jsonEncoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        }
        return encoder
    }

    /// The latest submissions first.
    public func listRuns(_ filter: RunFilter = RunFilter(), limit: Int = 50) async throws(StoreError) -> [RunSummary] {
        try await ask("listing runs", HistoryStatements.list(filter, limit: bounded(limit)))
            .map { (row) throws(StoreError) in try row.summary() }
    }

    /// By name; all, or the one of this name.
    public func listPipelines(named name: String? = nil, limit: Int = 1000) async throws(StoreError)
        -> [PipelineSummary]
    {
        try await ask("listing pipelines", HistoryStatements.pipelines(.text(name), .int(bounded(limit))))
            .map { (row) throws(StoreError) in try row.pipeline() }
    }

    /// The text of a pipeline as it was asked for last, and its digest; nil when none of this name was.
    public func definition(of pipeline: String) async throws(StoreError) -> (yaml: String, digest: String)? {
        try await ask("reading a pipeline", HistoryStatements.definition(.text(pipeline))).first
            .map { (row) throws(StoreError) in (try row.text("yaml"), try row.text("digest")) }
    }

    public enum Lookup: Sendable {
        case found(RunDetail)
        case none
        /// More than one run begins like this; up to ten of them.
        case ambiguous([RunID])
    }

    /// A run by its id, or by the beginning of it if that is unique.
    public func run(_ idOrPrefix: String) async throws(StoreError) -> Lookup {
        guard let range = Self.range(ofPrefix: idOrPrefix) else { return .none }
        let ids = try await ask("finding a run", HistoryStatements.find(.uuid(range.0), .uuid(range.1)))
            .map { (row) throws(StoreError) in try row.runID("run_id") }
        guard let id = ids.first else { return .none }
        guard ids.count == 1 else { return .ambiguous(ids) }
        return try await run(id).map { .found($0) } ?? .none
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunDetail? {
        try await pool.use("reading a run", run: id) { (on) throws(StoreError) in
            // One round trip and one transaction; each statement has a snapshot of its own, and a run that changes
            // meanwhile may show parts of both.
            let parameter = Parameter.run(id)
            let tables = try on.pipelined([
                HistoryStatements.run(parameter), HistoryStatements.attempts(parameter),
                HistoryStatements.steps(parameter), HistoryStatements.checks(parameter),
                HistoryStatements.inputs(parameter), HistoryStatements.outputs(parameter),
                HistoryStatements.lineage(parameter), HistoryStatements.messages(parameter),
            ])
            return try tables[0].first.map { (row) throws(StoreError) in try row.detail(tables) }
        }
    }

    /// nil when there is no such run.
    public func status(_ id: RunID) async throws(StoreError) -> RunStatus? {
        try await ask("reading a run's state", HistoryStatements.status(.run(id))).first
            .map { (row) throws(StoreError) in try row.status() }
    }

    public func listWorkers() async throws(StoreError) -> [WorkerSummary] {
        try await ask("listing workers", HistoryStatements.workers())
            .map { (row) throws(StoreError) in try row.worker() }
    }

    /// The latest first.
    public func listDeadLetters(limit: Int = 50, includingReplayed: Bool = true) async throws(StoreError)
        -> [DeadLetterSummary]
    {
        let call = HistoryStatements.deadLetters(.int(bounded(limit)), .bool(includingReplayed))
        return try await ask("listing dead letters", call).map { (row) throws(StoreError) in try row.deadLetter() }
    }

    /// nil when there is no such letter.
    public func deadLetter(_ id: Int64) async throws(StoreError) -> DeadLetterSummary? {
        try await ask("reading a dead letter", HistoryStatements.deadLetter(.int(id))).first
            .map { (row) throws(StoreError) in try row.deadLetter() }
    }

    /// What the run was asked to do; nil when there is no such run.
    public func request(of id: RunID) async throws(StoreError) -> RunRequest? {
        try await ask("reading a run's request", HistoryStatements.request(.run(id))).first
            .map { (row) throws(StoreError) in try row.request() }
    }

    private func bounded(_ limit: Int) -> Int { min(max(limit, 0), Self.mostRows) }

    private func ask(_ operation: String, _ call: Call) async throws(StoreError) -> [Row] {
        try await pool.use(operation) { (on) throws(StoreError) in try on.execute(call).rows }
    }

    /// The first and the last id that begin like this; nil when none can.
    static func range(ofPrefix prefix: String) -> (UUID, UUID)? {
        let digits = prefix.filter { $0 != "-" }
        guard !digits.isEmpty, digits.utf8.count <= 32, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            return nil
        }
        func id(filledWith digit: Character) -> UUID? {
            var text = digits + String(repeating: digit, count: 32 - digits.count)
            for position in [20, 16, 12, 8] {
                text.insert("-", at: text.index(text.startIndex, offsetBy: position))
            }
            return UUID(uuidString: text)
        }
        guard let first = id(filledWith: "0"), let last = id(filledWith: "f") else { return nil }
        return (first, last)
    }
}
