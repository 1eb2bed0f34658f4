import Fleet
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import SparkConnect

/// One session on a Spark Connect server.
///
/// Operations are reattachable: when the stream of an operation ends early or its connection breaks, the operation
/// goes on, and we attach to it again. An operation's id is given by the caller, so that asking twice attaches.
final class SparkConnection: Sendable {
    typealias Service = Spark_Connect_SparkConnectService.Client<HTTP2ClientTransport.Posix>

    private let client: GRPCClient<HTTP2ClientTransport.Posix>
    private let service: Service
    private let connections: Task<Void, Never>
    private let metadata: Metadata
    private let sessionID = UUID().uuidString.lowercased()
    private let user: Spark_Connect_UserContext
    /// Where it is ours.
    private let server: SparkServer?
    private let remote: SparkRemote

    static let clientType = "quicketl"
    /// Of an answer. Rows never come this way; error texts and plans may be long.
    static let answerLimit = 64 << 20
    /// For calls that only ask or tell.
    static let callTimeout = Duration.seconds(60)
    /// For one that reads the footers of as many files as a source has.
    static let schemaTimeout = Duration.seconds(900)
    /// Between two tries to reach a server that does not answer, and how many in a row.
    static let pause = Duration.milliseconds(500)
    static let attempts = 20

    /// What makes Spark's SQL mean what the compiler relies on.
    static let settings: KeyValuePairs<String, String> = [
        "spark.sql.ansi.enabled": "true",
        "spark.sql.caseSensitive": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
        "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
        "spark.sql.decimalOperations.allowPrecisionLoss": "false",
        "spark.sql.variable.substitute": "false",
        // Each step of a pipeline takes a round of the analyzer, which gives up after 100 by itself.
        "spark.sql.analyzer.maxIterations": "10000",
        "spark.sql.parser.escapedStringLiterals": "false",
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    ]

    /// `authorities`: who may vouch for an encrypted server; nil: those whom the machine trusts. `server`: where it is
    /// ours, so that nobody waits for one that has ended to come back.
    init(
        _ remote: SparkRemote, authorities: SparkAuthorities? = nil, server: SparkServer? = nil
    ) throws(Failure) {
        self.server = server
        self.remote = remote
        do {
            let target: any ResolvableTarget =
                remote.host.allSatisfy { $0.isNumber || $0 == "." }
                ? .ipv4(address: remote.host, port: remote.port)
                : remote.host.contains(":")
                    ? .ipv6(address: remote.host, port: remote.port) : .dns(host: remote.host, port: remote.port)
            let transport = try HTTP2ClientTransport.Posix(
                target: target,
                transportSecurity: remote.usesTLS
                    ? .tls { if let authorities { $0.trustRoots = authorities.trustRoots } } : .plaintext)
            client = GRPCClient(transport: transport)
        } catch {
            throw Failure(
                .unreachable,
                "connecting to the Spark server at \(remote.place) failed: "
                    + (authorities.map { "the certificates of \($0.path) can't be read" }
                        ?? "no connection could be made"))
        }
        service = Service(wrapping: client)
        var metadata = Metadata()
        if let token = remote.token { metadata.addString("Bearer \(token)", forKey: "authorization") }
        for (name, value) in remote.headers { metadata.addString(value, forKey: name) }
        self.metadata = metadata
        var user = Spark_Connect_UserContext()
        user.userID = remote.userID
        self.user = user
        let client = client
        // Ends when the client is closed; what a call meets, the call says.
        connections = Task { try? await client.runConnections() }
    }

    /// Whether its server is known to have ended, and all operations with it.
    var hasEnded: Bool { !(server?.isRunning ?? true) }

    /// Why it ended, where its last words say so.
    var causeOfEnd: Failure? { get async { hasEnded ? await server?.causeOfEnd : nil } }

    func close() {
        client.beginGracefulShutdown()
        connections.cancel()
    }

    /// Makes the session, with the settings that the compiler relies on. Repeatable.
    func open() async throws {
        var request = Spark_Connect_ConfigRequest()
        request.sessionID = sessionID
        request.userContext = user
        request.clientType = Self.clientType
        request.operation.set.pairs = Self.settings.map { key, value in
            var pair = Spark_Connect_KeyValue()
            pair.key = key
            pair.value = value
            return pair
        }
        let asked = request
        try await call { options in
            do {
                _ = try await self.service.config(asked, metadata: self.metadata, options: options)
            } catch let error as RPCError {
                if !Task.isCancelled, let failure = SparkFailure.ofConnecting(to: self.remote, error) { throw failure }
                throw error
            }
        }
    }

    /// `4.1.4`.
    func version() async throws -> String {
        var request = Spark_Connect_AnalyzePlanRequest()
        request.sessionID = sessionID
        request.userContext = user
        request.clientType = Self.clientType
        request.sparkVersion = .init()
        let asked = request
        return try await call { options in
            try await self.service.analyzePlan(asked, metadata: self.metadata, options: options).sparkVersion.version
        }
    }

