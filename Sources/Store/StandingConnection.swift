import Foundation
import Logging

/// One connection that is otherwise idle: it listens, holds the worker's liveness lock, and observes other workers.
///
/// Opened when first needed. When it is lost, it is opened again, its channels and its lock are taken again, and
/// subscribers are told to look for themselves, since what happened meanwhile is unknown.
actor StandingConnection {
    enum Event: Sendable {
        case notification(payload: String)
        /// Listening has just begun: anything may have been missed.
        case resync
    }

    private let settings: StoreSettings
    private let logger: Logger
    private var keeper: Task<Void, Never>?
    private var connection: Connection?
    /// Counts connections from 1: a judgement over two looks is made within one of them.
    private(set) var session: Int64 = 0
    private var listened: Set<String> = []
    private var subscribers: [Int: (channel: String, handler: @Sendable (Event) -> Void)] = [:]
    private var nextSubscriber = 0
    private var lock: LivenessLock?
    private var holdsLock = false
    private var isClosed = false
    private var waiters: [CheckedContinuation<Result<Connection, StoreError>, Never>] = []

    /// The number of the worker in the second half of the advisory lock's key.
    struct LivenessLock: Sendable, Hashable { var number: Int64 }

    init(_ settings: StoreSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// `handler` is called on this actor: for each notification, and whenever listening has begun. Answers a number for
    /// `unsubscribe`.
    func subscribe(to channel: String, _ handler: @escaping @Sendable (Event) -> Void) async -> Int {
        nextSubscriber += 1
        let id = nextSubscriber
        subscribers[id] = (channel, handler)
        start()
        if let connection {
            await listen(on: connection)
            // What happened before is unknown; a new connection says the same to all.
            if self.connection === connection { handler(.resync) }
        }
        return id
    }

    func unsubscribe(_ id: Int) { subscribers[id] = nil }

    /// Takes the lock and keeps it, also over later connections. Throws when it can't be had now; then it is not kept.
    func hold(_ lock: LivenessLock) async throws(StoreError) {
        let connection = try await connected("taking the worker's liveness lock")
        // Before the attempt, so that a connection opened meanwhile takes the lock as well.
        self.lock = lock
        do throws(StoreError) {
            guard try await take(lock, on: connection) else {
                throw StoreError(
                    .contention, operation: "taking the worker's liveness lock",
                    message: "another session holds it; its process may still be ending")
            }
        } catch {
            self.lock = nil
            throw error
        }
        if self.connection === connection { holdsLock = true }
    }

    func release() async {
        guard let lock else { return }
        self.lock = nil
        holdsLock = false
        // When this fails the connection is lost, and the lock with it.
        _ = try? await connection?.run("releasing the worker's liveness lock") { (on) throws(StoreError) in
            try on.execute(WorkerStatements.unlock(.int(lock.number)))
        }
    }

    /// Runs `body` on this connection, and says in which session.
    func use<T: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (isolated Connection) throws(StoreError) -> T
    ) async throws(StoreError) -> (value: T, session: Int64) {
        let connection = try await connected(operation)
        let session = session
        return (try await connection.run(operation, body), session)
    }

    func close() async {
        isClosed = true
        keeper?.cancel()
        await connection?.close()
        await keeper?.value
        subscribers = [:]
    }

    private func start() {
        guard keeper == nil, !isClosed else { return }
        // Unstructured: it lives as long as this object, and `close` waits for it.
        keeper = Task { await keep() }
    }

    /// The connection, or the error of the attempt under way: bounded by the limits of one attempt.
    private func connected(_ operation: String) async throws(StoreError) -> Connection {
        if let connection { return connection }
        guard !isClosed else { throw closed(operation) }
        start()
        let result = await withCheckedContinuation { waiters.append($0) }
        do { return try result.get() } catch { throw error.naming(operation, nil) }
    }

    private func answerWaiters(_ result: Result<Connection, StoreError>) {
        for waiter in waiters { waiter.resume(returning: result) }
        waiters = []
    }

    private func closed(_ operation: String) -> StoreError {
        StoreError(.refused, operation: operation, message: "the connections to the store are closed")
    }

    private func keep() async {
        var backoff = Backoff()
        while !isClosed, !Task.isCancelled {
            do throws(StoreError) {
                let opened = try await Connection.open(settings)
                do throws(StoreError) {
                    try await serve(opened)
                    backoff.reset()
                } catch {
                    await opened.close()
                    throw error
                }
                await opened.close()
                if !isClosed { logger.warning("standing connection to the store lost; opening it again") }
            } catch {
                answerWaiters(.failure(error))
                if !isClosed {
                    logger.warning("no standing connection to the store", metadata: ["error": "\(error)"])
                }
            }
            connection = nil
            holdsLock = false
            listened = []
            // Cancelled by `close`: the loop's condition ends it.
            try? await Task.sleep(for: backoff.next())
        }
        answerWaiters(.failure(closed("")))
    }

    /// Returns when the connection is lost.
    private func serve(_ opened: Connection) async throws(StoreError) {
        let stream = try await opened.run("listening") { (on) throws(StoreError) in try on.notifications() }
        if let lock { holdsLock = try await take(lock, on: opened) }
        guard !isClosed else { return }
        connection = opened
        session += 1
        answerWaiters(.success(opened))
        await listen(on: opened)
        for subscriber in subscribers.values { subscriber.handler(.resync) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.insist(on: opened) }
            for await notification in stream { deliver(notification) }
            group.cancelAll()
        }
    }

    private func deliver(_ notification: StoreNotification) {
        for subscriber in subscribers.values where subscriber.channel == notification.channel {
            subscriber.handler(.notification(payload: notification.payload))
        }
    }

    private func listen(on connection: Connection) async {
        while let channel = subscribers.values.map(\.channel).first(where: { !listened.contains($0) }) {
            listened.insert(channel)
            do {
                // Channel names are constants of ours, never text from outside.
                try await connection.run("listening") { (on) throws(StoreError) in try on.script("LISTEN \(channel)") }
            } catch {
                // The keeper notices the lost connection and listens again on the next.
                logger.debug("could not listen", metadata: ["channel": "\(channel)", "error": "\(error)"])
                await connection.close()
                return
            }
        }
    }

    /// After a new connection the server may not have noticed the end of the old one, which then still has the lock.
    private func insist(on connection: Connection) async {
        while let lock, !holdsLock, !Task.isCancelled {
            do {
                try await Task.sleep(for: .milliseconds(500))
                holdsLock = try await take(lock, on: connection)
            } catch {
                return
            }
        }
    }

    private func take(_ lock: LivenessLock, on connection: Connection) async throws(StoreError) -> Bool {
        try await connection.run("taking the worker's liveness lock") { (on) throws(StoreError) in
            try on.execute(WorkerStatements.tryLock(.int(lock.number))).first?.bool("taken") ?? false
        }
    }
}
