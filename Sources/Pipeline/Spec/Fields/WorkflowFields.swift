/// The fields of workflow files.
enum WorkflowFields {
    static let workflow = FieldGroup(
        "a workflow",
        [
            Field("name", .name, "What people call it.", required: "name: nightly"),
            Field("description", .text, "For people."),
            variables,
            Field("fail_fast", .boolean, "Stop at the first failure (true)."),
            Field(
                "stages", .list(.group(stage), allowEmpty: false), "Groups of pipelines.",
                required: "stages: [{name: load, pipelines: [{path: load.yml}]}]"),
        ])

    static let stage = FieldGroup(
        "a stage",
        [
            Field("name", .name, "What others depend on.", required: "name: load"),
            Field("description", .text, "For people."),
            Field(
                "pipelines", .list(.group(pipeline), allowEmpty: false), "What it runs.",
                required: "pipelines: [{path: load.yml}]"),
            Field("parallel", .boolean, "Whether its pipelines may run beside each other (false)."),
            Field(
                "depends_on", .either([.name, .list(.name, allowEmpty: true)]),
                "Stages that must have succeeded before it ([])."),
            Field(
                "continue_on_failure", .boolean,
                "A failure in it stops neither its other pipelines nor the workflow (false)."),
        ])

    static let pipeline = FieldGroup(
        "a pipeline of a stage",
        [
            Field("path", .text, "Its file, relative to the workflow file.", required: "path: pipelines/load.yml"),
            Field("name", .name, "What results call it (the file's name)."),
            variables,
        ])

    private static let variables = Field(
        "variables", .mapping(.literal(orNull: false), allowEmpty: true),
        "Values, taken as text; a pipeline's own win over the workflow's, the command line's over both.")
}
