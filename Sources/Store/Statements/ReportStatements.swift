/// Rows that many runs share, written before the transaction that refers to them, sorted, insert-only.
enum ReportStatements {
    /// $1 namespaces, $2 names, $3 digests.
    static let insertDatasets = Statement(
        "report_insert_datasets",
        """
        INSERT INTO datasets (namespace, name, digest)
        SELECT namespace, name, digest FROM unnest($1::text[], $2::text[], $3::text[]) AS d (namespace, name, digest)
         ORDER BY digest COLLATE "C"
        ON CONFLICT (digest) DO NOTHING
        """)

    /// $1 digests.
    static let findDatasets = Statement(
        "report_find_datasets", "SELECT dataset_id, digest FROM datasets WHERE digest = ANY ($1::text[])")

    /// The edges of one lineage, together with it or not at all. $1 digest, then one array per column.
    static let insertLineage = Statement(
        "report_insert_lineage",
        """
        WITH new AS (
            INSERT INTO lineages (digest) VALUES ($1::text) ON CONFLICT (digest) DO NOTHING RETURNING lineage_id
        )
        INSERT INTO column_lineage (lineage_id, ordinal, output_column, input_source, input_column, type, subtype, is_masking)
        SELECT new.lineage_id, e.ordinal, e.output_column, e.input_source, e.input_column, e.type, e.subtype,
               e.is_masking
          FROM new, unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[])
            WITH ORDINALITY AS e (output_column, input_source, input_column, type, subtype, is_masking, ordinal)
        """)

    /// $1 digest.
    static let findLineage = Statement(
        "report_find_lineage", "SELECT lineage_id FROM lineages WHERE digest = $1::text")
}
