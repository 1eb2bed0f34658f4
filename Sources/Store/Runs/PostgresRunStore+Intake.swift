public import Fleet
public import Pipeline

extension PostgresRunStore {
    /// Records a run as `submitted`, before its message is accepted. Durable when it returns.
    /// Repeated: `known`.
    public func submit(_ request: RunRequest) async throws(StoreError) -> AcceptAnswer {
        if let objection = RequestLimits.objection(to: request) { return .refused(reason: objection) }
        let insert = try insertion([request], try await shared.pipelines([request]))
        let answers = try await attempting("submission", run: request.runID) { (on) throws(StoreError) in
            let tables = try on.pipelined([insert, IntakeStatements.contentOfRuns(.runs([request.runID]))])
            return try Self.answers([request], inserted: tables[0], onRecord: tables[1])
        }
        await notices.announce(runs: [request.runID])
        return answers[0]
    }

    /// Repeated: `known`, and nothing changes.
    public func accept(_ requests: [RunRequest]) async throws(StoreError) -> [AcceptAnswer] {
        var answers: [AcceptAnswer] = []
        var start = 0
        while start < requests.count {
            let part = Array(requests[start..<min(start + Self.batch, requests.count)])
            answers += try await acceptBatch(part)
            start += part.count
        }
        return answers
    }

    /// Repeated: accepts those that are overdue by then.
    public func acceptOverdue() async throws(StoreError) -> Int {
        let call = IntakeStatements.overdue(
            .int(settings.submissionGrace.wholeMilliseconds), .int(Self.batch))
        let overdue = try await attempting("looking for overdue runs") { (on) throws(StoreError) in
            try on.execute(call).rows.map { (row) throws(StoreError) in
                (try row.runID("run_id"), try row.text("content_digest"), try row.text("concurrency_key"))
            }
        }
        guard !overdue.isEmpty else { return 0 }
        let admission = Admission(
            runs: overdue.map(\.0), digests: overdue.map(\.1), keys: overdue.map(\.2))
        let placed = try await attempting("acceptance of overdue runs") { (on) throws(StoreError) in
            try Self.placed(try on.pipelined(admission.locks + admission.calls)[admission.locks.count])
        }
        await notices.announce(queueChanged: !placed.isEmpty, runs: placed)
        return placed.count
    }

    /// Repeated: the same letter is kept once.
    public func recordDeadLetter(_ letter: DeadLetter) async throws(StoreError) {
        let call = IntakeStatements.insertDeadLetter(
            .text(letter.topic), .int(letter.partition), .int(letter.offset), .text(letter.reason.rawValue),
            .text(letter.detail), letter.key.map { .bytes($0) } ?? .null, .bytes(letter.payload))
        _ = try await attempting("recording a dead letter") { (on) throws(StoreError) in try on.execute(call) }
    }

    /// Notes that a letter's message was sent again. Repeated: the later time stands.
    public func markReplayed(deadLetter id: Int64) async throws(StoreError) {
        _ = try await attempting("marking a dead letter") { (on) throws(StoreError) in
            try on.execute(IntakeStatements.markReplayed(.int(id)))
        }
    }

    // MARK: Accepting

    /// A batch that fails for good is tried request by request: one that can't be stored must not hold up the others.
    private func acceptBatch(_ requests: [RunRequest]) async throws(StoreError) -> [AcceptAnswer] {
        let objections = requests.map(RequestLimits.objection)
        let storable = zip(requests, objections).compactMap { $1 == nil ? $0 : nil }
        var answers: [AcceptAnswer]
        do {
            answers = try await acceptStorable(storable)
        } catch {
            guard error.kind == .undecodable else { throw error }
            guard storable.count > 1 else {
                return objections.map { .refused(reason: $0 ?? "the store can't hold it: \(error.message)") }
            }
            answers = []
            for request in storable { answers += try await acceptBatch([request]) }
        }
        answers.reverse()
        return objections.map { objection in
            if let objection { return .refused(reason: objection) }
            return answers.removeLast()
        }
    }

