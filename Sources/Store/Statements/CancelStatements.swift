/// Cancelling a run, wherever it stands.
enum CancelStatements {
    /// $1 run.
    static let find = Statement(
        "cancel_find", "SELECT state FROM runs WHERE run_id = $1::uuid")

    /// Waits until every request that is being taken in has been committed.
    static let closeIntake = Statement(
        "cancel_close_intake", "SELECT pg_advisory_xact_lock(\(LockSpace.intake), 0)")

    /// A cancel that came before its request. $1 run.
    static let leaveTombstone = Statement(
        "cancel_leave_tombstone",
        "INSERT INTO cancellations (run_id) VALUES ($1::uuid) ON CONFLICT (run_id) DO NOTHING")

    /// What has been decided is published. $1 run.
    static let flag = Statement(
        "cancel_flag",
        """
        UPDATE run_queue SET cancel_requested = true
         WHERE run_id = $1::uuid AND state <> 'publishing' RETURNING state
        """)

    /// $1 run.
    static let recordRequest = Statement(
        "cancel_record_request",
        "UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()) WHERE run_id = $1::uuid"
    )

    /// $1 run.
    static let leaveQueue = Statement(
        "cancel_leave_queue", "DELETE FROM run_queue WHERE run_id = $1::uuid AND worker_id IS NULL")

    /// Only what no worker has. $1 run.
    static let finish = Statement(
        "cancel_finish",
        """
        UPDATE runs
           SET state = 'cancelled', finished_at = clock_timestamp(),
               cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
         WHERE run_id = $1::uuid AND state IN ('held', 'submitted', 'queued', 'blocked', 'waiting')
        RETURNING run_id
        """)
}
