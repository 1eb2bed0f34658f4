/// Attempts whose workers died before they decided, and which may have left something on disk.
enum LeftoverStatements {
    /// The oldest first, for a week. $1 how many, $2 seconds that an attempt must have been over.
    static let list = Statement(
        "leftover_list",
        """
        SELECT \(ClaimStatements.requestColumns), a.attempt, a.token, a.nonce, w.host,
               \(SQL.micros("a.finished_at")) AS lost_micros
          FROM attempts a
          JOIN runs r ON r.run_id = a.run_id
          JOIN pipelines p ON p.pipeline_id = r.pipeline_id
          LEFT JOIN workers w ON w.worker_id = a.worker_id
         WHERE a.state = 'lost' AND a.decided_at IS NULL AND a.swept_at IS NULL
           AND a.finished_at BETWEEN now() - interval '7 days' AND now() - $2::double precision * interval '1 second'
         ORDER BY a.finished_at LIMIT $1::integer
        """)

    /// $1 run, $2 attempt.
    static let markSwept = Statement(
        "leftover_mark_swept",
        "UPDATE attempts SET swept_at = clock_timestamp() WHERE run_id = $1::uuid AND attempt = $2::integer")
}
