/// What `EXPLAIN (ANALYZE, FORMAT json)` tells about a statement after it was executed.
struct DuckDBProfile: Decodable, Sendable {
    struct Node: Decodable, Sendable {
        var name: String?
        var rows: Int64?
        /// The paths of a scan, as its statement gives them; `…, ...` behind the first when there are several files.
        var files: String?
        var children: [Node]

        private enum Key: String, CodingKey {
            case name = "operator_name"
            case rows = "operator_cardinality"
            case info = "extra_info"
            case children
        }

        private enum InfoKey: String, CodingKey { case files = "Filename(s)" }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            name = try container.decodeIfPresent(String.self, forKey: .name)
            rows = try container.decodeIfPresent(Int64.self, forKey: .rows)
            children = try container.decodeIfPresent([Node].self, forKey: .children) ?? []
            // Of other operators this is something else, or not there.
            files = try? container.nestedContainer(keyedBy: InfoKey.self, forKey: .info).decode(
                String.self, forKey: .files)
        }
    }

    /// Of DuckDB's buffer manager alone.
    var peakBufferBytes: Int64?
    var children: [Node]

    private enum CodingKeys: String, CodingKey {
        case peakBufferBytes = "system_peak_buffer_memory"
        case children
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
