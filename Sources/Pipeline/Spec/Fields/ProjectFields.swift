/// The project file, as far as it concerns pipelines.
enum ProjectFields {
    static let project = FieldGroup(
        "a project file",
        [
            Field("version", .text, "The version of the format."),
            Field("defaults", .group(defaults), "For every pipeline that does not say otherwise."),
            Field("environments", .mapping(.group(environment), allowEmpty: true), "Names to settings, for --env."),
            Field(
                "profiles", .mapping(.any, allowEmpty: true), "Names to fields of sources and sinks, which name them."),
            Field("settings", .any, "Of the programs: where the store and the broker are, for example."),
        ] + unused)

    /// Of other tools that share the file.
    static let unused = ["quality", "secrets", "plugins", "telemetry", "logging"].map {
        Field($0, .any, "Not used by this program.")
    }

    private static let shared =
        [
            PipelineFields.engine,
            Field(
                "variables", .mapping(.literal(orNull: false), allowEmpty: true),
                "Values for variables not set elsewhere."),
        ] + PipelineFields.runOptions + unused

    static let defaults = FieldGroup("the defaults", shared)

    static let environment = FieldGroup(
        "an environment", [Field("extends", .name, "The environment that it takes everything else from.")] + shared)
}
