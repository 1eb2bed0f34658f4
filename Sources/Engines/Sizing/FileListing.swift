import Pipeline

/// The local files that a pattern stands for, listed as DuckDB would, but no further than a budget allows; from there on
/// it is taken that what was not seen is like what was.
struct FileListing: Sendable {
    struct File: Sendable, Equatable {
        var path: String
        var bytes: Int64
    }

    /// Those that were looked at.
    private(set) var files: [File] = []
    /// Of all files, seen or not.
    private(set) var count: Int = 0
    private(set) var bytes: Int64 = 0
    /// False: `count` and `bytes` are extrapolated.
    private(set) var isWhole = true
    /// Partition folders, or parts of the path itself, that the plan's conditions leave out.
    private(set) var excludedFolders = 0

    private let parts: [Substring.UTF8View]
    private let globs: [PathGlob]
    /// What a part names; nil where that is more than one thing.
    private let plainNames: [String?]
    private let conditions: PartitionConditions
    private var budget: ListingBudget

    /// Deeper folders are left out, as if a link led in circles.
    private static let depthLimit = 64

    /// What is below a folder, seen or reckoned.
    private struct Tally {
        var files = 0.0
        var bytes = 0.0

        mutating func add(_ other: Tally, times: Double = 1) {
            files += other.files * times
            bytes += other.bytes * times
        }
    }

    /// Blocking. `pattern` as DuckDB is given it: absolute.
    init(_ pattern: String, conditions: PartitionConditions, budget: inout ListingBudget) {
        parts = pattern.utf8.split(separator: UInt8(ascii: "/"))
        globs = parts.map { PathGlob($0) }
        plainNames = parts.map(SourceFiles.plainName)
        self.conditions = conditions
        self.budget = budget
        let tally = parts.isEmpty ? nil : visit("", [0], [], depth: 0)
        budget = self.budget
        count = Int(exactly: (tally?.files ?? 0).rounded()) ?? .max
        bytes = Int64(exactly: (tally?.bytes ?? 0).rounded()) ?? .max
    }

    /// What is below `folder` for the parts of the pattern that may stand there; nil where the budget ended before
    /// anything was seen.
    private mutating func visit(
        _ folder: String, _ states: Set<Int>, _ hive: [PartitionConditions.Part], depth: Int
    ) -> Tally? {
        guard depth < Self.depthLimit else { return Tally() }
        if states.count == 1, let state = states.first, let name = plainNames[state] {
            return visitPlain(folder, name, state, hive, depth: depth)
        }
        guard !budget.isSpent else {
            isWhole = false
            return nil
        }
        // What cannot be listed holds nothing that could be read either; reading it says why.
        guard let found = FolderNames(folder.isEmpty ? "/" : folder, &budget) else { return Tally() }
        // `**` may stand for no folder at all.
        var states = states
        for state in states.sorted() where globs[state].isDeep && state + 1 < parts.count {
            var next = state + 1
            states.insert(next)
            while next + 1 < parts.count, globs[next].isDeep {
                next += 1
                states.insert(next)
            }
        }
        var tally = Tally()
        var folders: [(name: String, states: Set<Int>)] = []
        for (name, kind) in found.names {
            let (isFile, next) = meaning(of: name, kind, states)
            if isFile, kind == .file || kind == .link {
                let path = FileSystem.join(folder, name)
                if let bytes = FolderNames.bytes(ofFile: path) {
                    files.append(File(path: path, bytes: bytes))
                    tally.add(Tally(files: 1, bytes: Double(bytes)))
                }
            }
            if !next.isEmpty, kind == .folder || kind == .link { folders.append((name, next)) }
        }
        // Names that were only counted are taken to be like those that were looked at.
        let kept = found.names.count
        let unseen = kept == 0 ? 1 : Double(kept + found.uncounted) / Double(kept)
        if unseen > 1 || !found.isWhole { isWhole = false }
        let own = tally
        tally.add(own, times: unseen - 1)
        if let below = visit(below: folder, folders, hive, depth: depth) {
            tally.add(below, times: unseen)
        } else if own.files == 0 {
            return nil
        }
        return tally
    }

