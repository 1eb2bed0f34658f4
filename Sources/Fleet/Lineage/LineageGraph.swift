/// What datasets, or columns of them, come from and go into.
public struct LineageGraph: Sendable, Hashable {
    public struct Node: Sendable, Hashable, Codable {
        public var namespace: String
        public var dataset: String
        /// nil: the dataset as a whole.
        public var column: String?

        public init(namespace: String, dataset: String, column: String? = nil) {
            self.namespace = namespace
            self.dataset = dataset
            self.column = column
        }

        /// Local files by their paths alone.
        public var text: String {
            let place = namespace == "file" ? dataset : "\(namespace)/\(dataset)"
            return column.map { "\(place)#\($0)" } ?? place
        }
    }

    public struct Edge: Sendable, Hashable, Codable {
        public var from: Node
        public var to: Node
        /// The pipeline that makes the one of the other.
        public var pipeline: String?
        /// Of columns: how, such as `AGGREGATION`.
        public var uses: [String]

        public init(from: Node, to: Node, pipeline: String? = nil, uses: [String] = []) {
            self.from = from
            self.to = to
            self.pipeline = pipeline
            self.uses = uses
        }

        var label: String {
            let how = uses.joined(separator: ", ")
            guard let pipeline else { return how }
            return how.isEmpty ? pipeline : "\(pipeline): \(how)"
        }
    }

    public enum Direction: String, Sendable, Codable, CaseIterable {
        /// Towards what it comes from.
        case up
        /// Towards what comes of it.
        case down
    }

    public var start: Node
    /// Each once.
    public private(set) var edges: [Edge] = []

    public init(start: Node) { self.start = start }

    /// Uses of an edge that is there already are added to it.
    public mutating func add(_ edge: Edge) {
        if let known = edges.firstIndex(where: { $0.from == edge.from && $0.to == edge.to }) {
            edges[known].uses += edge.uses.filter { !edges[known].uses.contains($0) }
        } else {
            edges.append(edge)
        }
    }

    /// In the order in which they come up.
    public var nodes: [Node] {
        var seen: Set<Node> = [start]
        var nodes = [start]
        for node in edges.flatMap({ [$0.from, $0.to] }) where seen.insert(node).inserted { nodes.append(node) }
        return nodes
    }

    func next(_ node: Node, _ direction: Direction) -> [(node: Node, edge: Edge)] {
        edges.compactMap { edge in
            switch direction {
            case .up: edge.to == node ? (edge.from, edge) : nil
            case .down: edge.from == node ? (edge.to, edge) : nil
            }
        }
    }
}
