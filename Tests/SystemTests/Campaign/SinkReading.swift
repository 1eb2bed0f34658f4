import Foundation

/// What one look at a sink found.
enum SinkReading: Sendable, Equatable {
    case absent
    /// The marks of the runs whose rows are there, each complete, in order (one mark unless the sink grows).
    case marks([String])
    /// Rows that are no whole runs': what must never be seen.
    case partial(String)
    /// The sink changed while it was read; look again.
    case moved

    static func of(_ sink: CampaignSink) -> SinkReading {
        sink.kind == .folder ? folder(sink) : file(sink)
    }

    private static func file(_ sink: CampaignSink) -> SinkReading {
        let descriptor = open(sink.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT ? .absent : .partial("cannot be opened (\(errno))") }
        defer { close(descriptor) }
        return rows(whole(descriptor), sink)
    }

    /// Reads below one descriptor of the folder: what it names stays the same folder when another takes its place.
    private static func folder(_ sink: CampaignSink) -> SinkReading {
        let root = open(sink.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { return errno == ENOENT ? .absent : .partial("cannot be opened (\(errno))") }
        defer { close(root) }
        var text: [UInt8] = []
        for part in 0..<3 {
            guard let names = names(below: root, "part=\(part)"), !names.isEmpty else {
                return gone(root, sink, "no part=\(part)")
            }
            for name in names {
                let file = openat(root, "part=\(part)/\(name)", O_RDONLY | O_CLOEXEC)
                guard file >= 0 else { return gone(root, sink, "part=\(part)/\(name) vanished") }
                let bytes = whole(file)
                close(file)
                // The header of each file but for the first.
                text += text.isEmpty ? bytes[...] : bytes[((bytes.firstIndex(of: 10) ?? -1) + 1)...]
            }
        }
        guard isStill(root, sink) else { return .moved }
        return rows(text, sink)
    }

    /// A folder that was replaced is emptied afterwards; a reader who still holds it has to look again.
    private static func gone(_ root: Int32, _ sink: CampaignSink, _ what: String) -> SinkReading {
        isStill(root, sink) ? .partial(what) : .moved
    }

    private static func isStill(_ root: Int32, _ sink: CampaignSink) -> Bool {
        var held = stat()
        var named = stat()
        return fstat(root, &held) == 0 && stat(sink.path, &named) == 0 && held.st_ino == named.st_ino
    }

    private static func names(below root: Int32, _ folder: String) -> [String]? {
        let descriptor = openat(root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, let stream = fdopendir(descriptor) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".csv") { names.append(name) }
        }
        return names.sorted()
    }

    private static func whole(_ descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// The last column holds the mark of the run that wrote the row.
    private static func rows(_ bytes: [UInt8], _ sink: CampaignSink) -> SinkReading {
        guard bytes.last == 10 else { return .partial("\(bytes.count) bytes that end within a line") }
        var counts: [(mark: String, rows: Int)] = []
        for line in bytes.split(separator: 10).dropFirst() {
            let mark = String(decoding: line[((line.lastIndex(of: 44) ?? line.startIndex - 1) + 1)...], as: UTF8.self)
            if counts.last?.mark == mark { counts[counts.count - 1].rows += 1 } else { counts.append((mark, 1)) }
        }
        for (mark, rows) in counts where rows != sink.rowsOfRun {
            return .partial("\(rows) rows of \(mark), not \(sink.rowsOfRun)")
        }
        guard !counts.isEmpty, sink.kind == .append || counts.count == 1 else {
            return .partial("rows of \(counts.map(\.mark)) together")
        }
        return .marks(counts.map(\.mark))
    }
}
