/// Walking along lineage, one level at a time: what each dataset is made of in its newest version.
enum LineageStatements {
    /// $1 name, $2 namespace (null: any).
    static let find = Statement(
        "lineage_find",
        """
        SELECT dataset_id, namespace, name FROM datasets
         WHERE name = $1::text AND ($2::text IS NULL OR namespace = $2) ORDER BY namespace LIMIT 10
        """)

    /// $1 namespace, $2 name.
    static let newestVersion = Statement(
        "lineage_newest_version",
        """
        SELECT o.run_id AS version FROM run_outputs o JOIN datasets d USING (dataset_id)
         WHERE d.namespace = $1::text AND d.name = $2::text ORDER BY o.created_at DESC LIMIT 1
        """)

    /// The newest version of the dataset `e.output_id`.
    private static let newest = """
        SELECT o.run_id, o.attempt FROM run_outputs o
         WHERE o.dataset_id = e.output_id ORDER BY o.created_at DESC LIMIT 1
        """

    private static func neighbours(_ near: String, _ far: String) -> String {
        """
        SELECT e.\(near) AS near_id, e.\(far) AS far_id, d.namespace, d.name, p.name AS pipeline
          FROM dataset_edges e
          JOIN datasets d ON d.dataset_id = e.\(far)
          LEFT JOIN LATERAL (\(newest)) AS v ON true
          LEFT JOIN runs r ON r.run_id = v.run_id
          LEFT JOIN pipelines p ON p.pipeline_id = r.pipeline_id
         WHERE e.\(near) = ANY ($1::bigint[])
         ORDER BY d.namespace, d.name LIMIT $2::integer
        """
    }

    /// What datasets come from. $1 datasets, $2 how many.
    static let up = Statement("lineage_up", neighbours("output_id", "input_id"))

    /// What comes of datasets. $1 datasets, $2 how many.
    static let down = Statement("lineage_down", neighbours("input_id", "output_id"))

    private static func columns(_ near: String, _ far: String, _ nearColumn: String, _ farColumn: String) -> String {
        """
        SELECT DISTINCT e.\(near) AS near_id, l.\(nearColumn) AS near_column, e.\(far) AS far_id, d.namespace, d.name,
               l.\(farColumn) AS far_column, p.name AS pipeline, l.subtype, l.is_masking
          FROM unnest($1::bigint[], $2::text[]) AS f (dataset_id, name)
          JOIN dataset_edges e ON e.\(near) = f.dataset_id
          JOIN LATERAL (\(newest)) AS v ON true
          JOIN runs r ON r.run_id = v.run_id
          JOIN pipelines p ON p.pipeline_id = r.pipeline_id
          JOIN column_lineage l ON l.lineage_id = r.lineage_id AND l.\(nearColumn) = f.name
          JOIN run_inputs i ON i.run_id = v.run_id AND i.attempt = v.attempt AND i.source_name = l.input_source
                           AND i.dataset_id = e.input_id
          JOIN datasets d ON d.dataset_id = e.\(far)
         WHERE l.output_column IS NOT NULL
         ORDER BY d.namespace, d.name, far_column, l.subtype LIMIT $3::integer
        """
    }

    /// What columns come from. $1 datasets, $2 their columns, $3 how many.
    static let columnsUp = Statement(
        "lineage_columns_up", columns("output_id", "input_id", "output_column", "input_column"))

    /// What comes of columns. $1 datasets, $2 their columns, $3 how many.
    static let columnsDown = Statement(
        "lineage_columns_down", columns("input_id", "output_id", "input_column", "output_column"))
}
