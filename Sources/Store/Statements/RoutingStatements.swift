/// What the choice of engines is learned from, and what reports of it are made of. Each reads a bounded number of rows
/// through an index, however long history is.
enum RoutingStatements {
    /// The latest observations of all, and of each pipeline and shape that is named, the latest first.
    /// $1 how many of all, $2 pipelines, $3 shapes, $4 how many of each.
    static let observations = Statement(
        "routing_observations",
        """
        WITH wanted AS (
            (SELECT observation_id FROM routing_observations ORDER BY observation_id DESC LIMIT $1::integer)
            UNION
            SELECT late.observation_id
              FROM unnest($2::text[]) AS named (pipeline), (VALUES ('duckdb'), ('spark')) AS of_engine (engine),
                   LATERAL (SELECT o.observation_id FROM routing_observations o
                             WHERE hashtextextended(o.pipeline, 0) = hashtextextended(named.pipeline, 0)
                               AND o.engine = of_engine.engine AND o.pipeline = named.pipeline
                             ORDER BY o.observation_id DESC LIMIT $4::integer) AS late
            UNION
            SELECT late.observation_id
              FROM unnest($3::text[]) AS named (shape), (VALUES ('duckdb'), ('spark')) AS of_engine (engine),
                   LATERAL (SELECT o.observation_id FROM routing_observations o
                             WHERE o.shape = named.shape AND o.engine = of_engine.engine
                             ORDER BY o.observation_id DESC LIMIT $4) AS late
        )
        SELECT o.pipeline, o.observation FROM wanted JOIN routing_observations o USING (observation_id)
         ORDER BY observation_id DESC
        """)

    /// The latest first. $1 since, $2 how many.
    static let report = Statement(
        "routing_report",
        """
        SELECT o.run_id, o.pipeline, \(SQL.micros("o.observed_at")) AS observed_micros, o.observation, a.decision
          FROM (SELECT * FROM routing_observations WHERE observed_at >= \(SQL.instant("$1::bigint"))
                 ORDER BY observed_at DESC LIMIT $2::integer) o
          JOIN attempts a ON a.run_id = o.run_id AND a.attempt = o.attempt
         WHERE a.decision IS NOT NULL
         ORDER BY o.observed_at DESC
        """)
}