    /// The columns of a relation. Repeatable; may have to look into many files.
    func schema(_ relation: Spark_Connect_Relation) async throws -> Spark_Connect_DataType {
        var request = Spark_Connect_AnalyzePlanRequest()
        request.sessionID = sessionID
        request.userContext = user
        request.clientType = Self.clientType
        request.schema.plan.root = relation
        let asked = request
        return try await call(within: Self.schemaTimeout) { options in
            try await self.service.analyzePlan(asked, metadata: self.metadata, options: options).schema.schema
        }
    }

    /// A first query takes seconds, in which the server loads and compiles what later ones use.
    func warmUp() async throws {
        var plan = Spark_Connect_Plan()
        plan.root.sql.query =
            "SELECT id % 3 AS k, count(1) AS n, sum(CAST(id AS DOUBLE)) AS s FROM range(100) GROUP BY 1 ORDER BY 1"
        _ = try await execute(plan, as: operation(UUID())) { _ in }
    }

    // MARK: - Operations

    struct Outcome: Sendable {
        /// By the name of the observation, then by that of the metric.
        var observed: [String: [String: Int64]] = [:]
    }

    /// How an operation of this session with this id is called by anybody who would attach to it.
    func operation(_ id: UUID) -> SparkOperation {
        SparkOperation(session: sessionID, id: id.uuidString.lowercased())
    }

    /// Executes a command to its end; nil attaches to an operation that somebody else began, in whichever session.
    /// `progress`: 0 to 1, by tasks. Cancelled: interrupts, and throws when the operation has ended.
    func execute(
        _ plan: Spark_Connect_Plan?, as operation: SparkOperation, progress: @escaping @Sendable (TableProgress) -> Void
    ) async throws -> Outcome {
        do {
            let outcome = try await follow(plan, operation, progress)
            await release(operation)
            return outcome
        } catch {
            if Task.isCancelled {
                // Outside the cancelled task, or the calls would be cancelled as well.
                await Task.detached { await self.interrupt(operation) }.value
                throw CancellationError()
            }
            let failure = await self.failure(error, in: operation.session)
            // What somebody else follows now goes on. Nobody waits for the rest: what failed has ended, and what is
            // lost cannot be told.
            if (error as? RPCError).map({ SparkFailure($0).isTakenOver }) != true {
                Task.detached { await self.release(operation) }
            }
            throw failure
        }
    }

