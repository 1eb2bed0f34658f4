/// The fields of trigger files.
enum TriggerFields {
    static let trigger = FieldGroup(
        "a trigger",
        [
            Field("name", .name, "What history calls it; one of its kind.", required: "name: sales_daily"),
            Field("description", .text, "For people."),
            Field("enabled", .boolean, "Whether it starts anything (true)."),
            Field(
                "on", .either([.group(condition), .list(.group(condition), allowEmpty: false), .group(schedule)]),
                "What it waits for.", required: "on: {landing: \"/data/in/{FILE}.csv\"}"),
            Field("when", .text, "each, quiet 60s, all, or marker _SUCCESS (each; with several under on: all)."),
            Field("for", .list(.name, allowEmpty: true), "Captures by whose values landings belong together."),
            Field(
                "pipeline", .text,
                "The file of what it starts, relative to the trigger's file, or else to the working folder."),
            Field("workflow", .text, "Instead of a pipeline: a workflow's file, found in the same way."),
            Field(
                "variables", .mapping(.literal(orNull: false), allowEmpty: true),
                "Beside the captures; {DATE} and {landing.uri} stand for what is known of the occasion."),
            Field("engine", .choice(PipelineSpec.EngineChoice.allCases.map(\.rawValue)), "Instead of the pipeline's."),
            Field("priority", .choice(Priority.allCases.map(\.rawValue)), "Instead of the pipeline's."),
            Field(
                "concurrency_key", .text, "Instead of the pipeline's; may hold {DATE} and its like; not for a workflow."
            ),
            Field("retries", .integer(0...100), "Instead of the pipeline's."),
            Field("timeout", .duration, "Instead of the pipeline's."),
        ])

    static let condition = FieldGroup(
        "what a trigger waits for",
        [
            Field("landing", .text, "A template of files or objects."),
            Field("dataset", .text, "A template of datasets that succeeded runs have written."),
            Field("min_size", .text, "Bytes, or 10MB; smaller ones do not count."),
            Field("max_size", .text, "Bytes, or 10GB; larger ones do not count."),
            Field("name", .text, "A pattern for the last part of the place, such as *.parquet."),
            Field("watch", .boolean, "Of local places: whether the trigger process watches the folder (true)."),
            Field("settle", .duration, "Of watched folders: a file that has not changed for so long is complete (5s)."),
        ])

    static let schedule = FieldGroup(
        "a schedule",
        [
            Field("schedule", .text, "A cron expression.", required: "schedule: \"0 6 * * *\""),
            Field("timezone", .text, "By whose clock, such as Europe/Berlin (UTC)."),
            Field("catchup", .choice(["none", "latest", "all"]), "What becomes of moments that were missed (none)."),
        ])
}
