import Fleet
import Foundation

/// Keeps one session, and the server behind it where that is ours: both are made when the first run needs them, and
/// made anew when the server has gone. After failed starts the next one waits. A server of our own that nobody has used
/// for a while is ended.
actor SparkKeeper {
    private let settings: SparkSettings
    private var server: SparkServer?
    private var connection: SparkConnection?
    private var starting: Task<SparkConnection, any Error>?
    private var failures = 0
    private var notBefore = ContinuousClock.now
    private var users = 0
    private var idling: Task<Void, Never>?
    private var isShutDown = false

    /// Between two failed starts, at most.
    static let longestPause = 16

    init(settings: SparkSettings) {
        self.settings = settings
        do throws(Failure) {
            if case .own(let master) = settings.place {
                try settings.check(master: master)
                _ = try settings.home()
            }
            missing = nil
        } catch {
            missing = error.message
        }
        let named: SparkRemote?
        switch settings.place {
        // One that cannot be read is refused where it is used.
        case .remote(let text): named = try? SparkRemote(text)
        case .databricks(let cluster): named = try? cluster.remote()
        case .own(let master):
            (isRemote, place) = (false, master)
            return
        }
        isRemote = true
        place = named?.place ?? ""
    }

    /// Whether the server is somebody else's, so that what it does outlives us.
    nonisolated let isRemote: Bool
    /// Which server, without what is secret.
    nonisolated let place: String

    /// Why no server of our own can be started here; nil: nothing is known to be in the way.
    nonisolated let missing: String?

    /// Whether a run could begin at once, or would have to wait for a start, or for the end of a wait after one that
    /// failed.
    var availability: SparkAvailability {
        if let missing { return .missing(missing) }
        if failures > 0, ContinuousClock.now < notBefore {
            return .failed("it could not be started or reached a moment ago")
        }
        // Attaching to a server of somebody else is done in no time.
        return isRemote || connection != nil && server?.isRunning == true ? .warm : .cold
    }

    /// Lends a session that was alive when last looked at. While it is lent, the server does not count as idle.
    func use<Result: Sendable>(_ body: @Sendable (SparkConnection) async throws -> Result) async throws -> Result {
        users += 1
        idling?.cancel()
        defer {
            users -= 1
            if users == 0 { endWhenIdle() }
        }
        return try await body(try await session())
    }

    /// A session that was alive when last looked at.
    func session() async throws -> SparkConnection {
        guard !isShutDown else { throw CancellationError() }
        if let connection, server?.isRunning ?? true { return connection }
        if starting == nil {
            starting = Task { try await self.start() }
        }
        guard let task = starting else { throw CancellationError() }
        do {
            let connection = try await task.value
            // Whoever is woken first.
            if starting == task { starting = nil }
            return connection
        } catch {
            if starting == task { starting = nil }
            throw error
        }
    }

    /// The session is no use any more: the next call makes another.
    func forget(_ broken: SparkConnection) {
        guard connection === broken else { return }
        connection = nil
        broken.close()
    }

    func shutDown() async {
        isShutDown = true
        starting?.cancel()
        // How it ended is known: by our cancel, or started, and then `server` is set.
        _ = try? await starting?.value
        idling?.cancel()
        await idling?.value
        await end()
    }

    /// For tests: as if it had crashed.
    func killServer() async { await server?.stop() }

    /// For tests.
    var serverProcess: Int32? { server?.processID }

    // MARK: - The end of a server that nobody uses

    private func endWhenIdle() {
        guard let limit = settings.idleLimit, !isRemote, !isShutDown else { return }
        idling = Task {
            // Cancelled: somebody uses it.
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            await self.endIdle()
        }
    }

    private func endIdle() async {
        guard users == 0, !Task.isCancelled else { return }
        await end()
    }

    private func end() async {
        // Whoever asks from now on gets a new one.
        let ended = server
        server = nil
        connection?.close()
        connection = nil
        await ended?.stop()
    }

    // MARK: - The start

    private func start() async throws -> SparkConnection {
        connection?.close()
        connection = nil
        try await Task.sleep(until: notBefore)
        do {
            let remote = try await remote()
            let made = try SparkConnection(remote, authorities: try await authorities(of: remote), server: server)
            do {
                try await made.open()
            } catch {
                made.close()
                throw error
            }
            failures = 0
            connection = made
            return made
        } catch {
            failures += 1
            notBefore = .now + .seconds(min(Self.longestPause, 1 << min(failures, 6)))
            throw error
        }
    }

    /// For a server of somebody else; whether somebody listens there is known sooner than a call's failure.
    private func authorities(of remote: SparkRemote) async throws -> SparkAuthorities? {
        guard isRemote else { return nil }
        try await MasterAddress(remote).check()
        guard remote.usesTLS, let path = settings.authorities else { return nil }
        return try await SparkAuthorities.read(path)
    }

    func remote() async throws -> SparkRemote {
        switch settings.place {
        case .remote(let text): return try SparkRemote(text)
        case .databricks(let cluster): return try cluster.remote()
        case .own(let master):
            if let server {
                if server.isRunning { return server.remote }
                await server.stop()
                self.server = nil
            }
            let made = try await SparkServer.start(settings, master: master)
            server = made
            return made.remote
        }
    }
}
