public import Fleet

/// Publishes whatever a manifest names, files or a table.
public struct SinkPublisher: Publisher {
    private let files = FilePublisher()
    private let tables: DatabasePublisher

    /// `pool`: of the children that load tables.
    public init(pool: DuckDBPool) { tables = DatabasePublisher(pool: pool) }

    public func move(_ manifest: Manifest) async throws {
        try await manifest.move == .loadTable ? tables.move(manifest) : files.move(manifest)
    }

    public func discard(_ manifest: Manifest) async {
        await manifest.move == .loadTable ? tables.discard(manifest) : files.discard(manifest)
    }
}
