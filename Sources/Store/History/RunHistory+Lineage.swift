public import Fleet
import Pipeline

extension RunHistory {
    public enum LineageLookup: Sendable {
        case found(LineageGraph)
        case none
        /// More than one namespace has a dataset of this name.
        case ambiguous([LineageGraph.Node])
    }

    /// Edges beyond which a picture helps nobody.
    private static let mostEdges = 5000

    /// What a dataset, or a column of it, comes from or goes into, by the newest version of each dataset on the way.
    public func lineage(
        of dataset: String, namespace: String? = nil, column: String? = nil,
        directions: [LineageGraph.Direction] = LineageGraph.Direction.allCases, depth: Int = 64
    ) async throws(StoreError) -> LineageLookup {
        let call = LineageStatements.find(.text(dataset), .text(namespace))
        let rows = try await pool.use("finding a dataset") { (on) throws(StoreError) in try on.execute(call).rows }
        var found: [Place] = []
        for row in rows {
            found.append(
                Place(
                    id: try row.int64("dataset_id"),
                    node: .init(namespace: try row.text("namespace"), dataset: try row.text("name"), column: column)))
        }
        guard let start = found.first else { return .none }
        guard found.count == 1 else { return .ambiguous(found.map(\.node)) }
        var graph = LineageGraph(start: start.node)
        for direction in directions { try await walk(from: start, direction, depth: depth, &graph) }
        return .found(graph)
    }

    private struct Place: Hashable, Sendable {
        var id: Int64
        var node: LineageGraph.Node
    }

    /// Level by level; no place twice.
    private func walk(
        from start: Place, _ direction: LineageGraph.Direction, depth: Int, _ graph: inout LineageGraph
    ) async throws(StoreError) {
        var seen: Set<Place> = [start]
        var frontier = [start]
        for _ in 0..<max(0, depth) where !frontier.isEmpty && graph.edges.count < Self.mostEdges {
            let level = frontier
            let rows = try await pool.use("reading lineage") { (on) throws(StoreError) in
                try on.execute(Self.call(level, direction)).rows
            }
            frontier = []
            for row in rows {
                let near = try row.int64("near_id")
                let isColumn = start.node.column != nil
                let nearColumn = isColumn ? try row.text("near_column") : nil
                guard let from = level.first(where: { $0.id == near && $0.node.column == nearColumn }) else { continue }
                let to = Place(
                    id: try row.int64("far_id"),
                    node: .init(
                        namespace: try row.text("namespace"), dataset: try row.text("name"),
                        column: isColumn ? try row.text("far_column") : nil))
                let uses =
                    isColumn ? [try row.text("subtype") + (try row.bool("is_masking") ? " (masked)" : "")] : []
                let (upper, lower) = direction == .up ? (to, from) : (from, to)
                graph.add(
                    .init(from: upper.node, to: lower.node, pipeline: try row.textIfAny("pipeline"), uses: uses))
                if seen.insert(to).inserted { frontier.append(to) }
            }
        }
    }

    private static func call(_ places: [Place], _ direction: LineageGraph.Direction) -> Call {
        let ids = Parameter.ints(places.map(\.id))
        guard places.first?.node.column != nil else {
            return direction == .up
                ? LineageStatements.up(ids, .int(mostEdges)) : LineageStatements.down(ids, .int(mostEdges))
        }
        let columns = Parameter.texts(places.map(\.node.column))
        return direction == .up
            ? LineageStatements.columnsUp(ids, columns, .int(mostEdges))
            : LineageStatements.columnsDown(ids, columns, .int(mostEdges))
    }
}
