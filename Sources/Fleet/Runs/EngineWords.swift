extension AttemptProgress.Said {
    /// DuckDB had more on its hands than memory.
    public static func spilled(_ bytes: Int64) -> Self {
        Self(.info, "DuckDB spilled up to \(DecisionWords.size(bytes)) to disk")
    }

    public static func sparkStageDone(_ stage: Int64, tasks: Int64, bytesRead: Int64) -> Self {
        let read = bytesRead > 0 ? ", \(DecisionWords.size(bytesRead)) read" : ""
        return Self(.info, "Spark's stage \(stage) is done: \(tasks) \(tasks == 1 ? "task" : "tasks")\(read)")
    }

    /// Waits that people would wonder about, in seconds; nil: there were none.
    public static func waited(_ wait: Double, start: Double = 0) -> Self? {
        let parts = [
            wait >= 1 ? "waited \(DecisionWords.time(wait)) for a place or for memory" : nil,
            start >= 1 ? "Spark was ready after \(DecisionWords.time(start))" : nil,
        ].compactMap(\.self)
        return parts.isEmpty ? nil : Self(.info, parts.joined(separator: "; "))
    }
}
