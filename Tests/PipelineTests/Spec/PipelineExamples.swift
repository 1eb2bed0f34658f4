@testable import Pipeline

/// Pipelines that show every field of the language, as documentation writes them.
enum PipelineExamples {
    struct Example: Sendable, CustomStringConvertible {
        var name: String
        var yaml: String
        var description: String { name }
    }

    static let given = ["DATE": "2024-01-15", "N": "5", "FLAG": "true", "COLUMN": "amount", "DB": "postgresql://h/d"]

    static let profiles: ProjectProfiles = {
        let yaml =
            "profiles: {shop: {type: database, connection: 'postgresql://r:${secret:PW}@db/shop', table: orders}}"
        // The text is right above: were it wrong, every test that names the profile would say so.
        return (try? ProjectLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec.profiles)
            ?? ProjectProfiles()
    }()

    private static func pipeline(_ name: String, _ rest: String) -> Example {
        Example(name: name, yaml: SpecReading.pipeline(rest))
    }

    static let all: [Example] = transforms + checks + sources + whole

    static let transforms: [Example] = [
        "op: select, columns: [a, 2013, no, on]", "op: rename, mapping: {a: b, b: a}",
        "op: filter, predicate: \"d = '${DATE}'\"", "op: filter, predicate: true",
        "op: derive_column, name: total, expr: price * quantity", "op: derive_column, name: one, expr: 1.50",
        "op: cast, columns: {id: string, amount: float64, created_at: datetime, p: 'decimal(10, 2)', q: INT}",
        "op: fill_null, columns: {discount: 0, rate: 0.5, notes: N/A, day: 2024-01-15, flag: no, v: \"${N}\"}",
        "op: dedup", "op: dedup, columns: [id], order_by: [at desc, {column: b, order: desc}], keep: last",
        "op: sort, by: [a, {column: b, descending: true}], descending: \"${FLAG}\"",
        "op: join, right: source, on: [k], how: left",
        "op: join, right: source, left_on: [a], right_on: [b], how: anti",
        "op: join, right: {type: file, path: b.csv, options: {sep: ';'}}, on: [k], merge_keys: yes",
        "op: join, right: source, how: cross", "op: aggregate, group_by: [], aggs: {n: count(*), m: sum(a) / count(*)}",
        "op: aggregate, group_by: [a], aggregations: {}", "op: union, sources: [source], missing: \"null\"",
        "op: limit, n: \"${N}\", offset: 10",
        "op: window, columns: [{name: r, func: row_number, partition_by: [a], order_by: [b]}, {name: p, func: lag, column: c, offset: 2, default: null}]",
        "op: pivot, index: [region], columns: product, values: revenue, aggfunc: sum",
        "op: pivot, index: region, columns: product, values: revenue, aggfunc: [sum, mean]",
        "op: unpivot, id_vars: [id], value_vars: [jan, feb], var_name: month, value_name: sales",
        "op: hash_key, name: k, columns: [a, b], algorithm: sha256, separator: \"-\"",
        "op: coalesce, name: email, columns: [home, work], default: unknown@example.com",
    ].map { pipeline($0, "transforms: [{\($0)}]") }

    static let checks: [Example] = [
        "type: not_null, columns: [id]", "type: unique, columns: [a, b], severity: warn",
        "type: row_count, min: 1, max: \"${N}\"", "type: accepted_values, column: c, values: [a, 1, 2.5, true, null]",
        "type: expression, expr: amount >= 0",
        "type: contract, contract_schema: {columns: {id: {dtype: int64, nullable: false, unique: true}, email: str, amount: {dtype: float64, checks: [\"ge(0)\"]}}, strict: false}",
    ].map { pipeline($0, "checks: [{\($0)}]") }

    static let sources: [Example] = [
        "type: file, path: data/*.csv, options: {delimiter: ';', header: no, skip: 2, nullstr: [NA, '-'], quote_char: '\"', encoding: latin-1, types: {a: text}, all_varchar: false, dateformat: '%d/%m/%Y'}",
        "type: file, path: 'data/date=${DATE}/', format: parquet", "type: database, connection: '${DB}', table: orders",
        "type: database, connection: 'sqlite:////a/b.db', query: \"SELECT * FROM t WHERE d = '${DATE}'\"",
        "profile: shop",
        "profile: shop, table: customers",
    ].map { Example(name: $0, yaml: "name: p\nsource: {\($0)}\nsink: {type: file, path: out.csv}") }

    static let whole: [Example] = [
        Example(
            name: "several sources, every option",
            yaml: """
                name: orders_with_customers
                description: |
                  orders
                  by customer
                engine: polars
                variables: {REGION: north, DAY: {type: date, default: 2024-01-01, description: when}}
                sources:
                  orders: {type: file, path: data/orders.parquet}
                  customers: {type: database, connection: 'postgresql://r:${secret:PW}@db/shop', table: shop.customers}
                transforms:
                  - op: join
                    right: customers
                    on: [customer_id]
                    how: left
                sink:
                  type: database
                  connection: ${DB}
                  options: {table: processed, mode: upsert, upsert_keys: [id]}
                retries: 3
                timeout: 5m
                concurrency_key: orders ${DATE}
                priority: high
                prefer: cost
                tags: [daily, 2013]
                """),
        Example(
            name: "options of a sink",
            yaml:
                "name: p\nsource: {type: file, path: a}\nsink: {type: file, options: {path: out/, partition_by: [day], mode: overwrite_partitions, format: csv}}"
        ),
        Example(
            name: "anchors",
            yaml: """
                name: p
                sources:
                  a: &csv {type: file, path: a.csv, options: &o {sep: ";"}}
                  b: {<<: *csv, path: b.csv}
                """),
    ]
}
