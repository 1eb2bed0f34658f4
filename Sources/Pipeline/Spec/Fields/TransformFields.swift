/// The operations and their fields.
enum TransformFields {
    static let all = FieldVariant(
        name: "transform", noun: "a transform", tag: "op",
        cases: [
            ("select", select), ("rename", rename), ("filter", filter), ("derive_column", deriveColumn),
            ("cast", cast), ("fill_null", fillNull), ("dedup", dedup), ("sort", sort), ("join", join),
            ("aggregate", aggregate), ("union", union), ("limit", limit), ("window", window), ("pivot", pivot),
            ("unpivot", unpivot), ("hash_key", hashKey), ("coalesce", coalesce),
        ])

    private static func group(_ op: String, _ fields: [Field]) -> FieldGroup {
        FieldGroup(op, [Field("op", .choice([op]), "The operation.", required: "op: \(op)")] + fields)
    }

    static let select = group(
        "select", [Field("columns", .columns, "The columns to keep, in this order.", required: "columns: [a, b]")])

    static let rename = group(
        "rename",
        [
            Field(
                "mapping", .mapping(.name, allowEmpty: false), "Old names to new names; swaps work.",
                aliases: ["columns"], required: "mapping: {old_name: new_name}")
        ])

    static let filter = group(
        "filter", [Field("predicate", .expression, "Rows stay where it is true.", required: "predicate: amount > 0")])

    static let deriveColumn = group(
        "derive_column",
        [
            Field("name", .name, "The new column; replaced in place if it exists.", required: "name: total"),
            Field(
                "expr", .expression, "Its value; also func(column) OVER (…), as the window transform has it.",
                aliases: ["expression"], required: "expr: price * quantity"),
        ])

    static let cast = group(
        "cast",
        [
            Field(
                "columns", .mapping(.typeName, allowEmpty: false), "Columns to types.",
                required: "columns: {amount: double}")
        ])

    static let fillNull = group(
        "fill_null",
        [
            Field(
                "columns", .mapping(.literal(orNull: false), allowEmpty: false), "Columns to what stands for null.",
                required: "columns: {discount: 0}")
        ])

    static let dedup = group(
        "dedup",
        [
            Field(
                "columns", .list(.name, allowEmpty: true),
                "The key of which one row stays; absent: rows that are equal in every column."),
            Field("order_by", orderKeys, "Which row of a key is first; absent: a sort before it, else input order."),
            Field("keep", .choice(DedupSpec.Keep.allCases.map(\.rawValue)), "Which row of a key stays (first)."),
        ])

    static let sort = group(
        "sort",
        [
            Field(
                "by", orderKeys, "Columns to sort by; nulls stand last.", aliases: ["columns"],
                required: "by: [amount]"),
            Field("descending", .boolean, "For keys that do not say it themselves (false)."),
        ])

    static let sortKey = FieldGroup(
        "a sort key",
        [
            Field("column", .name, "The column.", required: "column: amount"),
            Field("descending", .boolean, "Greatest first."),
            Field("ascending", .boolean, "The opposite."),
            Field("order", .choice(["asc", "desc"]), "The same in a word."),
        ])

    private static let orderKeys = FieldForm.list(.either([.name, .group(sortKey)]), allowEmpty: false)

    static let join = group(
        "join",
        [
            Field(
                "right", .either([.name, .variant(SourceFields.all)]), "The name of a source, or a source in full.",
                required: "right: customers"),
            Field("on", .columns, "Columns of both sides that must be equal."),
            Field("left_on", .columns, "Instead of on: columns of the left side."),
            Field("right_on", .columns, "Instead of on: columns of the right side, in the same order."),
            Field("how", .choice(JoinSpec.Kind.allCases.map(\.rawValue)), "The kind of join (inner)."),
            Field("merge_keys", .boolean, "One column per key in outer, left and right joins, too (false)."),
        ])

