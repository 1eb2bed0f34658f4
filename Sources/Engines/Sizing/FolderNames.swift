#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The names in one folder, as far as a budget allows. Blocking.
struct FolderNames {
    enum Kind { case file, folder, link, other }

    /// In the order of their names.
    var names: [(name: String, kind: Kind)] = []
    /// Those that were counted and not kept.
    var uncounted = 0
    /// False: there may be more than were counted.
    var isWhole = true

    /// nil: it cannot be read.
    init?(_ folder: String, _ budget: inout ListingBudget) {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            guard !budget.isSpent else {
                guard budget.takeCounted() else {
                    isWhole = false
                    break
                }
                uncounted += 1
                continue
            }
            budget.takeEntry()
            let kind: Kind =
                switch Int32(entry.pointee.d_type) {
                case Int32(DT_REG): .file
                case Int32(DT_DIR): .folder
                case Int32(DT_LNK): .link
                case Int32(DT_UNKNOWN): Self.kind(of: FileSystem.join(folder, name))
                default: .other
                }
            names.append((name, kind))
        }
        // One order for one content, whatever the file system's own.
        names.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Where the file system does not say it with the name.
    private static func kind(of path: String) -> Kind {
        var found = stat()
        guard lstat(path, &found) == 0 else { return .other }
        switch found.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK: return .link
        default: return .other
        }
    }

    /// Bytes of a plain file, of the one that a link leads to; nil: there is none.
    static func bytes(ofFile path: String) -> Int64? {
        var found = stat()
        guard stat(path, &found) == 0, found.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int64(found.st_size)
    }
}
