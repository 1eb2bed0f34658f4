/// The top level of a pipeline.
enum PipelineFields {
    static let pipeline = FieldGroup(
        "a pipeline",
        [
            Field("name", .name, "What people call it.", required: "name: daily_orders"),
            Field("description", .text, "For people."),
            engine,
            Field(
                "variables", .mapping(.either([.literal(orNull: false), .group(variable)]), allowEmpty: true),
                "Names to defaults, or to a type and a default."),
            Field("source", .variant(SourceFields.all), "What it reads; or give sources."),
            Field(
                "sources", .mapping(.variant(SourceFields.all), allowEmpty: false),
                "Several by name; the first is the primary table."),
            Field("transforms", .list(.variant(TransformFields.all), allowEmpty: true), "Steps, in order."),
            Field(
                "checks", .list(.variant(CheckFields.all), allowEmpty: true),
                "What must hold of the final table before anything is published."),
            Field("sink", .variant(SinkFields.all), "Where the final table goes."),
        ] + runOptions, exactlyOneOf: ["source", "sources"])

    static let engine = Field(
        "engine", .choice(PipelineSpec.EngineChoice.allCases.map(\.rawValue) + foreignEngines),
        "What executes it; polars, datafusion, pandas, postgres and mysql mean duckdb.")

    static let runOptions = [
        Field("retries", .integer(0...100), "Attempts after the first that a passing fault may cause."),
        Field("timeout", .duration, "The longest that an attempt may take."),
        Field("concurrency_key", .name, "Runs with equal keys run one after the other (the path of the sink)."),
        Field("priority", .choice(Priority.allCases.map(\.rawValue)), "Before which other runs it goes (normal)."),
        Field(
            "max_running", .integer(1...Int64(RequestLimits.maxRunning)),
            "Runs of this pipeline that may be executed at the same time (any number)."),
        Field(
            "prefer", .choice(RunOptions.Preference.allCases.map(\.rawValue)),
            "What the choice of an engine weighs."),
        Field("tags", .list(.text, allowEmpty: true), "For people and searches."),
    ]

    static let variable = FieldGroup(
        "a variable",
        [
            Field("type", .typeName, "What its value must read as (text)."),
            Field("description", .text, "For people."),
            Field("default", .literal(orNull: false), "Its value where none is given."),
        ])

    /// Engines of other tools: accepted, because pipelines name them.
    static let foreignEngines = ["polars", "datafusion", "pandas", "postgres", "mysql"]
}
