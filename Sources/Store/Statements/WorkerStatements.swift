/// Workers: presence, renewal, death.
enum WorkerStatements {
    /// Whether the advisory lock of the worker `w` is held by a session of this database.
    private static let lockHolders = """
        SELECT l.objid, l.pid FROM pg_locks l
         WHERE l.locktype = 'advisory' AND l.classid = \(LockSpace.worker) AND l.objsubid = 2 AND l.granted
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """

    static let register = Statement(
        "worker_register",
        """
        INSERT INTO workers (worker_id, host, process_id, slots, version, state)
        VALUES ($1::uuid, $2::text, $3::integer, $4::integer, $5::text, 'live')
        ON CONFLICT (worker_id) DO UPDATE
           SET host = excluded.host, process_id = excluded.process_id, slots = excluded.slots,
               version = excluded.version, state = 'live', ended_at = NULL, renewals = workers.renewals + 1,
               renewed_at = clock_timestamp()
        RETURNING lock_number
        """)

    /// Forgets workers that ended a week ago, and cancels whose requests never came.
    static let forget = Statement(
        "worker_forget",
        """
        WITH cancelled AS (DELETE FROM cancellations WHERE requested_at < now() - interval '7 days')
        DELETE FROM workers w
         WHERE w.ended_at < now() - interval '7 days'
           AND NOT EXISTS (SELECT 1 FROM run_queue q WHERE q.worker_id = w.worker_id)
        """)

    /// Takes the liveness lock for this session, once: locks are counted. $1 the worker's lock number.
    static let tryLock = Statement(
        "worker_try_lock",
        """
        SELECT CASE WHEN EXISTS (
                   SELECT 1 FROM (\(lockHolders)) AS holder
                    WHERE holder.objid::bigint = $1::bigint AND holder.pid = pg_backend_pid()) THEN true
               ELSE pg_try_advisory_lock(\(LockSpace.worker), $1::integer) END AS taken
        """)

    static let unlock = Statement(
        "worker_unlock", "SELECT pg_advisory_unlock(\(LockSpace.worker), $1::integer)")

    /// Counts the worker's renewals up, revives it if it had been given up, stores progress, and answers the leases
    /// that are lost or whose runs shall be cancelled, and owned runs of earlier claims that were not named.
    /// $1 worker; of the leases held: $2 runs, $3 tokens, $4 nonces, $5 progress, $6 phases; $7 the last claim whose
    /// runs have to be among them.
    static let renew = Statement(
        "worker_renew",
        """
        WITH me AS (
            UPDATE workers
               SET renewals = renewals + 1, renewed_at = clock_timestamp(), state = 'live', ended_at = NULL
             WHERE worker_id = $1::uuid AND state <> 'retired'
        RETURNING worker_id
        ), named AS (
            SELECT * FROM unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::real[], $6::text[])
                WITH ORDINALITY AS n (run_id, token, nonce, progress, phase, ordinal)
        ), advanced AS (
            UPDATE run_queue q SET progress = named.progress, phase = named.phase
              FROM named, me
             WHERE q.run_id = named.run_id AND q.token = named.token AND q.nonce = named.nonce
               AND q.worker_id = me.worker_id
               AND (q.progress, q.phase) IS DISTINCT FROM (named.progress, named.phase)
        )
        SELECT named.ordinal, NULL::uuid AS run_id, NULL::bigint AS token, q.run_id IS NULL AS is_lost,
               coalesce(q.cancel_requested AND q.state = 'running', false) AS is_cancelled
          FROM named
          LEFT JOIN me ON true
          LEFT JOIN run_queue q ON q.run_id = named.run_id AND q.token = named.token AND q.nonce = named.nonce
                               AND q.worker_id = me.worker_id
         WHERE q.run_id IS NULL OR q.cancel_requested
        UNION ALL
        SELECT NULL, q.run_id, q.token, false, false
          FROM run_queue q
         WHERE q.worker_id = $1::uuid AND q.claim_serial <= $7::bigint
           AND NOT EXISTS (SELECT 1 FROM named WHERE named.run_id = q.run_id AND named.token = q.token)
        """)

    /// What attempts say. Repeated: each message once, and none of an attempt that is over. $1 runs, $2 tokens, $3 nonces,
    /// $4 ordinals, $5 when, $6 levels, $7 texts.
    static let note = Statement(
        "worker_note",
        """
        INSERT INTO run_messages (run_id, attempt, ordinal, created_at, level, message)
        SELECT a.run_id, a.attempt, m.ordinal, \(SQL.instant("m.at")), m.level, m.message
          FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::integer[], $5::bigint[], $6::text[], $7::text[])
            AS m (run_id, token, nonce, ordinal, at, level, message)
          JOIN attempts a ON a.run_id = m.run_id AND a.token = m.token AND a.nonce = m.nonce AND a.state = 'running'
        ON CONFLICT DO NOTHING RETURNING run_id
        """)

    /// $1 the observer.
    static let observe = Statement(
        "worker_observe",
        """
        WITH held AS MATERIALIZED (\(lockHolders))
        SELECT w.worker_id, w.renewals,
               NOT EXISTS (SELECT 1 FROM held WHERE held.objid::bigint = w.lock_number) AS lock_is_free
          FROM workers w
         WHERE w.state = 'live' AND w.worker_id <> $1::uuid
         ORDER BY w.worker_id
        """)

    /// Gives up workers that are still as they were observed: their counters stand where they stood, and a lock that
    /// was free is free. $1 workers, $2 their renewals, $3 whether their locks were free.
    static let giveUp = Statement(
        "worker_give_up",
        """
        WITH held AS MATERIALIZED (\(lockHolders)),
        same AS (
            SELECT w.worker_id
              FROM workers w JOIN unnest($1::uuid[], $2::bigint[], $3::boolean[])
                AS seen (worker_id, renewals, lock_was_free) USING (worker_id)
             WHERE w.state = 'live' AND w.renewals = seen.renewals
               AND NOT (seen.lock_was_free
                        AND EXISTS (SELECT 1 FROM held WHERE held.objid::bigint = w.lock_number))
             ORDER BY w.worker_id FOR UPDATE OF w
        )
        UPDATE workers w SET state = 'lost', ended_at = clock_timestamp()
          FROM same WHERE w.worker_id = same.worker_id
        RETURNING w.worker_id
        """)

    /// $1 worker.
    static let retire = Statement(
        "worker_retire",
        """
        UPDATE workers SET state = 'retired', ended_at = clock_timestamp()
         WHERE worker_id = $1::uuid AND state <> 'retired'
        """)

    /// $1 workers.
    static let ownedRuns = Statement(
        "worker_owned_runs",
        "SELECT run_id, token FROM run_queue WHERE worker_id = ANY ($1::uuid[]) ORDER BY run_id")
}