    /// One round trip and one transaction for the batch: lock, record, admit, arrange.
    private func acceptStorable(_ requests: [RunRequest]) async throws(StoreError) -> [AcceptAnswer] {
        guard !requests.isEmpty else { return [] }
        // The first of equal ids counts; the others are told what they would be told in a later batch.
        var seen: Set<RunID> = []
        let unique = requests.filter { seen.insert($0.runID).inserted }
        let insert = try insertion(unique, try await shared.pipelines(unique))
        let admission = Admission(
            runs: unique.map(\.runID), digests: unique.map(\.contentDigest.description),
            keys: unique.map(\.concurrencyKey))
        let (answers, placed) = try await attempting("acceptance") { (on) throws(StoreError) in
            let tables = try on.pipelined(
                admission.locks + [insert, IntakeStatements.contentOfRuns(.runs(admission.runs))] + admission.calls)
            let first = admission.locks.count
            return (
                try Self.answers(requests, inserted: tables[first], onRecord: tables[first + 1]),
                try Self.placed(tables[first + 2])
            )
        }
        await notices.announce(queueChanged: !placed.isEmpty, runs: placed)
        return answers
    }

    private struct Admission: Sendable {
        var locks: [Call]
        var calls: [Call]
        var runs: [RunID]

        init(runs: [RunID], digests: [String], keys: [String]) {
            self.runs = runs
            locks = [IntakeStatements.joinIntake(), QueueStatements.lockLanes(.texts(keys))]
            calls = [IntakeStatements.admit(.runs(runs), .texts(digests))]
        }
    }

    /// `workflow`: that all of them belong to.
    func insertion(
        _ requests: [RunRequest], _ pipelines: [Int64], workflow: RunID? = nil
    ) throws(StoreError) -> Call {
        var variables: [String] = []
        var code: [String?] = []
        for request in requests { variables.append(try StoredJSON.text(request.variables)) }
        for request in requests {
            code.append(try request.sourceCode.map { (code) throws(StoreError) in try StoredJSON.text(code) })
        }
        return IntakeStatements.insertRuns(
            .runs(requests.map(\.runID)), .ints(pipelines), .texts(requests.map(\.contentDigest.description)),
            .ints(requests.map(\.priority.rank)), .texts(requests.map(\.concurrencyKey)),
            .texts(variables), .texts(requests.map(\.baseDirectory)),
            .texts(requests.map(\.engine.rawValue)), .ints(requests.map(\.retries)),
            .doubles(requests.map(\.timeoutSeconds)), .bools(requests.map(\.failOnChecks)),
            .texts(requests.map(\.idempotencyKey)), .dates(requests.map(\.submittedAt)),
            .texts(requests.map(\.submittedBy)), .texts(requests.map(\.projectYAML)),
            .texts(requests.map(\.profile)), .ints(requests.map(\.maxRunning)),
            .uuids(requests.map { $0.retryOf?.rawValue }), .texts(requests.map(\.trigger)),
            .uuids(requests.map { _ in workflow?.rawValue }), .texts(code))
    }

    private static func answers(
        _ requests: [RunRequest], inserted: ResultTable, onRecord: ResultTable
    ) throws(StoreError) -> [AcceptAnswer] {
        var new: Set<RunID> = []
        for row in inserted.rows { new.insert(try row.runID("run_id")) }
        var digests: [RunID: String] = [:]
        for row in onRecord.rows { digests[try row.runID("run_id")] = try row.text("content_digest") }
        return requests.map { request in
            guard digests[request.runID] == request.contentDigest.description else { return .conflict }
            // The first of equal requests is the one that was inserted.
            return new.remove(request.runID) == nil ? .known : .accepted
        }
    }

    private static func placed(_ table: ResultTable) throws(StoreError) -> [RunID] {
        try table.rows.map { (row) throws(StoreError) in try row.runID("run_id") }
    }
}