    private func follow(
        _ plan: Spark_Connect_Plan?, _ operation: SparkOperation,
        _ progress: @escaping @Sendable (TableProgress) -> Void
    ) async throws -> Outcome {
        var follower = Follower()
        var isStarted = plan == nil
        var failures = 0
        while true {
            let before = follower
            do {
                if isStarted {
                    var request = Spark_Connect_ReattachExecuteRequest()
                    request.sessionID = operation.session
                    request.userContext = user
                    request.clientType = Self.clientType
                    request.operationID = operation.id
                    if let last = before.lastResponseID { request.lastResponseID = last }
                    follower = try await service.reattachExecute(request, metadata: metadata, options: options(nil)) {
                        try await before.following($0, progress)
                    }
                } else {
                    var request = Spark_Connect_ExecutePlanRequest()
                    request.sessionID = operation.session
                    request.userContext = user
                    request.clientType = Self.clientType
                    request.operationID = operation.id
                    request.plan = plan ?? .init()
                    var option = Spark_Connect_ExecutePlanRequest.RequestOption()
                    option.reattachOptions.reattachable = true
                    request.requestOptions = [option]
                    follower = try await service.executePlan(request, metadata: metadata, options: options(nil)) {
                        try await before.following($0, progress)
                    }
                }
                isStarted = true
                if follower.lastResponseID != before.lastResponseID { failures = 0 }
                if let broken = follower.broken {
                    follower.broken = nil
                    throw broken
                }
                if follower.isComplete { return follower.outcome }
                failures += 1
                if failures > Self.attempts {
                    throw Failure(.engineLost, "the Spark server ended an operation's answer again and again")
                }
            } catch let error as RPCError where SparkFailure(error).isOfConnection && !Task.isCancelled {
                // Whether the server heard of the operation is not known: to execute the same id again attaches to it,
                // and one that has been heard of is attached to.
                failures += 1
                guard failures <= Self.attempts, !hasEnded else { throw error }
                if failures == 1 {
                    progress(
                        TableProgress(
                            said: .init(
                                .warning, "the connection to the Spark server broke; attaching to the work again")))
                }
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Interrupts, and returns when the operation is over. Best effort: a server that is gone executes nothing.
    func interrupt(_ operation: SparkOperation) async {
        var request = Spark_Connect_InterruptRequest()
        request.sessionID = operation.session
        request.userContext = user
        request.clientType = Self.clientType
        request.interruptType = .operationID
        request.operationID = operation.id
        let asked = request
        do {
            try await call { options in
                _ = try await self.service.interrupt(asked, metadata: self.metadata, options: options)
            }
            _ = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await self.follow(nil, operation) { _ in } }
                group.addTask { try await Task.sleep(for: Self.callTimeout) }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            // OPERATION_CANCELED, or not found: over.
        }
        await release(operation)
    }

    /// Best effort: the server forgets an operation by itself some time after it has ended.
    private func release(_ operation: SparkOperation) async {
        var request = Spark_Connect_ReleaseExecuteRequest()
        request.sessionID = operation.session
        request.userContext = user
        request.clientType = Self.clientType
        request.operationID = operation.id
        request.releaseAll = .init()
        _ = try? await service.releaseExecute(request, metadata: metadata, options: options(Self.callTimeout))
    }

    // MARK: - Calls

    private func options(_ timeout: Duration?) -> CallOptions {
        var options = CallOptions.defaults
        options.maxResponseMessageBytes = Self.answerLimit
        options.timeout = timeout
        // A server that is gone is known at once; we decide ourselves how long to go on trying.
        options.waitForReady = false
        return options
    }

    private func call<Answer: Sendable>(
        within limit: Duration = SparkConnection.callTimeout, _ body: (CallOptions) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await body(options(limit))
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw await failure(error, in: sessionID)
        }
    }

    /// As one of our kinds; the error itself when it is none of a call.
    private func failure(_ error: any Error, in session: String) async -> any Error {
        guard let error = error as? RPCError else { return error }
        let own = SparkFailure(error)
        if own.isEmptyPartition { return EmptyPartition() }
        if own.isSessionGone { return LostSession() }
        if own.isOfEndingServer { return await endingServer() }
        if let failure = own.failure { return failure }
        let causes = await causes(of: own, in: session)
        if causes.contains(where: \.isOfEndingServer) { return await endingServer() }
        for cause in causes {
            if cause.isEmptyPartition { return EmptyPartition() }
            if let failure = cause.failure { return failure }
        }
        return ([own] + causes).lazy.compactMap(\.unreadable).first ?? own.unknown
    }

    /// One of ours is over then for everybody, and has said why: it is not waited for until it ends by itself.
    private func endingServer() async -> Failure {
        await server?.stop()
        return Failure(.engineLost, "the Spark server ended while it worked")
    }

    /// From the outermost inward; none when the server does not tell.
    private func causes(of error: SparkFailure, in session: String) async -> [SparkFailure] {
        guard let id = error.errorID else { return [] }
        var request = Spark_Connect_FetchErrorDetailsRequest()
        request.sessionID = session
        request.userContext = user
        request.clientType = Self.clientType
        request.errorID = id
        let options = options(Self.callTimeout)
        // Without them the error is said as far as it is known.
        guard let answer = try? await service.fetchErrorDetails(request, metadata: metadata, options: options) else {
            return []
        }
        return answer.errors.map {
            SparkFailure(
                errorClass: $0.sparkThrowable.errorClass, sqlState: $0.sparkThrowable.sqlState,
                text: $0.errorTypeHierarchy.joined(separator: " ") + " " + $0.message)
        }
    }
}

/// The server has closed the session, or was started anew since: it knows nothing of what was asked there, and nothing
/// of it goes on.
struct LostSession: Error {
    var failure: Failure { Failure(.engineLost, "the Spark server closed the session in which it worked") }
}

/// What an operation is called on its server, beside the user.
struct SparkOperation: Sendable, Hashable, Codable {
    var session: String
    var id: String
}

/// What has been heard of an operation so far.
private struct Follower: Sendable {
    var lastResponseID: String?
    var isComplete = false
    var outcome = SparkConnection.Outcome()
    /// Whose end was told.
    private var toldStages: Set<Int64> = []
    /// How the stream ended when it did not end by itself; what was heard before that still counts.
    var broken: RPCError?

    func following(
        _ response: StreamingClientResponse<Spark_Connect_ExecutePlanResponse>,
        _ progress: @Sendable (TableProgress) -> Void
    ) async throws -> Follower {
        var follower = self
        do {
            for try await message in response.messages { follower.note(message, progress) }
        } catch let error as RPCError {
            follower.broken = error
        }
        return follower
    }

    private mutating func note(_ message: Spark_Connect_ExecutePlanResponse, _ progress: (TableProgress) -> Void) {
        if !message.responseID.isEmpty { lastResponseID = message.responseID }
        for observed in message.observedMetrics {
            var values: [String: Int64] = [:]
            for (key, value) in zip(observed.keys, observed.values) { values[key] = value.long }
            outcome.observed[observed.name] = values
        }
        switch message.responseType {
        case .resultComplete: isComplete = true
        case .executionProgress(let report):
            let tasks = report.stages.reduce(Int64(0)) { $0 + $1.numTasks }
            let done = report.stages.reduce(Int64(0)) { $0 + $1.numCompletedTasks }
            // After a retry there may be more done than there were to do.
            if tasks > 0 { progress(TableProgress(fraction: min(1, Double(done) / Double(tasks)))) }
            for stage in report.stages where stage.done && toldStages.insert(stage.stageID).inserted {
                progress(
                    TableProgress(
                        said: .sparkStageDone(
                            stage.stageID, tasks: stage.numCompletedTasks, bytesRead: stage.inputBytesRead)))
            }
        default: break
        }
    }
}
