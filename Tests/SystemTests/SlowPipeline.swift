/// A pipeline that joins every row of `many.csv` with every row: seconds to minutes of work for one child, from a small
/// file.
enum SlowPipeline {
    static func yaml(name: String) -> String {
        """
        name: \(name)
        source: {type: file, path: many.csv}
        transforms:
          - op: join
            right: {type: file, path: many.csv}
            on: [k]
          - op: derive_column
            name: x
            expr: sqrt(a * a_right) + ln(a + a_right)
          - op: aggregate
            group_by: [k]
            aggs: {n: count(*), top: max(x)}
        sink: {type: file, path: out/\(name).parquet}
        """
    }

    /// The text of `many.csv`.
    static func rows(_ count: Int) -> String { "k,a\n" + (1...count).map { "1,\($0)\n" }.joined() }
}

extension Program.Ended {
    /// The id of the run that `submit --json` handed in.
    var submittedRun: String {
        get throws {
            guard code == 0, let run = try json["run_id"]?.text else {
                throw Program.Unexpected("submit: \(code) \(errors) \(output)")
            }
            return run
        }
    }
}
