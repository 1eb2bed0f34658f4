extension Migration {
    /// Paths that lie within each other exclude each other; limits per pipeline; runs that have a worker for
    /// themselves; runs that repeat another; leftovers of dead attempts; dead letters that were sent again.
    static let fairness = Migration(
        version: 4, name: "fairness",
        sql: #"""
            -- A concurrency key as a chain of hashes, eight bytes for each part of a path, each of everything up to
            -- it: one key's path lies within another's when its chain begins with the other's. A key that is no path
            -- is one hash. Parts beyond the 64th are not told apart. Two keys that share a hash wait for each other
            -- without need, and nothing else.
            CREATE FUNCTION concurrency_path(key text) RETURNS bytea
                LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
            DECLARE
                place text := regexp_replace(key, '^file://(?=/)', '');
                host text := substring(place FROM '^[A-Za-z][A-Za-z0-9+.-]*://[^/]*');
                part text;
                hash bytea := '';
                path bytea := '';
            BEGIN
                IF host IS NOT NULL THEN
                    hash := substr(sha256(convert_to(host, 'UTF8')), 1, 8);
                    path := hash;
                ELSIF place NOT LIKE '/%' THEN
                    RETURN substr(sha256(convert_to(key, 'UTF8')), 1, 8);
                END IF;
                FOREACH part IN ARRAY string_to_array(substr(place, length(coalesce(host, '')) + 1), '/') LOOP
                    CONTINUE WHEN part IN ('', '.');
                    hash := substr(sha256(hash || convert_to('/' || part, 'UTF8')), 1, 8);
                    path := path || hash;
                    EXIT WHEN length(path) >= 512;
                END LOOP;
                RETURN CASE WHEN path = '' THEN substr(sha256(convert_to(key, 'UTF8')), 1, 8) ELSE path END;
            END
            $body$;

            -- The keys that this one lies within, outermost first, and itself.
            CREATE FUNCTION paths_above(path bytea) RETURNS SETOF bytea LANGUAGE sql IMMUTABLE STRICT ROWS 6 AS $body$
                SELECT substr(path, 1, 8 * i) FROM generate_series(1, length(path) / 8) AS i
            $body$;

            -- Beyond every key that lies within this one.
            CREATE FUNCTION path_end(path bytea) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT AS $body$
                SELECT path || '\xffffffffffffffffff'::bytea
            $body$;

            ALTER TABLE runs
                ADD COLUMN key_path bytea,
                ADD COLUMN max_running integer CHECK (max_running > 0),
                ADD COLUMN retry_of uuid,
                ADD COLUMN deaths_alone integer NOT NULL DEFAULT 0;
            UPDATE runs SET key_path = concurrency_path(concurrency_key);
            ALTER TABLE runs ALTER COLUMN key_path SET NOT NULL, DROP COLUMN key_hash;
            CREATE INDEX runs_by_retry ON runs (retry_of) WHERE retry_of IS NOT NULL;

            -- Drops the indexes that hold it.
            ALTER TABLE run_queue DROP COLUMN key_hash;
            DROP INDEX run_queue_due;
            ALTER TABLE run_queue
                ADD COLUMN key_path bytea,
                -- The pipeline's name, hashed, where the run has a limit, and the limit.
                ADD COLUMN limited bigint,
                ADD COLUMN max_running integer,
                ADD COLUMN deaths_alone integer NOT NULL DEFAULT 0,
                -- The worker that takes nothing more until it is free for this run alone.
                ADD COLUMN reserved_by uuid,
                ADD CONSTRAINT run_queue_limit CHECK ((limited IS NULL) = (max_running IS NULL));
            UPDATE run_queue q SET key_path = r.key_path FROM runs r WHERE r.run_id = q.run_id;
            ALTER TABLE run_queue ALTER COLUMN key_path SET NOT NULL;
            CREATE UNIQUE INDEX run_queue_one_head ON run_queue (key_path) WHERE state <> 'blocked';
            CREATE UNIQUE INDEX run_queue_order ON run_queue (key_path, sequence);
            -- Partial, so that no question about the order of a key is answered from it: it would read all its runs.
            CREATE INDEX run_queue_highest ON run_queue (key_path, base_priority) WHERE base_priority > -1;
            CREATE INDEX run_queue_due ON run_queue (priority DESC, due_at, sequence)
                WHERE worker_id IS NULL AND state <> 'blocked' AND limited IS NULL AND NOT runs_alone;
            CREATE INDEX run_queue_due_limited ON run_queue (limited, priority DESC, due_at, sequence)
                WHERE worker_id IS NULL AND state <> 'blocked' AND limited IS NOT NULL AND NOT runs_alone;
            CREATE INDEX run_queue_due_alone ON run_queue (due_at)
                WHERE worker_id IS NULL AND state <> 'blocked' AND runs_alone;
            CREATE INDEX run_queue_running_limited ON run_queue (limited)
                WHERE worker_id IS NOT NULL AND limited IS NOT NULL;

            -- What an attempt whose worker died may have left on disk.
            ALTER TABLE attempts ADD COLUMN swept_at timestamptz;
            CREATE INDEX attempts_unswept ON attempts (finished_at)
                WHERE state = 'lost' AND decided_at IS NULL AND swept_at IS NULL;

            ALTER TABLE dead_letters ADD COLUMN replayed_at timestamptz;

            -- Whether the queue holds a run with this very key. A function, so that it is one look into an index for
            -- each key, and never one through the whole queue for all.
            CREATE FUNCTION is_waited_at(path bytea) RETURNS boolean LANGUAGE plpgsql STABLE AS $body$
            BEGIN
                RETURN (SELECT q.sequence FROM run_queue q WHERE q.key_path = path ORDER BY q.sequence LIMIT 1)
                    IS NOT NULL;
            END
            $body$;

            -- What follows plans without scans of whole tables: statistics of a queue are those of another moment, and
            -- a plan made while it was empty must do when ten thousand runs are in it.

            -- Holds off everybody else who changes the order of these keys, until the transaction ends: exclusive for
            -- a key and for the paths around it that runs of the queue have, shared for the other paths around it.
            -- So two runs that leave from within a path at once see each other go when one waits there for both, and
            -- do not wait for each other when none does. Ascending, the stronger lock of a lane first and only, so that
            -- two transactions can't wait for each other in a circle; where a run came to a path before its shared
            -- lock was had, all locks are given back (with the subtransaction) and taken anew.
            CREATE FUNCTION lock_lanes(paths bytea[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $body$
            DECLARE
                wanted record;
                exclusive integer[];
            BEGIN
                LOOP
                    exclusive := '{}';
                    BEGIN
                        FOR wanted IN
                            SELECT get_byte(around.path, length(around.path) - 1) AS lane,
                                   bool_or(around.path = ANY (paths) OR is_waited_at(around.path)) AS is_exclusive
                              FROM (SELECT DISTINCT above.path FROM unnest(paths) AS given (path)
                                     CROSS JOIN LATERAL paths_above(given.path) AS above (path)) AS around
                             GROUP BY 1 ORDER BY 1
                        LOOP
                            IF wanted.is_exclusive THEN
                                PERFORM pg_advisory_xact_lock(1903523842, wanted.lane);
                                exclusive := exclusive || wanted.lane;
                            ELSE
                                PERFORM pg_advisory_xact_lock_shared(1903523842, wanted.lane);
                            END IF;
                        END LOOP;
                        IF EXISTS (
                            SELECT 1
                              FROM (SELECT DISTINCT above.path FROM unnest(paths) AS given (path)
                                     CROSS JOIN LATERAL paths_above(given.path) AS above (path)) AS around
                             WHERE get_byte(around.path, length(around.path) - 1) <> ALL (exclusive)
                               AND is_waited_at(around.path))
                        THEN
                            RAISE SQLSTATE 'QL001';
                        END IF;
                        RETURN;
                    EXCEPTION WHEN SQLSTATE 'QL001' THEN
                        CONTINUE;
                    END;
                END LOOP;
            END
            $body$;

            -- Whether the queue holds a run before this place whose key is this one, or lies within it or around it.
            CREATE FUNCTION stands_behind(path bytea, place bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $body$
            DECLARE
                above bytea;
                earliest bigint;
            BEGIN
                FOR above IN SELECT paths_above(path) LOOP
                    SELECT q.sequence INTO earliest FROM run_queue q
                     WHERE q.key_path = above ORDER BY q.sequence LIMIT 1;
                    IF earliest < place THEN
                        RETURN true;
                    END IF;
                END LOOP;
                RETURN EXISTS (
                    SELECT 1 FROM run_queue q
                     WHERE q.key_path > path AND q.key_path < path_end(path) AND q.sequence < place);
            END
            $body$;

            -- The highest priority among the runs that exclude those with this key.
            CREATE FUNCTION highest_priority(path bytea) RETURNS smallint LANGUAGE plpgsql STABLE AS $body$
            DECLARE
                above bytea;
                found_one smallint;
                highest smallint := -1;
            BEGIN
                FOR above IN SELECT paths_above(path) LOOP
                    SELECT q.base_priority INTO found_one FROM run_queue q
                     WHERE q.key_path = above AND q.base_priority > -1 ORDER BY q.base_priority DESC LIMIT 1;
                    highest := greatest(highest, found_one);
                END LOOP;
                SELECT max(q.base_priority) INTO found_one FROM run_queue q
                 WHERE q.key_path > path AND q.key_path < path_end(path) AND q.base_priority > -1;
                RETURN greatest(highest, found_one);
            END
            $body$;

            -- The keys in the queue that lie within this one, each once, however many runs have it.
            CREATE FUNCTION paths_below(path bytea) RETURNS SETOF bytea LANGUAGE plpgsql STABLE AS $body$
            DECLARE
                below bytea := path;
            BEGIN
                LOOP
                    SELECT q.key_path INTO below FROM run_queue q
                     WHERE q.key_path > below AND q.key_path < path_end(path) ORDER BY q.key_path LIMIT 1;
                    EXIT WHEN NOT FOUND;
                    RETURN NEXT below;
                END LOOP;
            END
            $body$;

            -- Makes runnable what nothing stands before any more, at and around these keys, and gives the first of a
            -- key the highest priority behind it. A run that is owned keeps its priority: it is of no use there.
            -- Under the keys' lanes. Answers the runs that became runnable.
            CREATE FUNCTION arrange_queue(paths bytea[]) RETURNS SETOF uuid
                LANGUAGE plpgsql SET enable_seqscan = off AS $body$
            DECLARE
                head record;
                highest smallint;
            BEGIN
                FOR head IN
                    SELECT first.* FROM (
                        SELECT above.path FROM unnest(paths) AS given (path)
                         CROSS JOIN LATERAL paths_above(given.path) AS above (path)
                        UNION
                        SELECT below.path FROM unnest(paths) AS given (path)
                         CROSS JOIN LATERAL paths_below(given.path) AS below (path)) AS near
                     CROSS JOIN LATERAL (
                        SELECT q.run_id, q.key_path, q.state, q.sequence, q.priority, q.worker_id FROM run_queue q
                         WHERE q.key_path = near.path ORDER BY q.sequence LIMIT 1) AS first
                     WHERE first.worker_id IS NULL
                LOOP
                    IF head.state <> 'blocked' THEN
                        highest := highest_priority(head.key_path);
                        IF head.priority < highest THEN
                            UPDATE run_queue SET priority = highest
                             WHERE run_id = head.run_id AND worker_id IS NULL AND state <> 'blocked';
                        END IF;
                    ELSIF NOT stands_behind(head.key_path, head.sequence) THEN
                        UPDATE run_queue SET state = 'queued', priority = highest_priority(head.key_path)
                         WHERE run_id = head.run_id AND state = 'blocked';
                        UPDATE runs SET state = 'queued' WHERE run_id = head.run_id;
                        RETURN NEXT head.run_id;
                    END IF;
                END LOOP;
            END
            $body$;

            -- Admits submitted runs to the queue, in the order given: one that nothing stands before becomes `queued`,
            -- others `blocked`, and one whose cancel came before it `cancelled`. A run in any other state is left as
            -- it is. Under the keys' lanes and the intake.
            CREATE FUNCTION admit_runs(given uuid[], digests text[]) RETURNS SETOF uuid
                LANGUAGE plpgsql SET enable_seqscan = off AS $body$
            DECLARE
                pushed bytea[];
                admitted uuid[];
            BEGIN
                WITH ready AS MATERIALIZED (
                    SELECT ordered.*, nextval('run_sequence') AS sequence
                      FROM (SELECT r.run_id, r.key_path, r.priority, r.max_running,
                                   CASE WHEN r.max_running IS NOT NULL THEN hashtextextended(p.name, 0) END AS limited,
                                   c.run_id IS NOT NULL AS is_cancelled
                              FROM unnest(given, digests) WITH ORDINALITY AS g (run_id, content_digest, ordinal)
                              JOIN runs r ON r.run_id = g.run_id AND r.content_digest = g.content_digest
                              JOIN pipelines p ON p.pipeline_id = r.pipeline_id
                              LEFT JOIN cancellations c ON c.run_id = r.run_id
                             WHERE r.state = 'submitted'
                             ORDER BY g.ordinal) AS ordered
                ), around AS MATERIALIZED (
                    SELECT ready.run_id, ready.sequence, above.path, above.path = ready.key_path AS is_own
                      FROM ready CROSS JOIN LATERAL paths_above(ready.key_path) AS above (path)
                     WHERE NOT ready.is_cancelled
                ), first AS (
                    SELECT path, min(sequence) FILTER (WHERE is_own) AS of_key, min(sequence) AS within
                      FROM around GROUP BY path
                ), behind AS (
                    -- Behind another of this batch, whose key is this one or around it, or lies within it.
                    SELECT a.run_id FROM around a JOIN first f USING (path)
                     WHERE f.of_key < a.sequence OR a.is_own AND f.within < a.sequence
                ), placed AS MATERIALIZED (
                    SELECT ready.*,
                           CASE WHEN ready.is_cancelled THEN 'cancelled'
                                WHEN ready.run_id IN (SELECT run_id FROM behind)
                                  OR stands_behind(ready.key_path, ready.sequence) THEN 'blocked'
                                ELSE 'queued' END AS next
                      FROM ready
                ), recorded AS (
                    UPDATE runs r
                       SET state = p.next, sequence = p.sequence, accepted_at = clock_timestamp(),
                           finished_at = CASE WHEN p.is_cancelled THEN clock_timestamp() END
                      FROM placed p WHERE r.run_id = p.run_id
                    RETURNING r.run_id, r.accepted_at
                ), inserted AS (
                    INSERT INTO run_queue (
                        run_id, sequence, key_path, base_priority, priority, state, due_at, limited, max_running)
                    SELECT p.run_id, p.sequence, p.key_path, p.priority, p.priority, p.next, a.accepted_at, p.limited,
                           p.max_running
                      FROM placed p JOIN recorded a USING (run_id)
                     WHERE NOT p.is_cancelled
                )
                -- A low priority raises nobody.
                SELECT array_agg(DISTINCT key_path) FILTER (WHERE next = 'blocked' AND priority > -1),
                       array_agg(run_id ORDER BY sequence)
                  INTO pushed, admitted FROM placed;
                PERFORM arrange_queue(pushed);
                RETURN QUERY SELECT unnest(admitted);
            END
            $body$;

            -- Gives a live worker up to `most` runs that are due, each with a new token. Whoever was given up has to
            -- renew first, so that no run belongs to a worker that nobody observes. Looks before it locks: an idle
            -- worker writes nothing. `by_age`: the priority whose oldest run has waited longest goes first, so that no
            -- priority starves. A function, because what is counted under a lock has to be seen after it was taken.
            CREATE FUNCTION claim_runs(claimant uuid, most integer, serial bigint, by_age boolean)
                RETURNS integer LANGUAGE plpgsql SET enable_seqscan = off AS $body$
            DECLARE
                levels smallint[] := '{1,0,-1}';
                level smallint;
                owned integer;
                owns_alone boolean;
                has_limited boolean;
                pipeline bigint;
                running integer;
                candidates uuid[] := '{}';
                picked uuid[] := '{}';
            BEGIN
                has_limited := EXISTS (
                    SELECT 1 FROM run_queue q
                     WHERE q.worker_id IS NULL AND q.state <> 'blocked' AND q.limited IS NOT NULL AND NOT q.runs_alone
                       AND q.due_at <= now());
                IF NOT has_limited AND NOT EXISTS (
                    SELECT 1 FROM run_queue q
                     WHERE q.worker_id IS NULL AND q.state <> 'blocked' AND q.limited IS NULL AND NOT q.runs_alone
                       AND q.priority = ANY (levels) AND q.due_at <= now())
                  AND NOT EXISTS (
                    SELECT 1 FROM run_queue q
                     WHERE q.worker_id IS NULL AND q.state <> 'blocked' AND q.runs_alone AND q.due_at <= now())
                THEN
                    RETURN 0;
                END IF;
                PERFORM 1 FROM workers w WHERE w.worker_id = claimant AND w.state = 'live' FOR SHARE;
                IF NOT FOUND THEN
                    RETURN 0;
                END IF;

                SELECT count(*), coalesce(bool_or(q.runs_alone), false) INTO owned, owns_alone
                  FROM run_queue q WHERE q.worker_id = claimant;
                IF owns_alone THEN
                    RETURN 0;
                END IF;
                SELECT array_agg(alone.run_id) INTO picked FROM (
                    SELECT q.run_id FROM run_queue q
                     WHERE q.worker_id IS NULL AND q.state <> 'blocked' AND q.runs_alone AND q.due_at <= now()
                       AND (owned = 0 OR q.reserved_by IS NULL OR q.reserved_by = claimant OR NOT EXISTS (
                                SELECT 1 FROM workers w WHERE w.worker_id = q.reserved_by AND w.state = 'live'))
                     ORDER BY (q.reserved_by IS NOT DISTINCT FROM claimant) DESC, q.due_at LIMIT 1
                       FOR UPDATE SKIP LOCKED) AS alone;
                IF picked IS NOT NULL AND owned > 0 THEN
                    UPDATE run_queue SET reserved_by = claimant
                     WHERE run_id = ANY (picked) AND reserved_by IS DISTINCT FROM claimant;
                    RETURN 0;
                END IF;

                IF picked IS NULL THEN
                    picked := '{}';
                    IF by_age THEN
                        SELECT array_agg(l.level ORDER BY least(ordinary.due_at, limited.due_at) NULLS LAST, l.level DESC)
                          INTO levels
                          FROM unnest(levels) AS l (level)
                          LEFT JOIN LATERAL (
                            SELECT q.due_at FROM run_queue q
                             WHERE q.worker_id IS NULL AND q.state <> 'blocked' AND q.limited IS NULL
                               AND NOT q.runs_alone AND q.priority = l.level AND q.due_at <= now()
                             ORDER BY q.due_at LIMIT 1) AS ordinary ON true
                          LEFT JOIN LATERAL (
                            SELECT min(q.due_at) AS due_at FROM run_queue q
                             WHERE has_limited AND q.worker_id IS NULL AND q.state <> 'blocked'
                               AND q.limited IS NOT NULL AND NOT q.runs_alone AND q.priority = l.level
                               AND q.due_at <= now()) AS limited ON true;
                    END IF;
                    IF has_limited THEN
                        -- One claim at a time counts what runs of a pipeline; released with the transaction.
                        PERFORM pg_advisory_xact_lock(1903523845, 0);
                        pipeline := -9223372036854775808;
                        LOOP
                            SELECT q.limited INTO pipeline FROM run_queue q
                             WHERE q.worker_id IS NULL AND q.state <> 'blocked' AND q.limited IS NOT NULL
                               AND NOT q.runs_alone AND q.limited > pipeline
                             ORDER BY q.limited LIMIT 1;
                            EXIT WHEN NOT FOUND;
                            SELECT count(*) INTO running FROM run_queue q
                             WHERE q.limited = pipeline AND q.worker_id IS NOT NULL;
                            candidates := candidates || ARRAY(
                                SELECT placed.run_id FROM (
                                    SELECT c.run_id, c.max_running,
                                           row_number() OVER (ORDER BY l.rank, c.due_at, c.sequence) AS place
                                      FROM unnest(levels) WITH ORDINALITY AS l (level, rank)
                                     CROSS JOIN LATERAL (
                                        SELECT q.run_id, q.max_running, q.due_at, q.sequence FROM run_queue q
                                         WHERE q.worker_id IS NULL AND q.state <> 'blocked'
                                           AND q.limited = pipeline AND NOT q.runs_alone
                                           AND q.priority = l.level AND q.due_at <= now()
                                         ORDER BY q.due_at, q.sequence LIMIT most) AS c) AS placed
                                 WHERE running + placed.place <= placed.max_running);
                        END LOOP;
                        SELECT array_agg(best.run_id) INTO picked FROM (
                            SELECT due.run_id FROM (
                                SELECT q.run_id, q.priority, q.due_at, q.sequence FROM run_queue q
                                 WHERE q.run_id = ANY (candidates)
                                UNION ALL
                                SELECT o.* FROM unnest(levels) AS l (level) CROSS JOIN LATERAL (
                                    SELECT q.run_id, q.priority, q.due_at, q.sequence FROM run_queue q
                                     WHERE q.worker_id IS NULL AND q.state <> 'blocked' AND q.limited IS NULL
                                       AND NOT q.runs_alone AND q.priority = l.level AND q.due_at <= now()
                                     ORDER BY q.due_at, q.sequence LIMIT most) AS o) AS due
                             ORDER BY array_position(levels, due.priority), due.due_at, due.sequence LIMIT most
                        ) AS best;
                        picked := ARRAY(
                            SELECT q.run_id FROM run_queue q
                             WHERE q.run_id = ANY (picked) AND q.worker_id IS NULL AND q.state <> 'blocked'
                               FOR UPDATE SKIP LOCKED);
                    ELSE
                        FOREACH level IN ARRAY levels LOOP
                            EXIT WHEN cardinality(picked) >= most;
                            picked := picked || ARRAY(
                                SELECT q.run_id FROM run_queue q
                                 WHERE q.worker_id IS NULL AND q.state <> 'blocked' AND q.limited IS NULL
                                   AND NOT q.runs_alone AND q.priority = level AND q.due_at <= now()
                                 ORDER BY q.due_at, q.sequence LIMIT most - cardinality(picked)
                                   FOR UPDATE SKIP LOCKED);
                        END LOOP;
                    END IF;
                END IF;

                WITH taken AS (
                    UPDATE run_queue q
                       SET state = CASE q.state WHEN 'publishing' THEN 'publishing' ELSE 'running' END,
                           worker_id = claimant, token = q.token + 1, nonce = gen_random_uuid(),
                           attempt = q.attempt + 1, claim_serial = serial, progress = NULL, phase = NULL,
                           reserved_by = NULL
                     WHERE q.run_id = ANY (picked)
                    RETURNING q.run_id, q.state, q.token, q.nonce, q.attempt
                ), run AS (
                    UPDATE runs r
                       SET state = taken.state, attempts = taken.attempt, worker_id = claimant,
                           started_at = coalesce(r.started_at, clock_timestamp())
                      FROM taken WHERE r.run_id = taken.run_id
                ), attempt AS (
                    INSERT INTO attempts (run_id, attempt, token, nonce, worker_id, state, started_at)
                    SELECT run_id, attempt, token, nonce, claimant, 'running', clock_timestamp() FROM taken
                )
                SELECT count(*) INTO owned FROM taken;
                RETURN owned;
            END
            $body$;

            CREATE OR REPLACE VIEW run_history AS
            SELECT r.run_id, p.name AS pipeline, r.state, r.engine, r.engine_reason, r.attempts, r.worker_id,
                   CASE r.priority WHEN 1 THEN 'high' WHEN 0 THEN 'normal' ELSE 'low' END AS priority,
                   r.variables, r."trigger", r.submitted_at, r.started_at, r.finished_at,
                   (extract(epoch FROM r.finished_at - r.started_at) * 1000)::bigint AS duration_ms,
                   r.rows_in, r.rows_out, r.bytes_in, r.bytes_out, r.estimated_bytes, r.peak_memory_bytes, r.error,
                   r.error_kind, r.submitted_by, r.accepted_at, p.digest AS pipeline_digest, r.retry_of
              FROM runs r LEFT JOIN pipelines p USING (pipeline_id);
            """#)
}
