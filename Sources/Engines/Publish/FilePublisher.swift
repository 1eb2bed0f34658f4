public import Fleet
import Foundation

/// Moves staged files and folders into place, so that a repetition changes nothing and a stale worker can do nothing.
///
/// First the staged result is *claimed*: renamed to a name that holds the caller's token, from its staged name or from
/// an older token's name, never from a newer one's. Whoever is replaced finds its own name gone at its next step, for
/// every later step begins at that name. Then the inode tells whether a claimed thing is the staged result (to be
/// moved) or what it has been exchanged with (moved already).
public struct FilePublisher: Publisher {
    /// Moments between two steps, in order. Tests stop or repeat there.
    enum Moment: Sendable, Hashable, CaseIterable { case begun, claimed, checked, placed, synced }

    private let pause: @Sendable (Moment) throws -> Void

    public init() { pause = { _ in } }

    init(pause: @escaping @Sendable (Moment) throws -> Void) { self.pause = pause }

    /// `manifest.lease` is the caller's own; after a takeover its token is newer than that of the staging folder.
    public func move(_ manifest: Manifest) async throws {
        try await BlockingLane.run { try moveBlocking(manifest) }
    }

    /// Removes the staging of an attempt that has not decided; what a newer token has claimed stays.
    public func discard(_ manifest: Manifest) async {
        // Nothing can fail but the removal itself, and what is left behind is never read.
        try? await BlockingLane.run {
            let claims = (try? claims(in: manifest.stagingDirectory)) ?? []
            guard claims.allSatisfy({ $0.sequence <= manifest.lease.token.sequence }) else { return }
            StagingPlace.remove(manifest.stagingDirectory)
        }
    }

    func moveBlocking(_ manifest: Manifest) throws {
        do {
            try pause(.begun)
            let claimed = try claim(manifest)
            try pause(.claimed)
            for entry in manifest.entries {
                try place(entry, source: try source(of: entry, in: manifest, claimed: claimed), by: manifest.move)
            }
            for folder in Set(manifest.entries.map { FileSystem.parent(of: $0.target) }).sorted() {
                try FileSystem.sync(folder)
            }
            try pause(.synced)
            // Every entry is in place: what is left here is what was replaced.
            StagingPlace.remove(manifest.stagingDirectory)
        } catch let error as FileSystemError {
            throw error.failure
        }
    }

    // MARK: - Claiming

    private struct Claim {
        var path: String
        /// 0 for what nobody has claimed.
        var sequence: Int64
    }

    private func claims(in directory: String) throws(FileSystemError) -> [Claim] {
        let staged = FileSystem.name(of: StagingPlace.result(in: directory))
        return try FileSystem.names(in: directory).compactMap { name in
            if name == staged { return Claim(path: "\(directory)/\(name)", sequence: 0) }
            guard name.hasPrefix(staged + "."), let token = StagedToken(String(name.dropFirst(staged.count + 1)))
            else { return nil }
            return Claim(path: "\(directory)/\(name)", sequence: token.sequence)
        }
    }

    /// The path under which the staged result (or what it was exchanged with) is the caller's; nil when it is gone.
    private func claim(_ manifest: Manifest) throws -> String? {
        let token = manifest.lease.token
        let own = "\(StagingPlace.result(in: manifest.stagingDirectory)).\(token)"
        // Each round that finds a name gone was overtaken by another claim, of which there are few.
        for _ in 1...20 {
            guard
                let found = try FileSystem.unlessMissing({ () throws(FileSystemError) in
                    try claims(in: manifest.stagingDirectory)
                })
            else { return nil }
            if found.contains(where: { $0.sequence > token.sequence }) { throw superseded(manifest) }
            if found.contains(where: { $0.path == own }) { return own }
            guard let latest = found.max(by: { $0.sequence < $1.sequence }) else { return nil }
            let renamed: Void? = try FileSystem.unlessMissing { () throws(FileSystemError) in
                try FileSystem.rename(latest.path, to: own)
            }
            if renamed != nil { return own }
        }
        throw superseded(manifest)
    }

    private func superseded(_ manifest: Manifest) -> Failure {
        Failure(
            .unclassified,
            "publishing with lease token \(manifest.lease.token) was given up: a newer attempt of the run is doing it")
    }

    private func source(of entry: Manifest.Entry, in manifest: Manifest, claimed: String?) throws -> String? {
        guard let claimed else { return nil }
        let root = StagingPlace.result(in: manifest.stagingDirectory)
        guard entry.staged.utf8.starts(with: root.utf8) else {
            throw Failure(.unclassified, "publishing \(entry.target) failed: \(entry.staged) is not below \(root)")
        }
        return claimed + String(decoding: entry.staged.utf8.dropFirst(root.utf8.count), as: UTF8.self)
    }

    // MARK: - Placing

    private func place(_ entry: Manifest.Entry, source: String?, by move: Manifest.Move) throws {
        // A name may vanish between looking and moving; looking again then tells what has happened.
        for _ in 1...3 {
            guard let source, let found = try FileSystem.entry(at: source), found.inode == entry.inode else {
                return try confirmPlaced(entry)
            }
            try pause(.checked)
            do {
                switch move {
                case .replaceFile, .addFiles:
                    try FileSystem.makeFolders(FileSystem.parent(of: entry.target))
                    try FileSystem.rename(source, to: entry.target)
                case .exchangeFolder, .exchangePartitions:
                    try giveFinalNames(below: source)
                    try FileSystem.makeFolders(FileSystem.parent(of: entry.target))
                    if try FileSystem.entry(at: entry.target) != nil {
                        try FileSystem.exchange(source, entry.target)
                    } else {
                        // Replaces an empty folder at most: were one filled meanwhile, this fails and is looked at again.
                        try FileSystem.rename(source, to: entry.target)
                    }
                case .loadTable:
                    throw Failure(.unclassified, "publishing \(entry.target) failed: it is no file")
                }
                return try pause(.placed)
            } catch let error as FileSystemError
                where error.isMissing || error.code == ENOTEMPTY || error.code == EEXIST
            {
            }
        }
        try confirmPlaced(entry)
    }

    private func confirmPlaced(_ entry: Manifest.Entry) throws {
        guard try FileSystem.entry(at: entry.target)?.inode == entry.inode else {
            throw Failure(
                .unclassified,
                "publishing \(entry.target) failed: the staged result is gone and something else is in its place; "
                    + "a newer attempt may have published, or somebody has removed the staging folder")
        }
    }

    /// Gives staged files their final names, in a folder that is about to be moved into place.
    private func giveFinalNames(below folder: String) throws {
        var touched: Set<String> = []
        for file in try FileSystem.files(below: folder) {
            guard let final = StagingPlace.finalName(file) else { continue }
            try FileSystem.rename("\(folder)/\(file)", to: "\(folder)/\(final)")
            touched.insert(FileSystem.parent(of: "\(folder)/\(file)"))
        }
        for folder in touched { try FileSystem.sync(folder) }
    }
}
