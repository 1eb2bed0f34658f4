/// The checks and their fields.
enum CheckFields {
    static let all = FieldVariant(
        name: "check", noun: "a check", tag: "type",
        cases: [
            ("not_null", notNull), ("unique", unique), ("row_count", rowCount), ("accepted_values", acceptedValues),
            ("expression", expression), ("contract", contract),
        ])

    private static func group(_ type: String, _ fields: [Field]) -> FieldGroup {
        FieldGroup(
            type,
            [Field("type", .choice([type]), "The type of check.", required: "type: \(type)")] + fields + [
                Field(
                    "severity", .choice(CheckSpec.Severity.allCases.map(\.rawValue)),
                    "What a failure does: warn, or fail the run (error)."),
                Field("description", .text, "For people."),
            ])
    }

    static let notNull = group(
        "not_null", [Field("columns", .columns, "Columns without nulls.", required: "columns: [id]")])

    static let unique = group(
        "unique",
        [Field("columns", .columns, "Together they are never twice the same.", required: "columns: [id]")])

    static let rowCount = group(
        "row_count",
        [
            Field("min", .integer(0...Int64.max), "The least number of rows."),
            Field("max", .integer(0...Int64.max), "The greatest number of rows."),
        ])

    static let acceptedValues = group(
        "accepted_values",
        [
            Field("column", .name, "The column.", required: "column: status"),
            Field("allow_null", .boolean, "Whether a null passes (true)."),
            Field(
                "values", .list(.literal(orNull: true), allowEmpty: false), "What it may hold.",
                required: "values: [new, paid]"),
        ])

    static let expression = group(
        "expression",
        [
            Field(
                "expr", .expression, "Must not be false for any row.", aliases: ["expression"],
                required: "expr: amount >= 0"),
            Field("threshold", .fraction, "The part of the rows that must pass, from 0 to 1 (1)."),
        ])

    static let contract = group(
        "contract",
        [
            Field(
                "contract_schema", .group(contractSchema), "What the table promises.",
                required: "contract_schema: {columns: {id: int64}}"),
            strict,
        ])

    static let contractSchema = FieldGroup(
        "a contract",
        [
            Field(
                "columns", .mapping(.either([.typeName, .group(contractColumn)]), allowEmpty: false),
                "Columns to types, or to more about them.", required: "columns: {id: int64}"),
            strict,
        ])

    private static let strict = Field("strict", .boolean, "Refuse columns outside the contract (false).")

    static let contractColumn = FieldGroup(
        "a column of a contract",
        [
            Field("dtype", .typeName, "The type; absent: any."),
            Field("nullable", .boolean, "Whether nulls pass (true)."),
            Field("unique", .boolean, "Whether values must differ (false)."),
            Field("checks", .list(.text, allowEmpty: true), "Texts in call form, such as ge(0) or isin(['a', 'b'])."),
        ])
}
