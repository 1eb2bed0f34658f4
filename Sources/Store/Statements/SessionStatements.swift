/// What a connection says first.
enum SessionStatements {
    /// Limits, and the settings that meanings depend on. `synchronous_commit` is pinned to what it is now, so that a
    /// later change of the role's default can't turn it off under a living session. Plans are never compiled (`jit`):
    /// functions that forbid scans have plans of a cost that PostgreSQL takes for a reason to, at every execution.
    /// $1 statement limit, $2 lock limit, both in milliseconds.
    static let settings = Statement(
        "session_settings",
        """
        SELECT set_config('statement_timeout', $1::text, false),
               set_config('lock_timeout', $2::text, false),
               set_config('idle_in_transaction_session_timeout', '30000', false),
               set_config('default_transaction_isolation', 'read committed', false),
               set_config('timezone', 'UTC', false),
               set_config('datestyle', 'ISO', false),
               set_config('bytea_output', 'hex', false),
               set_config('client_min_messages', 'error', false),
               set_config('jit', 'off', false),
               set_config('synchronous_commit', current_setting('synchronous_commit'), false) AS synchronous_commit,
               current_setting('server_version_num') AS version
        """)
}
