internal import CLibPQ
import Dispatch
import Foundation
import Pipeline
import Synchronization

/// One libpq connection and the lane on which its calls block.
///
/// Work is handed over as a closure that runs on the lane without suspending, so that nothing comes between the
/// statements of a transaction. Every wait has a limit; a connection that overruns it, breaks, or is left inside a
/// transaction counts as broken and is never used again.
actor Connection {
    private let lane: BlockingLane
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }
    private nonisolated let handle = ConnectionHandle()
    private let settings: StoreSettings
    private var preparedNames: Set<String> = []
    private(set) var isBroken = false {
        // Whoever waits for notifications learns of the end, whichever call came across it.
        didSet { if isBroken { inbox?.continuation.finish() } }
    }
    private var inbox: Inbox?
    private nonisolated let exchanges = Atomic<UInt64>(0)

    /// Where notifications go, and the source that tells of them.
    private struct Inbox {
        var source: any DispatchSourceRead
        var continuation: AsyncStream<StoreNotification>.Continuation
    }

    private init(_ settings: StoreSettings) {
        self.settings = settings
        lane = BlockingLane(label: "quicketl.store.connection")
    }

    static func open(_ settings: StoreSettings) async throws(StoreError) -> Connection {
        let connection = Connection(settings)
        do {
            try await connection.connect()
        } catch {
            await connection.close()
            throw error
        }
        return connection
    }

    /// Runs `body` on the lane. When the task is cancelled, the statement under way is cancelled on the server.
    nonisolated func run<T: Sendable>(
        _ operation: String, run: RunID? = nil,
        _ body: @escaping @Sendable (isolated Connection) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        let exchange = exchanges.add(1, ordering: .relaxed).newValue
        let result = await withTaskCancellationHandler {
            await perform(exchange, body)
        } onCancel: {
            handle.requestCancel(of: exchange)
        }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw error.naming(operation, run)
        }
    }

    /// Closes the connection. Whatever it held (locks, an open transaction) is released by the server.
    func close() {
        isBroken = true
        inbox?.source.cancel()
        inbox = nil
        handle.finish()
    }

    /// Whether the connection still stands, as far as can be told without asking the server.
    func looksAlive() -> Bool {
        guard !isBroken, let raw = handle.raw else { return false }
        if !consume(raw) { isBroken = true }
        return !isBroken
    }

    /// Reads what the server has sent unasked; false when the connection is lost. Reads on to the end: a server that
    /// went away has left a few last words and an end of file, of which a dispatch source on Linux tells only once.
    private func consume(_ raw: OpaquePointer) -> Bool {
        var reads = 0
        while reads < Self.mostReads, ready(raw, for: Int16(POLLIN), milliseconds: 0) != 0 {
            guard PQconsumeInput(raw) == 1 else { return false }
            reads += 1
        }
        return PQstatus(raw) == CONNECTION_OK
    }

    /// At least 16 kB each: a server that never stops talking does not keep the lane.
    private static let mostReads = 1000

    // MARK: On the lane

    func execute(_ call: Call) throws(StoreError) -> ResultTable { try pipelined([call]).first ?? ResultTable() }

    /// One round trip and one transaction: all take effect, or none. Each statement sees what those before it did, and
    /// has a snapshot of its own.
    func pipelined(_ calls: [Call]) throws(StoreError) -> [ResultTable] {
        let raw = try usable()
        for call in calls where !preparedNames.contains(call.statement.name) { try prepare(call.statement) }
        let deadline = deadline()
        let insideTransaction = PQtransactionStatus(raw) != PQTRANS_IDLE
        if calls.count == 1 || insideTransaction {
            var tables: [ResultTable] = []
            for call in calls {
                try send(raw, call)
                tables.append(try collect(deadline))
            }
            return tables
        }
        guard PQenterPipelineMode(raw) == 1 else { throw lost() }
        for call in calls { try send(raw, call) }
        guard PQpipelineSync(raw) == 1 else { throw lost() }
        var tables: [ResultTable] = []
        var failure: StoreError?
        for _ in calls {
            do {
                tables.append(try collect(deadline))
            } catch {
                if isBroken { throw error }
                // Those after the first failure were not run.
                failure = failure ?? error
            }
        }
        // The sync's own result: only with it has the transaction been committed.
        do { _ = try collectOne(deadline) } catch { failure = failure ?? error }
        guard PQexitPipelineMode(raw) == 1 else { throw lost() }
        if let failure { throw failure }
        return tables
    }

    /// Commits when `body` returns, rolls back when it throws.
    func transaction<T>(_ body: () throws(StoreError) -> T) throws(StoreError) -> T {
        try script("BEGIN")
        let value: T
        do {
            value = try body()
        } catch {
            // A rollback that fails does not hide why; the connection is given up, which rolls back as well.
            if !isBroken { do { try script("ROLLBACK") } catch { isBroken = true } }
            throw error
        }
        try script("COMMIT")
        return value
    }

    /// Statements without parameters, in one message and one transaction. For migrations and session settings only.
    func script(_ sql: String, limit: Duration? = nil) throws(StoreError) {
        let raw = try usable()
        guard PQsendQuery(raw, sql) == 1 else { throw lost() }
        _ = try collect(deadline(limit))
    }

    /// Notifications of the channels that this connection listens to; ends when the connection is lost.
    func notifications() throws(StoreError) -> AsyncStream<StoreNotification> {
        let raw = try usable()
        let (stream, continuation) = AsyncStream.makeStream(
            of: StoreNotification.self, bufferingPolicy: .bufferingNewest(4096))
        // A descriptor of the source's own: libpq closes its one as soon as it finds the connection broken.
        let descriptor = fcntl(PQsocket(raw), F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else {
            throw StoreError(
                .unclassified, operation: "", message: "no file descriptor: \(String(cString: strerror(errno)))")
        }
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: lane.queue)
        source.setCancelHandler { _ = Foundation.close(descriptor) }
        // On the lane's queue; weak, because the source lives as long as the connection.
        source.setEventHandler { [weak self] in self?.assumeIsolated { $0.takeNotifications() } }
        inbox = Inbox(source: source, continuation: continuation)
        source.resume()
        takeNotifications()
        return stream
    }

    private func takeNotifications() {
        guard let raw = handle.raw, let inbox else { return }
        guard consume(raw) else { return close() }
        while let notification = PQnotifies(raw) {
            inbox.continuation.yield(
                StoreNotification(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra)))
            PQfreemem(notification)
        }
    }

    // MARK: Opening

    private func connect() throws(StoreError) {
        guard !Task.isCancelled else { throw interrupted() }
        let options = try ConnectionOptions(settings)
        guard let raw = options.connect() else {
            throw StoreError(.unreachable, operation: "connecting to the store", message: "out of memory")
        }
        handle.adopt(raw)
        guard PQstatus(raw) == CONNECTION_OK else {
            isBroken = true
            throw refusal(String(cString: PQerrorMessage(raw)))
        }
        // Notices would go to standard error.
        PQsetNoticeReceiver(raw, { _, _ in }, nil)
        guard PQsetnonblocking(raw, 1) == 0 else { throw lost() }
        do {
            try prepareSession()
        } catch {
            throw error.naming("connecting to the store", nil)
        }
    }

    /// Settings that the promises rest on, whatever the role or the database has as default.
    private func prepareSession() throws(StoreError) {
        let answer = try execute(
            SessionStatements.settings(
                .int(settings.statementLimit.wholeMilliseconds), .int(settings.lockLimit.wholeMilliseconds)))
        if try answer.first?.text("synchronous_commit") == "off" {
            throw StoreError(
                .refused, operation: "connecting to the store",
                message: "synchronous_commit is off for this server, database or role: a confirmed run could be lost; "
                    + "set it to on")
        }
        if let version = try answer.first?.int("version"), version < 150_000 {
            throw StoreError(
                .refused, operation: "connecting to the store",
                message: "PostgreSQL 15 or newer is needed, this server is version \(version / 10_000)")
        }
    }

    /// libpq gives no code for a failed connection: only logins and names that the server refused are told apart, by
    /// the word that it puts before its own answer.
    private func refusal(_ message: String) -> StoreError {
        let text = message.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .joined(separator: "; ")
        return StoreError(
            Self.kindOfRefusal(text), operation: "connecting to the store", message: text.isEmpty ? "no reason" : text)
    }

    /// The one place where message text is searched: libpq keeps the SQLSTATE of a failed connection to itself.
    static func kindOfRefusal(_ message: String) -> StoreError.Kind {
        let refusals = [
            "authentication failed", "no password supplied", "no pg_hba.conf entry", "certificate verify failed",
            "permission denied for database", "server does not support SSL",
        ]
        if message.contains("FATAL:"), message.contains("does not exist") { return .refused }
        return refusals.contains { message.contains($0) } ? .refused : .unreachable
    }

    // MARK: The exchange with the server

    private func perform<T>(
        _ exchange: UInt64, _ body: @Sendable (isolated Connection) throws(StoreError) -> T
    ) -> Result<T, StoreError> {
        handle.began(exchange)
        defer { handle.ended() }
        // After `began`, so that a cancel is seen either here or by the handler.
        guard !Task.isCancelled else { return .failure(interrupted()) }
        do {
            let value = try body(self)
            if let raw = handle.raw, PQtransactionStatus(raw) != PQTRANS_IDLE { isBroken = true }
            return .success(value)
        } catch {
            if let raw = handle.raw, PQtransactionStatus(raw) != PQTRANS_IDLE { isBroken = true }
            return .failure(Task.isCancelled && error.sqlState?.code == "57014" ? interrupted() : error)
        }
    }

    private func prepare(_ statement: Statement) throws(StoreError) {
        let raw = try usable()
        guard PQsendPrepare(raw, statement.name, statement.sql, 0, nil) == 1 else { throw lost() }
        _ = try collect(deadline())
        preparedNames.insert(statement.name)
    }

    private func send(_ raw: OpaquePointer, _ call: Call) throws(StoreError) {
        let texts = call.parameters.map { parameter in parameter.text.map { strdup($0) } ?? nil }
        defer { for text in texts { free(text) } }
        let values = texts.map { UnsafePointer($0) }
        guard PQsendQueryPrepared(raw, call.statement.name, Int32(values.count), values, nil, nil, 0) == 1 else {
            throw lost()
        }
    }

    /// All results of one statement up to the null that ends them; the last one's rows.
    private func collect(_ deadline: ContinuousClock.Instant) throws(StoreError) -> ResultTable {
        var table = ResultTable()
        var failure: StoreError?
        while true {
            do {
                guard let next = try collectOne(deadline) else { break }
                table = next
            } catch {
                if isBroken { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return table
    }

    /// nil after the last result of a statement.
    private func collectOne(_ deadline: ContinuousClock.Instant) throws(StoreError) -> ResultTable? {
        let raw = try usable()
        try awaitResult(raw, deadline)
        guard let pointer = PQgetResult(raw) else { return nil }
        let result = QueryResult(adopting: pointer)
        switch result.status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY, PGRES_PIPELINE_SYNC: return result.table
        case PGRES_PIPELINE_ABORTED:
            throw StoreError(.unclassified, operation: "", message: "not run, because the statement before it failed")
        default: break
        }
        guard PQstatus(raw) == CONNECTION_OK else {
            throw lost(result.sqlState, result.primaryMessage)
        }
        let state = result.sqlState
        if state?.spoilsPreparedStatements == true { isBroken = true }
        let kind = state?.kind ?? .unclassified
        var message = result.primaryMessage ?? "no reason given"
        // Data exceptions quote the offending value.
        if state?.errorClass == "22" { message = "a value does not fit its column" }
        if state?.meansOtherSchema == true {
            message += "; the schema does not fit this version of the program: run `quicketl migrate`"
        }
        throw StoreError(kind, operation: "", sqlState: state, message: message)
    }

    /// Sends what is left to send and reads until a result is complete.
    private func awaitResult(_ raw: OpaquePointer, _ deadline: ContinuousClock.Instant) throws(StoreError) {
        while true {
            let unsent = PQflush(raw)
            if unsent < 0 { throw lost() }
            if unsent == 0, PQisBusy(raw) == 0 { return }
            let left = ContinuousClock.now.duration(to: deadline).wholeMilliseconds
            let events = Int16(POLLIN) | (unsent > 0 ? Int16(POLLOUT) : 0)
            let readiness = left > 0 ? ready(raw, for: events, milliseconds: left) : 0
            if readiness == 0 {
                isBroken = true
                throw StoreError(
                    .unreachable, operation: "",
                    message: "no answer within \(settings.statementLimit + Self.clientMargin); connection given up")
            }
            if readiness & Int16(POLLIN | POLLHUP | POLLERR) != 0, PQconsumeInput(raw) == 0 { throw lost() }
        }
    }

    /// The events that arose; 0 when none did in time.
    private nonisolated func ready(_ raw: OpaquePointer, for events: Int16, milliseconds: Int64) -> Int16 {
        var descriptor = pollfd(fd: PQsocket(raw), events: events, revents: 0)
        let count = poll(&descriptor, 1, Int32(clamping: milliseconds))
        // Interrupted by a signal: reading is harmless, and the callers' loops come back with what is left.
        if count < 0 { return errno == EINTR ? Int16(POLLIN) : Int16(POLLERR) }
        return count == 0 ? 0 : descriptor.revents
    }

    /// The server ends a statement at its limit; the client waits this much longer for it to say so.
    private static let clientMargin = Duration.seconds(2)

    private func deadline(_ limit: Duration? = nil) -> ContinuousClock.Instant {
        .now + (limit ?? settings.statementLimit) + Self.clientMargin
    }

    private func usable() throws(StoreError) -> OpaquePointer {
        guard !isBroken, let raw = handle.raw else {
            throw StoreError(.unreachable, operation: "", message: "the connection is closed")
        }
        return raw
    }

    private func lost(_ state: SQLState? = nil, _ message: String? = nil) -> StoreError {
        isBroken = true
        return StoreError(
            .unreachable, operation: "", sqlState: state,
            message: message ?? "the connection broke; whether the statement took effect is unknown")
    }

    private func interrupted() -> StoreError {
        StoreError(.interrupted, operation: "", message: "cancelled by its caller")
    }
}

struct StoreNotification: Sendable {
    var channel: String
    var payload: String
}
