import Fleet

/// A process's own session with the store: it observes, listens, and holds the liveness lock.
final class StandingSession: @unchecked Sendable {
    private let world: World
    private let process: SimulatedProcess
    private var worker: WorkerID?
    /// The session's name at the server; nil while there is none.
    private(set) var server: Int?
    /// Counts sessions, as observations tell it.
    private(set) var count: Int64 = 0
    private var tries = 0

    init(_ world: World, _ process: SimulatedProcess) {
        self.world = world
        self.process = process
    }

    func connect() {
        guard process.isAlive, server == nil else { return }
        guard process.condition == .running, !process.isCutOff, world.storeIsUp else {
            tries += 1
            return world.schedule.after(min(2_000_000, 100_000 << min(tries, 5))) { self.connect() }
        }
        tries = 0
        server = world.nextSession()
        count += 1
        takeLock()
        world.ring(self)
    }

    func hold(_ worker: WorkerID) {
        self.worker = worker
        takeLock()
    }

    func release() {
        guard let worker else { return }
        self.worker = nil
        world.store.locks.removeAll { $0.worker == worker }
    }

    /// The server before this one may not have noticed the end of the old session yet.
    private func takeLock() {
        guard let worker, let server, world.storeIsUp else { return }
        if !world.store.isLocked(worker) {
            world.store.locks.append((worker, server))
        } else if !world.store.locks.contains(where: { $0.session == server }) {
            world.schedule.after(500_000) { if self.server == server { self.takeLock() } }
        }
    }

    /// The server ends the session: it was restarted, told to, or no longer hears anything.
    func end() {
        guard let ended = server else { return }
        world.store.locks.removeAll { $0.session == ended }
        server = nil
        world.schedule.after(world.schedule.dice.time(20...150)) { self.connect() }
    }

    /// The connection is cut on the way: each side notices by itself, unless it heals before.
    func cut() {
        guard let session = server else { return }
        world.schedule.after(world.schedule.dice.time(1500...8000)) {
            guard self.process.isCutOff || !self.process.isAlive else { return }
            self.world.store.locks.removeAll { $0.session == session }
        }
        world.schedule.after(world.schedule.dice.time(500...4000)) {
            guard self.process.isCutOff, self.server == session else { return }
            self.server = nil
            self.connect()
        }
        // Whoever finds the session gone at the other side after the cut begins a new one.
        world.schedule.after(8_100_000) { self.recover(session) }
    }

    private func recover(_ session: Int) {
        guard server == session, let worker, process.isAlive else { return }
        guard !world.store.locks.contains(where: { $0.worker == worker && $0.session == session }) else { return }
        end()
    }
}
