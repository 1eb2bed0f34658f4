/// What is to be measured.
struct Options {
    var minutes = 20.0
    /// Of TPC-H; 1 is a gigabyte of text.
    var scales: [Double] = []
    /// Names of datasets to keep to; none: all.
    var datasets: [String] = []
    /// Names of pipelines to keep to; none: all.
    var pipelines: [String] = []
    /// That DuckDB is given; none: what it takes by itself.
    var memories: [String] = []
    var out = "routing.jsonl"
    /// Where the datasets are, and stay; nil: made, and removed at the end.
    var folder: String?
    /// Measurements whose decisions alone are to be made again, with the program of now.
    var again: String?
    /// DuckDB alone: what memory it needs, for instance.
    var hasSpark = true

    struct Wrong: Error, CustomStringConvertible { var description: String }

    static let usage =
        "[--minutes N] [--scale F]… [--dataset NAME]… [--pipeline NAME]… [--memory SIZE]… [--folder FOLDER] "
        + "[--engines both|duckdb] [--again FILE] [--out FILE]"

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Wrong(description: "\(name) needs a value; \(Self.usage)") }
            switch name {
            case "--minutes": minutes = try Self.number(value, name)
            case "--scale": scales.append(try Self.number(value, name))
            case "--dataset": datasets.append(value)
            case "--pipeline": pipelines.append(value)
            case "--memory": memories.append(value)
            case "--folder": folder = value
            case "--again": again = value
            case "--engines": hasSpark = value != "duckdb"
            case "--out": out = value
            default: throw Wrong(description: "unknown option \(name); \(Self.usage)")
            }
        }
        if scales.isEmpty { scales = [0.01, 0.1] }
    }

    private static func number(_ text: String, _ name: String) throws -> Double {
        guard let value = Double(text), value > 0 else {
            throw Wrong(description: "\(name): \(text) is no number above 0")
        }
        return value
    }
}
