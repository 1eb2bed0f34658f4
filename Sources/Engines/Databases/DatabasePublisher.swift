public import Fleet
import Foundation
import Pipeline

/// Loads staged rows into tables of databases, each run once.
///
/// The rows and a marker with the run's id are committed together, so a look at the marker tells whether it has
/// happened: for a successor, for a repetition after a lost answer, and for an attempt that wakes up too late. What the
/// database refuses for good (a constraint, a value that does not fit) is marked as well, before anybody says that the
/// run failed: nothing of it can be loaded afterwards.
public struct DatabasePublisher: Publisher {
    /// Moments at which tests stop, or let others go first.
    enum Moment: Sendable, Hashable, CaseIterable { case begun, looked, committed, marked, exchanged }

    let pool: DuckDBPool
    private let pause: @Sendable (Moment) async throws -> Void

    public init(pool: DuckDBPool) { self.init(pool: pool) { _ in } }

    init(pool: DuckDBPool, pause: @escaping @Sendable (Moment) async throws -> Void) {
        self.pool = pool
        self.pause = pause
    }

    public func move(_ manifest: Manifest) async throws {
        guard let load = manifest.load, let entry = manifest.entries.first else {
            throw Failure(.unclassified, "publishing failed: the manifest names no table")
        }
        try await pause(.begun)
        do {
            try await inSession(load) { try await self.publish(manifest, load, entry, on: $0) }
        } catch let failure as Failure {
            // A look on a new connection: the commit may have succeeded without our hearing of it.
            do {
                try await afterwards(failure, manifest, load)
            } catch is Failure {
                // The first one says more than one of looking after it.
                throw failure
            }
        }
        await removeStaging(manifest)
    }

    public func discard(_ manifest: Manifest) async { await removeStaging(manifest) }

    private func removeStaging(_ manifest: Manifest) async {
        // Cannot throw; what stays is never read.
        try? await BlockingLane.run { StagingPlace.remove(manifest.stagingDirectory) }
    }

    private func inSession<Result: Sendable>(
        _ load: Manifest.Load, _ body: @escaping @Sendable (DatabaseSession) async throws -> Result
    ) async throws -> Result {
        let settings = pool.settings
        let attachments = try await BlockingLane.run {
            var attachments = DatabaseAttachments(
                DatabaseResolver(
                    secrets: settings.secrets, baseDirectory: load.baseDirectory, allowedRoots: settings.allowedRoots))
            try attachments.add(load.connection, isReadOnly: false, step: "write_sink")
            return attachments.all
        }
        return try await pool.withProcess(attaching: attachments) { process in
            try await body(DatabaseSession(process: process, attachment: attachments[0], load: load))
        }
    }

    // MARK: - One try

    private func publish(
        _ manifest: Manifest, _ load: Manifest.Load, _ entry: Manifest.Entry, on session: DatabaseSession
    ) async throws {
        let standing = try await session.marker(of: manifest.lease.runID)
        try await pause(.looked)
        switch standing?.outcome {
        case .loaded?: return await prune(after: manifest, load, on: session)
        case .refused?: throw refusedBefore(entry)
        case .staged?, nil: break
        }
        try await session.prepareMarkers()
        let target = try await session.look()
        var script = TableScript(
            attachment: session.attachment, target: target, load: load, lease: manifest.lease, columns: [],
            matching: nil, rows: entry.rows, stagedPath: entry.staged,
            stageName: TableScript.stageName(manifest.lease))
        if let ready = standing?.stage { return try await exchange(ready, script, on: session) }

        let isThere = try await BlockingLane.run { try FileSystem.entry(at: entry.staged) != nil }
        guard isThere else {
            throw Failure(
                .unclassified,
                "loading \(entry.target) failed: the staged rows (\(entry.staged)) are gone, or are not on storage that "
                    + "this worker shares")
        }
        script.columns = try await session.columns(ofStaged: entry.staged)
        script.matching = try target.matching(
            script.columns.map(\.name), mode: load.mode, keys: load.upsertKeys)
        switch session.attachment.address.kind {
        case .postgresql: try await session.execute(script.postgresTransaction)
        case .sqlite, .duckdb: try await session.execute(script.fileTransaction)
        case .mysql: try await loadMySQL(script, on: session)
        }
        try await pause(.committed)
        await prune(script, on: session)
    }

