import Fleet
import Pipeline

/// The steps of the real publisher over the model of the disk; between any two of them the process may stop.
struct SimulatedPublisher: Publisher {
    let world: World
    let process: SimulatedProcess

    func move(_ manifest: Manifest) async throws {
        if world.variant == .settlesBeforeMove {
            // Says that it is done, and does it later: the process may be gone by then.
            process.start {
                do {
                    try await process.sleep(world.schedule.dice.time(1...200))
                    try await moveNow(manifest)
                } catch {
                    world.note("\(process.number): late move given up")
                }
            }
            return
        }
        try await moveNow(manifest)
    }

    private func moveNow(_ manifest: Manifest) async throws {
        try await step("begun")
        let claimed = [.noTokens, .noFence].contains(world.variant) ? result(manifest) : try await claim(manifest)
        try await step("claimed")
        for entry in manifest.entries { try await place(entry, manifest, claimed) }
        try await step("placed")
        try await act { world.disk.remove(manifest.stagingDirectory) }
    }

    func discard(_ manifest: Manifest) async {
        // What cannot be removed stays: nobody reads it.
        try? await act {
            guard claims(manifest).allSatisfy({ $0.sequence <= manifest.lease.token.sequence }) else { return }
            world.disk.remove(manifest.stagingDirectory)
        }
    }

    private func result(_ manifest: Manifest) -> String { manifest.stagingDirectory + "/out" }

    private func claims(_ manifest: Manifest) -> [(name: String, sequence: Int64)] {
        world.disk.names(in: manifest.stagingDirectory).compactMap { name in
            if name == "out" { return (name, 0) }
            guard name.hasPrefix("out."), let digits = name.dropFirst(4).split(separator: "-").first,
                let sequence = Int64(digits)
            else { return nil }
            return (name, sequence)
        }
    }

    /// Renames the staged result to a name of the caller's own, never from a newer token's.
    private func claim(_ manifest: Manifest) async throws -> String? {
        let token = manifest.lease.token
        let own = "out.\(token)"
        for _ in 1...20 {
            let found = claims(manifest)
            try await step("looked for claims")
            if found.contains(where: { $0.sequence > token.sequence }) {
                world.happened(.moverSuperseded)
                throw superseded
            }
            if found.contains(where: { $0.name == own }) { return "\(manifest.stagingDirectory)/\(own)" }
            guard let latest = found.max(by: { $0.sequence < $1.sequence }) else { return nil }
            let isRenamed = try await act {
                (try? world.disk.rename(
                    "\(manifest.stagingDirectory)/\(latest.name)", to: "\(manifest.stagingDirectory)/\(own)")) != nil
            }
            if isRenamed { return "\(manifest.stagingDirectory)/\(own)" }
        }
        throw superseded
    }

    private var superseded: Failure { Failure(.unclassified, "a newer attempt publishes") }

    private func place(_ entry: Manifest.Entry, _ manifest: Manifest, _ claimed: String?) async throws {
        for _ in 1...3 {
            guard let claimed else { return try confirmPlaced(entry) }
            let source = claimed + entry.staged.dropFirst(result(manifest).count)
            guard world.disk.inodes[source] == entry.inode else { return try confirmPlaced(entry) }
            try await step("checked")
            let isDone = try await act {
                do {
                    if manifest.move == .exchangeFolder, world.disk.inodes[entry.target] != nil {
                        try world.disk.exchange(source, entry.target)
                    } else {
                        try world.disk.rename(source, to: entry.target)
                    }
                    return true
                } catch {
                    return false
                }
            }
            if isDone { return world.watch.moved(entry.inode, by: process) }
        }
        try confirmPlaced(entry)
    }

    private func confirmPlaced(_ entry: Manifest.Entry) throws {
        guard world.disk.inodes[entry.target] == entry.inode else {
            throw Failure(.unclassified, "the staged result is gone and something else is in its place")
        }
    }

    /// A moment between two calls of the system.
    private func step(_ name: String) async throws {
        world.publishMoment("move \(name)", process)
        let isSlow = world.hasFaults && world.schedule.dice.chance(0.05)
        try await process.stay(world.schedule.dice.time(isSlow ? 500...5000 : 0...1))
        if world.hasFaults, world.schedule.dice.chance(0.01) { throw Failure(.unreachable, "the disk is away") }
    }

    /// A call of the system: at once, or not at all.
    private func act<Answer>(_ body: () throws -> Answer) async throws -> Answer {
        guard process.isAlive else { throw SimulatedProcess.Died() }
        defer { world.diskChanged() }
        return try body()
    }
}
