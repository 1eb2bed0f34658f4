/// One pipeline; `{TABLE}` in its transforms stands for a table's path.
struct Workload {
    var name: String
    /// The source's table, then those that the transforms name.
    var tables: [String]
    var transforms: [String]

    private init(_ name: String, _ tables: [String], _ transforms: [String]) {
        (self.name, self.tables, self.transforms) = (name, tables, transforms)
    }

    func yaml(_ dataset: Dataset, sink: String) -> String {
        var steps = transforms.map { "  - \($0)" }.joined(separator: "\n")
        for table in tables { steps = steps.replacing("{\(table)}", with: dataset.paths[table] ?? "") }
        return """
            name: \(name)
            source: {type: file, path: "\(dataset.paths[tables[0]] ?? "")"}
            transforms:
            \(steps)
            sink: {type: file, path: "\(sink)", format: parquet}

            """
    }

    private static func join(_ table: String, _ left: String, _ right: String, how: String = "inner") -> String {
        "{op: join, right: {type: file, path: \"{\(table)}\"}, left_on: [\(left)], right_on: [\(right)], how: \(how)}"
    }

    static let all: [Workload] = [
        Workload(
            "delays", ["flights"],
            ["{op: aggregate, group_by: [carrier], aggs: {n: count(*), late: avg(dep_delay)}}"]),
        Workload(
            "airline-names", ["flights", "airlines"],
            [
                join("airlines", "carrier", "carrier"),
                "{op: aggregate, group_by: [name], aggs: {n: count(*), far: max(distance)}}",
            ]),
        Workload(
            "makers", ["flights", "planes"],
            [
                "{op: select, columns: [tailnum, distance]}", join("planes", "tailnum", "tailnum"),
                "{op: aggregate, group_by: [manufacturer], aggs: {n: count(*), miles: sum(distance)}}",
            ]),
        Workload(
            "weather", ["flights", "weather"],
            [
                "{op: select, columns: [origin, time_hour, dep_delay]}",
                join("weather", "origin, time_hour", "origin, time_hour"),
                "{op: aggregate, group_by: [origin], aggs: {late: avg(dep_delay), wind: max(wind_speed)}}",
            ]),
        Workload(
            "previous-delay", ["flights"],
            [
                "{op: window, columns: [{name: before, func: lag, column: dep_delay, partition_by: [tailnum], "
                    + "order_by: [time_hour, flight, sched_dep_time]}]}",
                "{op: select, columns: [tailnum, time_hour, dep_delay, before]}",
            ]),
        Workload(
            "farthest", ["flights"],
            [
                "{op: select, columns: [carrier, flight, origin, dest, distance]}",
                "{op: sort, by: [{column: distance, descending: true}, carrier, flight]}", "{op: limit, n: 100}",
            ]),
        Workload(
            "busy-routes", ["flights"],
            [
                "{op: aggregate, group_by: [origin, dest, month], aggs: {n: count(*)}}",
                "{op: filter, predicate: n > 100}",
                "{op: sort, by: [origin, dest, month]}",
            ]),
        Workload(
            "cleaned", ["flights"],
            [
                "{op: filter, predicate: dep_delay is not null}",
                "{op: derive_column, name: gain, expr: dep_delay - arr_delay}",
            ]),
        Workload(
            "june", ["flights_by_month"],
            [
                "{op: filter, predicate: month = 6}",
                "{op: aggregate, group_by: [dest], aggs: {n: count(*), late: avg(arr_delay)}}",
            ]),
        Workload(
            "second-half", ["flights_by_month"],
            ["{op: filter, predicate: month >= 7}", "{op: select, columns: [month, day, carrier, distance]}"]),
        Workload(
            "pricing-summary", ["lineitem"],
            [
                "{op: filter, predicate: \"l_shipdate <= '1998-09-02'\"}",
                "{op: derive_column, name: reduced, expr: l_extendedprice * (1 - l_discount)}",
                "{op: aggregate, group_by: [l_returnflag, l_linestatus], aggs: {q: sum(l_quantity), p: sum(reduced), "
                    + "n: count(*)}}",
            ]),
        Workload(
            "revenue-forecast", ["lineitem"],
            [
                "{op: filter, predicate: \"l_shipdate >= '1994-01-01' and l_shipdate < '1995-01-01' and "
                    + "l_discount between 0.05 and 0.07 and l_quantity < 24\"}",
                "{op: derive_column, name: revenue, expr: l_extendedprice * l_discount}",
                "{op: aggregate, group_by: [], aggs: {revenue: sum(revenue)}}",
            ]),
        Workload(
            "shipping-priority", ["lineitem", "orders"],
            [
                "{op: filter, predicate: \"l_shipdate > '1995-03-15'\"}",
                "{op: select, columns: [l_orderkey, l_extendedprice]}", join("orders", "l_orderkey", "o_orderkey"),
                "{op: aggregate, group_by: [l_orderkey, o_orderdate], aggs: {revenue: sum(l_extendedprice)}}",
                "{op: sort, by: [{column: revenue, descending: true}, l_orderkey]}", "{op: limit, n: 10}",
            ]),
        Workload(
            "order-priority", ["orders", "lineitem"],
            [
                join("lineitem", "o_orderkey", "l_orderkey", how: "semi"),
                "{op: aggregate, group_by: [o_orderpriority], aggs: {n: count(*)}}",
            ]),
        Workload(
            "nations", ["lineitem", "orders", "customer"],
            [
                "{op: select, columns: [l_orderkey, l_extendedprice]}", join("orders", "l_orderkey", "o_orderkey"),
                join("customer", "o_custkey", "c_custkey"),
                "{op: aggregate, group_by: [c_nationkey], aggs: {revenue: sum(l_extendedprice)}}",
            ]),
        Workload(
            "ship-modes", ["lineitem", "orders"],
            [
                "{op: filter, predicate: \"l_shipmode in ('MAIL', 'SHIP')\"}",
                "{op: select, columns: [l_orderkey, l_shipmode]}", join("orders", "l_orderkey", "o_orderkey"),
                "{op: aggregate, group_by: [l_shipmode, o_orderpriority], aggs: {n: count(*)}}",
            ]),
        Workload(
            "promotions", ["lineitem", "part"],
            [
                "{op: select, columns: [l_partkey, l_extendedprice]}", join("part", "l_partkey", "p_partkey"),
                "{op: aggregate, group_by: [p_type], aggs: {revenue: sum(l_extendedprice)}}",
            ]),
        Workload(
            "large-orders", ["lineitem", "orders"],
            [
                "{op: aggregate, group_by: [l_orderkey], aggs: {q: sum(l_quantity)}}",
                "{op: filter, predicate: q > 250}",
                join("orders", "l_orderkey", "o_orderkey"),
            ]),
        Workload(
            "orders-per-customer", ["customer", "orders"],
            [
                join("orders", "c_custkey", "o_custkey", how: "left"),
                "{op: aggregate, group_by: [c_custkey], aggs: {n: count(o_orderkey)}}",
                "{op: aggregate, group_by: [n], aggs: {customers: count(*)}}",
            ]),
        Workload(
            "part-averages", ["lineitem"],
            ["{op: aggregate, group_by: [l_partkey], aggs: {q: sum(l_quantity), n: count(*)}}"]),
        Workload(
            "expensive", ["lineitem"],
            [
                "{op: filter, predicate: l_quantity > 45}",
                "{op: select, columns: [l_orderkey, l_quantity, l_extendedprice, l_shipdate]}",
            ]),
        Workload("everything", ["lineitem"], ["{op: filter, predicate: l_quantity > 0}"]),
        Workload(
            "by-date", ["lineitem"],
            [
                "{op: select, columns: [l_orderkey, l_linenumber, l_extendedprice, l_shipdate]}",
                "{op: sort, by: [l_shipdate, l_orderkey, l_linenumber]}",
            ]),
        Workload(
            "ranks", ["lineitem"],
            [
                "{op: select, columns: [l_orderkey, l_partkey, l_extendedprice]}",
                "{op: window, columns: [{name: r, func: rank, partition_by: [l_partkey], "
                    + "order_by: [l_extendedprice, l_orderkey]}]}",
            ]),
        Workload(
            "distinct-parts", ["lineitem"],
            ["{op: select, columns: [l_partkey, l_suppkey]}", "{op: dedup}"]),
        Workload(
            "sorted", ["lineitem"],
            ["{op: sort, by: [l_shipdate, l_orderkey, l_linenumber]}"]),
        Workload(
            "customers-suppliers", ["orders", "lineitem"],
            [
                "{op: select, columns: [o_orderkey, o_custkey]}", join("lineitem", "o_orderkey", "l_orderkey"),
                "{op: aggregate, group_by: [o_custkey, l_suppkey], aggs: {n: count(*), price: sum(l_extendedprice), "
                    + "last: max(l_comment)}}",
            ]),
        Workload(
            "running-totals", ["lineitem"],
            [
                "{op: window, columns: [{name: total, func: sum, column: l_extendedprice, partition_by: [l_suppkey], "
                    + "order_by: [l_shipdate, l_orderkey, l_linenumber]}]}"
            ]),
    ]
}
