import Foundation
public import Logging
public import Pipeline
import Synchronization

/// Tells of files that landed in folders of this machine: those that are there at the start, then each that its writer
/// closes or moves in; and, where nobody says so, each that has not changed for a while.
///
/// A file is told of once per content, as its size, time of change and inode say, within one process; another process,
/// or the next start, tells of it again with the same identity. Names that begin with a dot are nobody's business.
public struct FolderWatcher: Sendable {
    /// Absolute; one need not exist yet.
    public var roots: [String]
    /// Whether anybody waits for the file of this path.
    public var isWanted: @Sendable (String) -> Bool
    /// How long a file must not have changed, unless its writer said that it is complete.
    public var settling: Duration
    /// Time between two looks at everything, for file systems that tell nothing of what other machines write.
    public var interval: Duration

    public static let defaultSettling = Duration.seconds(5)

    private let logger: Logger

    public init(
        roots: [String], settling: Duration = defaultSettling, interval: Duration = .seconds(60), logger: Logger,
        isWanted: @escaping @Sendable (String) -> Bool
    ) {
        // A root within another one is looked at with it.
        let all = Set(roots)
        self.roots = all.filter { root in
            !all.contains { $0 != root && (root.hasPrefix($0 + "/") || $0 == "/") }
        }.sorted()
        self.settling = settling
        self.interval = interval
        self.logger = logger
        self.isWanted = isWanted
    }

    /// What landed together. Ends, and frees the thread behind it, when its consumer is cancelled or leaves.
    public func landings() -> AsyncStream<[Landing]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [Landing].self)
        let ending = Ending()
        continuation.onTermination = { _ in ending.raise() }
        let watcher = self
        let logger = logger
        Lane.start("quicketl.folders") {
            var watch = FolderWatch(watcher, logger: logger)
            while !ending.isRaised {
                let landed = watch.step()
                if !landed.isEmpty { continuation.yield(landed.map(\.landing)) }
            }
            watch.close()
        }
        return stream
    }

    private final class Ending: Sendable {
        private let flag = Atomic(false)
        var isRaised: Bool { flag.load(ordering: .acquiring) }
        func raise() { flag.store(true, ordering: .releasing) }
    }
}

/// The state of one watcher, on its thread.
struct FolderWatch {
    private let watcher: FolderWatcher
    private let logger: Logger
    #if os(Linux)
        private let notices: FolderNotices?
    #endif
    /// What was told of, and what will be once it has settled.
    private var told: [String: LandedFile] = [:]
    private var unsettled: [String: (file: LandedFile, since: ContinuousClock.Instant)] = [:]
    private var nextScan = ContinuousClock.now
    private var landed: [LandedFile] = []
    private var seen: Set<String>?
    private var isOverFull = false

    private static let fileLimit = 1_000_000
    private static let depthLimit = 64
    /// Ends and settled files are looked for this often.
    private static let stepLimit = Duration.milliseconds(200)
    /// Where the system gives no notices.
    private static let pollInterval = Duration.seconds(2)

    init(_ watcher: FolderWatcher, logger: Logger) {
        self.watcher = watcher
        self.logger = logger
        #if os(Linux)
            notices = FolderNotices()
            if notices == nil {
                logger.warning("the system gives no notices of folders; they are looked at again and again")
            }
        #endif
    }

    func close() {
        #if os(Linux)
            notices?.close()
        #endif
    }

    /// Blocks a moment at most; answers what has landed.
    mutating func step() -> [LandedFile] {
        landed = []
        if ContinuousClock.now >= nextScan { scanAll() }
        #if os(Linux)
            if let notices {
                for notice in notices.wait(milliseconds: landed.isEmpty ? Self.stepLimit.wholeMilliseconds : 0) {
                    switch notice {
                    case .complete(let path): look(at: path, isComplete: true)
                    case .newFolder(let path): scan(path, depth: 1)
                    case .lost: nextScan = .now
                    }
                }
            } else if landed.isEmpty {
                Thread.sleep(forTimeInterval: Self.stepLimit / .seconds(1))
            }
        #else
            if landed.isEmpty { Thread.sleep(forTimeInterval: Self.stepLimit / .seconds(1)) }
        #endif
        settle()
        return landed
    }

    // MARK: Looking

    private mutating func scanAll() {
        seen = []
        var isMissing = false
        for root in watcher.roots where !scan(root, depth: 0) { isMissing = true }
        // What is gone may land again.
        if let seen { told = told.filter { seen.contains($0.key) } }
        seen = nil
        #if os(Linux)
            let hasNotices = notices != nil
        #else
            let hasNotices = false
        #endif
        nextScan = .now + (hasNotices && !isMissing ? watcher.interval : min(Self.pollInterval, watcher.interval))
    }

    /// False when the folder can't be read. Watched before it is read, so that nothing falls in between.
    @discardableResult
    private mutating func scan(_ folder: String, depth: Int) -> Bool {
        guard depth <= Self.depthLimit else { return true }
        #if os(Linux)
            if let notices, !notices.watch(folder), FileManager.default.fileExists(atPath: folder) {
                logger.debug("no notices of this folder", metadata: ["folder": "\(folder)"])
            }
        #endif
        guard let handle = opendir(folder) else { return false }
        defer { closedir(handle) }
        var folders: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name, !name.hasPrefix(".") else { continue }
            let path = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
            var status = stat()
            // Folders behind links are not followed: they may lead in a circle.
            if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
                folders.append(path)
            } else {
                look(at: path, isComplete: false)
            }
        }
        for folder in folders { scan(folder, depth: depth + 1) }
        return true
    }

    private mutating func look(at path: String, isComplete: Bool) {
        guard watcher.isWanted(path), let file = LandedFile(at: path) else { return }
        seen?.insert(path)
        guard told[path] != file else { return }
        let age = Date().timeIntervalSince(file.modified)
        if isComplete || age >= watcher.settling / .seconds(1) {
            tell(file)
        } else if unsettled[path]?.file != file {
            unsettled[path] = (file, .now)
        }
    }

    /// Files that have not changed for long enough.
    private mutating func settle() {
        for (path, (file, since)) in unsettled where ContinuousClock.now - since >= watcher.settling {
            unsettled[path] = nil
            guard let now = LandedFile(at: path) else { continue }
            if now == file { tell(file) } else { unsettled[path] = (now, .now) }
        }
    }

    private mutating func tell(_ file: LandedFile) {
        unsettled[file.path] = nil
        if told.count < Self.fileLimit {
            told[file.path] = file
        } else if !isOverFull {
            isOverFull = true
            logger.warning(
                "more than \(Self.fileLimit) files are waited for; some will be told of again, which starts nothing twice"
            )
        }
        landed.append(file)
    }
}
