/// What is done for the history while workers run.
enum HistoryKeepingStatements {
    /// $1 how many at most.
    static let countEnded = Statement(
        "keeping_count_ended", "SELECT count_ended_runs($1::integer) AS counted")

    /// Whether a table was made. $1 months ahead.
    static let makeMonth = Statement("keeping_make_month", "SELECT make_month($1::integer) AS is_made")
}