    /// Folders are visited in leaps, so that those that the budget allows lie all over the dataset.
    private mutating func visit(
        below folder: String, _ folders: [(name: String, states: Set<Int>)], _ hive: [PartitionConditions.Part],
        depth: Int
    ) -> Tally? {
        let kept = folders.compactMap {
            name, states -> (name: String, states: Set<Int>, hive: [PartitionConditions.Part])? in
            let parts = hive + Self.hivePart(name)
            guard conditions.mayHold(parts) else { return nil }
            return (name, states, parts)
        }
        excludedFolders += folders.count - kept.count
        guard !kept.isEmpty else { return Tally() }
        var tally = Tally()
        var visited = 0
        for place in Self.spread(kept.count) {
            let next = kept[place]
            guard
                let below = visit(
                    FileSystem.join(folder.isEmpty ? "/" : folder, next.name), next.states, next.hive, depth: depth + 1)
            else { break }
            tally.add(below)
            visited += 1
        }
        guard visited > 0 else { return nil }
        if visited < kept.count {
            let seen = tally
            tally.add(seen, times: Double(kept.count - visited) / Double(visited))
        }
        return tally
    }

    private mutating func visitPlain(
        _ folder: String, _ name: String, _ state: Int, _ hive: [PartitionConditions.Part], depth: Int
    ) -> Tally? {
        let path = FileSystem.join(folder.isEmpty ? "/" : folder, name)
        if state == parts.count - 1 {
            guard let bytes = FolderNames.bytes(ofFile: path) else { return Tally() }
            files.append(File(path: path, bytes: bytes))
            return Tally(files: 1, bytes: Double(bytes))
        }
        let hive = hive + Self.hivePart(name)
        guard conditions.mayHold(hive) else {
            excludedFolders += 1
            return Tally()
        }
        return visit(path, [state + 1], hive, depth: depth + 1)
    }

    /// Whether a name is a file of the pattern, and the parts that may stand below it.
    private func meaning(
        of name: String, _ kind: FolderNames.Kind, _ states: Set<Int>
    ) -> (isFile: Bool, below: Set<Int>) {
        var isFile = false
        var below: Set<Int> = []
        for state in states {
            let isLast = state == parts.count - 1
            if globs[state].isDeep {
                // DuckDB follows no links there, which might lead in circles.
                if kind == .folder { below.insert(state) }
                if isLast, kind == .file { isFile = true }
            } else if plainNames[state].map({ $0.utf8.elementsEqual(name.utf8) }) ?? globs[state].matches(name) {
                if isLast { isFile = true } else { below.insert(state + 1) }
            }
        }
        return (isFile, below)
    }

    /// What a folder's name says of a column; nothing where it could be read in two ways.
    static func hivePart(_ name: String) -> [PartitionConditions.Part] {
        let pieces = name.utf8.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
        guard pieces.count == 2, !pieces[0].isEmpty else { return [] }
        let column = String(decoding: HiveNames.unescaped(pieces[0]), as: UTF8.self)
        let value = String(decoding: HiveNames.unescaped(pieces[1]), as: UTF8.self)
        return [.init(column: column, value: value.utf8.elementsEqual(HiveNames.null.utf8) ? nil : value)]
    }

    /// 0 to `count` - 1 in leaps of about five eighths.
    static func spread(_ count: Int) -> [Int] {
        guard count > 2 else { return Array(0..<max(0, count)) }
        var leap = max(1, count * 618 / 1_000)
        while gcd(leap, count) != 1 { leap += 1 }
        var place = 0
        return (0..<count).map { _ in
            defer { place = (place + leap) % count }
            return place
        }
    }

    private static func gcd(_ left: Int, _ right: Int) -> Int { right == 0 ? left : gcd(right, left % right) }
}
