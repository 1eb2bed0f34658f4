/// The file system that all workers share: names of files and folders, and what is behind them.
///
/// A rename is atomic, and says so when its source is gone; nothing else is promised.
struct DiskModel {
    struct Missing: Error {}

    /// What an attempt has written.
    struct Content: Hashable {
        var run: Int
        var token: Int64
        var part: Int
    }

    private(set) var inodes: [String: UInt64] = [:]
    private(set) var contents: [UInt64: Content] = [:]
    private var nextInode: UInt64 = 0

    mutating func create(_ path: String, _ content: Content) -> UInt64 {
        nextInode += 1
        inodes[path] = nextInode
        contents[nextInode] = content
        return nextInode
    }

    /// Names directly in the folder, sorted.
    func names(in folder: String) -> [String] {
        var found: Set<String> = []
        for path in below(folder) {
            found.insert(String(path.dropFirst(folder.count + 1).prefix { $0 != "/" }))
        }
        return found.sorted()
    }

    func below(_ folder: String) -> [String] { inodes.keys.filter { $0.hasPrefix(folder + "/") }.sorted() }

    mutating func rename(_ source: String, to target: String) throws(Missing) {
        let moved = tree(source)
        guard !moved.isEmpty else { throw Missing() }
        for path in tree(target) { inodes[path] = nil }
        for path in moved {
            inodes[target + path.dropFirst(source.count)] = inodes.removeValue(forKey: path)
        }
    }

    mutating func exchange(_ left: String, _ right: String) throws(Missing) {
        guard let first = inodes[left], let second = inodes[right] else { throw Missing() }
        inodes[left] = second
        inodes[right] = first
    }

    mutating func remove(_ path: String) { for path in tree(path) { inodes[path] = nil } }

    private func tree(_ path: String) -> [String] { (inodes[path] == nil ? [] : [path]) + below(path) }
}

/// Where runs publish, and how.
struct SimulatedSink {
    enum Mode: CaseIterable { case file, folder, added }

    var number: Int
    var mode: Mode
    var target: String { "/sink\(number)/out" }
    var staging: String { "/sink\(number)/.staging" }
}
