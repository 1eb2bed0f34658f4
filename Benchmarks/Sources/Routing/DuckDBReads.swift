import Foundation

/// What the DuckDB processes below another have read so far, looked at from outside again and again; what one reads
/// between the last look and its end is not seen. Linux only.
struct DuckDBReads {
    private let root: pid_t
    private var seen: [pid_t: Int] = [:]

    init(below root: pid_t) { self.root = root }

    var bytes: Int { seen.values.reduce(0, +) }

    mutating func look() {
        if seen.isEmpty { for process in below(root, depth: 0) { seen[process] = 0 } }
        for process in seen.keys {
            guard
                let line = text("/proc/\(process)/io").split(separator: "\n").first(where: { $0.hasPrefix("rchar: ") }),
                let bytes = Int(line.dropFirst(7))
            else { continue }
            seen[process] = bytes
        }
    }

    private func below(_ parent: pid_t, depth: Int) -> [pid_t] {
        guard depth < 4 else { return [] }
        // Threads and processes come and go while they are looked at.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? []
        let children = threads.flatMap { thread in
            text("/proc/\(parent)/task/\(thread)/children").split(separator: " ").compactMap { pid_t($0) }
        }
        return children.flatMap { child in
            let isDuckDB = text("/proc/\(child)/comm").trimmingCharacters(in: .newlines) == "duckdb"
            return (isDuckDB ? [child] : []) + below(child, depth: depth + 1)
        }
    }

    private func text(_ path: String) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }
}
