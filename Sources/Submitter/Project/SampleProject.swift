extension ProjectTemplate {
    /// A project that runs as it is: two pipelines, one after the other in a workflow.
    static func project(_ name: String) -> ProjectTemplate {
        ProjectTemplate(files: [
            File(path: "quicketl.yml", text: projectFile),
            File(path: "pipelines/sample.yml", text: samplePipeline),
            File(path: "pipelines/report.yml", text: reportPipeline),
            File(path: "workflows/sample.yml", text: workflow),
            File(path: "data/sample.csv", text: data),
            File(path: "README.md", text: readme(name), isOptional: true),
            File(path: ".gitignore", text: "/output/\n.quicketl/\n.quicketl-staging/\n.env\n", isOptional: true),
        ])
    }

    private static let projectFile = """
        # The project file. Commands find it from any folder below this one.
        version: "1.0"

        # For every pipeline that does not say otherwise.
        defaults:
          engine: duckdb
          variables:
            SINCE: 2026-01-01

        # Chosen with --env NAME; what they do not say, they take from "extends" and from the defaults.
        environments:
          dev:
            variables: {MINIMUM: 0}
          prod:
            extends: dev
            retries: 5

        # Fields that sources and sinks take with "profile: NAME". Passwords: ${secret:NAME}, looked up where a run executes.
        profiles:
          sales:
            type: file
            path: data/sample.csv
            format: csv

        """

    private static let samplePipeline = """
        name: sales_by_region
        description: Orders and revenue per region and day

        source:
          profile: sales

        transforms:
          - op: filter
            predicate: amount > ${MINIMUM:-0} AND ordered_on >= '${SINCE:-2026-01-01}'
          - op: aggregate
            group_by: [region, ordered_on]
            aggs:
              orders: count(*)
              revenue: sum(amount)
          - op: sort
            by: [region, ordered_on]

        checks:
          - type: not_null
            columns: [region, ordered_on]
          - type: unique
            columns: [region, ordered_on]
          - type: expression
            expr: revenue > 0

        sink:
          type: file
          path: output/sales_by_region.parquet

        """

    private static let reportPipeline = """
        name: best_regions
        description: Regions by revenue, the best one first

        source:
          type: file
          path: output/sales_by_region.parquet

        transforms:
          - op: aggregate
            group_by: [region]
            aggs: {revenue: sum(revenue)}
          - op: sort
            by: [{column: revenue, order: desc}]

        checks:
          - type: row_count
            min: 1

        sink:
          type: file
          path: output/best_regions.csv

        """

    private static let workflow = """
        name: daily_sales
        description: From orders to a report

        stages:
          - name: load
            pipelines:
              - path: ../pipelines/sample.yml

          - name: report
            depends_on: [load]
            pipelines:
              - path: ../pipelines/report.yml

        """

    private static let data = """
        order_id,region,ordered_on,amount
        1,north,2026-05-01,12.50
        2,south,2026-05-01,8.00
        3,north,2026-05-01,40.25
        4,east,2026-05-02,19.99
        5,south,2026-05-02,
        6,north,2026-05-02,7.75

        """

    private static func readme(_ name: String) -> String {
        """
        # \(name)

        ```sh
        \(nextSteps.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: "\n"))
        ```

        | | |
        |---|---|
        | `quicketl.yml` | defaults, environments (`--env prod`), profiles |
        | `pipelines/` | one YAML file per pipeline; paths in them are relative to the folder that commands are run in |
        | `workflows/` | several pipelines in stages |
        | `data/` | a sample to begin with |
        | `output/` | what the pipelines write |

        `quicketl validate pipelines/sample.yml --with-data` checks a pipeline against its data without running it.

        """
    }
}
