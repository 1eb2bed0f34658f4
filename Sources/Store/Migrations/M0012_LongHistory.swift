extension Migration {
    /// What a history of many millions of runs takes: children in months, and totals instead of counting.
    static let longHistory = Migration(version: 12, name: "long history", sql: months + totals + summaries)
}
