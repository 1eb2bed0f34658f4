import Pipeline

/// What `EXPLAIN (ANALYZE, FORMAT json)` tells about a statement after it was executed. What it does not tell is nil.
struct DuckDBProfile: Sendable {
    struct Node: Sendable {
        var rows: Int64?
        /// The paths of a scan, as its statement gives them; `…, ...` behind the first when there are several files.
        var files: String?
        var children: [Node]

        init(_ operation: JSONValue) {
            rows = operation["operator_cardinality"].flatMap(DuckDBProfile.number)
            if case .text(let paths)? = operation["extra_info"]?["Filename(s)"] { files = paths }
            children = DuckDBProfile.children(of: operation)
        }
    }

    /// Of DuckDB's buffer manager alone.
    var peakBufferBytes: Int64?
    /// Spilled to disk.
    var peakSpilledBytes: Int64?
    var children: [Node]

    init(_ profile: JSONValue) {
        peakBufferBytes = profile["system_peak_buffer_memory"].flatMap(Self.number)
        peakSpilledBytes = profile["system_peak_temp_dir_size"].flatMap(Self.number)
        children = Self.children(of: profile)
    }

    private static func children(of value: JSONValue) -> [Node] {
        guard case .array(let children)? = value["children"] else { return [] }
        return children.map(Node.init)
    }

    private static func number(_ value: JSONValue) -> Int64? {
        guard case .number(let digits) = value else { return nil }
        return Int64(digits)
    }

    /// Rows that scans of these paths gave; nil when none names them. A source that is scanned twice counts once.
    func rowsScanned(of paths: String) -> Int64? {
        func scans(_ node: Node) -> [Node] { [node] + node.children.flatMap(scans) }
        return children.flatMap(scans).filter { node in
            guard let files = node.files else { return false }
            return files.utf8.elementsEqual(paths.utf8) || files.utf8.starts(with: "\(paths), ".utf8)
        }.compactMap(\.rows).max()
    }
}