    static let aggregate = group(
        "aggregate",
        [
            Field(
                "group_by", .list(.name, allowEmpty: true), "The keys; [] for one row.",
                required: "group_by: [country], or [] for one row"),
            Field(
                "aggs",
                .either([
                    .mapping(.expression, allowEmpty: true), .list(.group(listedAggregate), allowEmpty: false),
                ]), "Names to aggregates; {} for the distinct keys.",
                aliases: ["aggregations"], required: "aggs: {total: sum(amount)}"),
        ])

    /// One of `aggregations`, where they stand as a list.
    static let listedAggregate = FieldGroup(
        "an aggregate",
        [
            Field("column", .name, "What it looks at; absent: rows, for count."),
            Field("function", .name, "The function.", aliases: ["func"], required: "function: sum"),
            Field("alias", .name, "The new column.", aliases: ["name"], required: "alias: total"),
        ])

    static let union = group(
        "union",
        [
            Field("sources", .columns, "Named sources whose rows come below.", required: "sources: [archive]"),
            Field(
                "missing", .choice(UnionSpec.Missing.allCases.map(\.rawValue)),
                "What a column means that one side lacks (error)."),
        ])

    static let limit = group(
        "limit",
        [
            Field("n", .integer(1...Int64.max), "Rows to keep.", required: "n: 100"),
            Field("offset", .integer(0...Int64.max), "Rows to skip before them (0)."),
        ])

    static let window = group(
        "window",
        [
            Field(
                "columns", .list(.group(windowColumn), allowEmpty: false), "The columns to add.",
                required: "columns: [{name: n, func: row_number, order_by: [id]}]")
        ])

    static let windowColumn = FieldGroup(
        "a window column",
        [
            Field("name", .name, "The new column.", required: "name: previous"),
            Field(
                "func", .choice(WindowColumnSpec.Function.allCases.map(\.rawValue) + ["mean"]), "The function.",
                required: "func: lag"),
            Field("column", .name, "What it looks at; row_number, rank, dense_rank and a count of rows need none."),
            Field("offset", .integer(0...Int64.max), "Rows back or ahead, of lag and lead (1)."),
            Field("partition_by", .list(.name, allowEmpty: true), "Rows of equal values form a partition ([])."),
            Field(
                "order_by", .list(.either([.name, .group(sortKey)]), allowEmpty: true),
                "The order in a partition: column, \"column desc\", or a mapping ([])."),
            Field("default", .literal(orNull: true), "Of lag and lead, outside the partition (null)."),
        ])

    static let pivot = group(
        "pivot",
        [
            Field(
                "index", .either([.name, .list(.name, allowEmpty: true)]), "Columns that name a row.",
                required: "index: [region]"),
            Field("columns", .name, "The column whose values become columns.", required: "columns: product"),
            Field("values", .name, "The column that fills them.", required: "values: revenue"),
            Field(
                "aggfunc", .either([aggregateName, .list(aggregateName, allowEmpty: false)]),
                "How several values become one (first); a list makes a column value_func for each."),
        ])

    private static let aggregateName = FieldForm.choice(PivotReading.aggregates.map(\.name))

    static let unpivot = group(
        "unpivot",
        [
            Field("id_vars", .list(.name, allowEmpty: true), "Columns that are repeated.", required: "id_vars: [id]"),
            Field("value_vars", .columns, "Columns that become rows.", required: "value_vars: [jan, feb]"),
            Field("var_name", .name, "The column that names them (variable)."),
            Field("value_name", .name, "The column of their values (value)."),
        ])

    static let hashKey = group(
        "hash_key",
        [
            Field("name", .name, "The new column.", required: "name: order_key"),
            Field("columns", .columns, "What is hashed, in order.", required: "columns: [customer_id, order_id]"),
            Field("algorithm", .choice(HashKeySpec.Algorithm.allCases.map(\.rawValue)), "The hash (md5)."),
            Field("separator", .text, "Between the texts (|)."),
        ])

    static let coalesce = group(
        "coalesce",
        [
            Field("name", .name, "The new column; replaced in place if it exists.", required: "name: email"),
            Field("columns", .columns, "The first that is not null wins.", required: "columns: [home, work]"),
            Field("default", .literal(orNull: true), "Where all are null (null)."),
        ])
}