    private func loadMySQL(_ script: TableScript, on session: DatabaseSession) async throws {
        try await session.execute(script.mysqlStaging)
        if script.load.mode == .replace {
            try await session.execute([script.mysqlNaming, script.mysqlStagedMarker])
            try await pause(.marked)
            return try await exchange(script.stageName, script, on: session)
        }
        try await session.execute(script.mysqlPreparation)
        if let duplicates = script.mysqlDuplicates {
            let answer = try await session.execute([duplicates])
            guard let count = try answer[0].rows().first?["n"] ?? nil, count == "0" else {
                throw Failure(
                    .badData, "the upsert keys of several rows are equal in the collation of the table",
                    step: "write_sink")
            }
        }
        try await session.execute(script.mysqlTransaction)
    }

    /// Puts the table in place that stands ready under a name of its own, unless that has happened.
    private func exchange(_ ready: String, _ script: TableScript, on session: DatabaseSession) async throws {
        let stages = try await session.execute([script.mysqlStages])[0].rows().compactMap { $0["name"] ?? nil }
        if stages.contains(ready) {
            if let refusal = script.target.refusalToReplace { throw refusal }
            try await session.execute([script.mysqlExchange(ready)], "replacing")
            try await pause(.exchanged)
        }
        try await session.execute([script.mysqlLoadedMarker, script.mysqlDropOld(ready)])
    }

    /// Of statements that need no rows.
    private func emptyScript(
        _ manifest: Manifest, _ load: Manifest.Load, _ session: DatabaseSession
    ) -> TableScript {
        TableScript(
            attachment: session.attachment, target: TargetTable(schema: session.schema, name: session.table),
            load: load, lease: manifest.lease, columns: [], matching: nil, rows: nil, stagedPath: "", stageName: "")
    }

    private func prune(after manifest: Manifest, _ load: Manifest.Load, on session: DatabaseSession) async {
        await prune(emptyScript(manifest, load, session), on: session)
    }

    /// Best effort: a table or a row that stays does no harm, and goes with a later load.
    private func prune(_ script: TableScript, on session: DatabaseSession) async {
        guard !script.kind.isFile else { return }
        do {
            if script.kind == .mysql {
                let names = try await session.execute([script.mysqlStages])[0].rows().compactMap { $0["name"] ?? nil }
                try await session.execute(names.map(script.mysqlDrop))
            }
            try await session.execute([
                script.attachment.execute(LoadMarker.pruning(of: script.markers, script.kind))
            ])
        } catch {
            // The rows are in the table whatever becomes of this.
        }
    }

    // MARK: - After a failure

    private func afterwards(_ failure: Failure, _ manifest: Manifest, _ load: Manifest.Load) async throws {
        try await inSession(load) { session in
            switch try await session.marker(of: manifest.lease.runID)?.outcome {
            case .loaded?: return await self.prune(after: manifest, load, on: session)
            case .refused?: throw RefusedByTarget(failure: failure)
            // The table stands ready: whoever repeats this goes on from there.
            case .staged?: throw failure
            case nil: break
            }
            guard !failure.isTransient else { throw failure }
            // Only a marker makes the refusal final. Where it cannot be written, the move is tried again.
            let script = self.emptyScript(manifest, load, session)
            try await session.prepareMarkers()
            let markers = session.attachment.table(session.schema, LoadMarker.table)
            if session.attachment.address.kind.isFile {
                try await session.execute([
                    "BEGIN",
                    "CREATE TABLE IF NOT EXISTS \(markers) \(LoadMarker.creation(in: session.schema, script.kind))",
                    script.marker(.refused).insertion(into: markers, table: session.table, rows: nil, script.kind),
                    "COMMIT",
                ])
            } else {
                try await session.execute([script.attachment.execute(script.insertMarker(.refused))])
            }
            await prune(script, on: session)
            throw RefusedByTarget(failure: failure)
        }
    }

    private func refusedBefore(_ entry: Manifest.Entry) -> RefusedByTarget {
        RefusedByTarget(
            failure: Failure(
                .badData, "loading \(entry.target) failed before, for good; an earlier attempt says why",
                step: "write_sink"))
    }
}
