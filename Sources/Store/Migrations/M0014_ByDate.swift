extension Migration {
    /// Whether the run for a day succeeded is the question that is asked most, and a pipeline may have had many since.
    static let byDate = Migration(
        version: 14, name: "by date",
        sql: #"""
            CREATE INDEX runs_by_date ON runs ((variables ->> 'DATE'), pipeline_id, submitted_at DESC)
                WHERE (variables ->> 'DATE') IS NOT NULL;
            """#)
}
