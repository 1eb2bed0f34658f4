import Fleet
import Foundation
import SparkConnect

/// One operation: a SELECT over Parquet files, written to Parquet files. It needs nothing that a session remembers.
struct SparkTable: PreparedTable {
    let keeper: SparkKeeper
    /// With which the names of the sources' tables begin: differs from operation to operation.
    let prefix: String
    let sql: String
    let sources: [Source]
    let request: TableRequest

    struct Source: Sendable {
        var name: String
        var schema: String
        var input: TableRequest.Input
    }

    func make(_ progress: @escaping @Sendable (Double) -> Void) async throws -> Int64? {
        do {
            return try await begin(progress)
        } catch let lost as Lost where lost.isOver && !Task.isCancelled {
            // What has died with its server works on nothing any more. Once: a server that dies of this very work
            // would die again.
            let folder = request.folder
            try await BlockingLane.run {
                do throws(FileSystemError) { try FileSystem.removeTree(folder) } catch { throw error.failure }
            }
            do { return try await begin(progress) } catch let again as Lost { throw again.failure }
        } catch let lost as Lost {
            throw lost.failure
        }
    }

    private func begin(_ progress: @escaping @Sendable (Double) -> Void) async throws -> Int64? {
        try await keeper.use { session in
            let operation = session.operation(request.id)
            if let path = request.note { try await note(operation).write(to: path) }
            return try await follow(plan, operation, session, progress)
        }
    }

    func takeOver(_ path: String, _ progress: @escaping @Sendable (Double) -> Void) async throws -> MadeTable? {
        // On a server of our own nothing outlives its worker.
        guard keeper.isRemote, let left = await SparkNote.read(path) else { return nil }
        return try await keeper.use { session in try await takeOver(left, in: session, progress) }
    }

    private func takeOver(
        _ left: SparkNote, in session: SparkConnection, _ progress: @escaping @Sendable (Double) -> Void
    ) async throws -> MadeTable? {
        let mine = note(left.operation)
        guard left.server.utf8.elementsEqual(mine.server.utf8) else { return nil }
        guard left.work == mine.work else {
            await session.interrupt(left.operation)
            return nil
        }
        do {
            let rows = try await follow(nil, left.operation, session, progress)
            try await BlockingLane.run {
                do throws(FileSystemError) {
                    for (from, to) in zip(left.copies + [left.folder], mine.copies + [mine.folder]) {
                        try FileSystem.rename(from, to: to)
                    }
                } catch {
                    throw error.failure
                }
            }
            return MadeTable(rows: rows)
        } catch is Failure {
            // It has failed, or somebody else has taken its files: to begin anew is right.
            return nil
        } catch is Lost {
            // It is not known any more.
            return nil
        }
    }

    /// The server, or the session, of an operation is gone.
    private struct Lost: Error {
        var failure: Failure
        /// Whether the operation has ended for certain.
        var isOver: Bool
    }

    private func follow(
        _ plan: Spark_Connect_Plan?, _ operation: SparkOperation, _ session: SparkConnection,
        _ progress: @escaping @Sendable (Double) -> Void
    ) async throws -> Int64? {
        do {
            let outcome = try await session.execute(plan, as: operation, progress: progress)
            // There is one observation, whose name only those know who began the operation.
            return outcome.observed.values.compactMap { $0["rows"] }.first
        } catch let failure as Failure where failure.kind == .engineLost {
            if plan != nil { await keeper.forget(session) }
            throw Lost(failure: await session.causeOfEnd ?? failure, isOver: session.hasEnded)
        } catch let lost as LostSession {
            if plan != nil { await keeper.forget(session) }
            throw Lost(failure: lost.failure, isOver: true)
        }
    }

    /// What somebody who takes over has to know.
    private func note(_ operation: SparkOperation) -> SparkNote {
        var files: [[String]] = []
        var copies: [String] = []
        for source in sources {
            switch source.input {
            case .copied(let path): copies.append(path)
            case .direct(let direct): files.append(direct.files)
            }
        }
        let work = SparkNote.Work(
            // The names of tables differ, and nothing else does.
            statement: sql.replacing(prefix, with: "s_"), schemas: sources.map(\.schema), files: files)
        return SparkNote(
            server: keeper.place, operation: operation, work: work, copies: copies, folder: request.folder)
    }

    // MARK: - The plan

    private var plan: Spark_Connect_Plan {
        var query = Spark_Connect_Relation()
        query.sql.query = sql
        var all = Spark_Connect_Relation()
        all.withRelations.root = query
        all.withRelations.references = sources.map(Self.relation)
        var counted = Spark_Connect_Relation()
        counted.collectMetrics.input = all
        // Two operations of a session would see each other's, were they called the same.
        counted.collectMetrics.name = prefix + "rows"
        var count = Spark_Connect_Expression()
        count.expressionString.expression = "count(1) AS rows"
        counted.collectMetrics.metrics = [count]
        var write = Spark_Connect_WriteOperation()
        write.input = counted
        write.source = "parquet"
        write.mode = .errorIfExists
        write.path = "file://" + request.folder
        if case .published(let partitions, _) = request.result { write.partitioningColumns = partitions }
        var plan = Spark_Connect_Plan()
        plan.command.writeOperation = write
        return plan
    }

    private static func relation(_ source: Source) -> Spark_Connect_Relation {
        var read = Spark_Connect_Relation()
        read.read.dataSource.format = "parquet"
        read.read.dataSource.schema = source.schema
        switch source.input {
        case .copied(let path): read.read.dataSource.paths = [Self.path(path)]
        case .direct(let direct):
            read.read.dataSource.paths = direct.files.map(Self.path)
            if let root = direct.root { read.read.dataSource.options["basePath"] = "file://" + root }
        }
        var named = Spark_Connect_Relation()
        named.subqueryAlias.input = read
        named.subqueryAlias.alias = source.name
        return named
    }

    /// Hadoop reads a path as a pattern.
    static func path(_ path: String) -> String {
        var result = String.UnicodeScalarView("file://".unicodeScalars)
        for scalar in path.unicodeScalars {
            if "*?[]{}\\".unicodeScalars.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }
}
