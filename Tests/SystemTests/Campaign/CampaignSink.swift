import Foundation

/// One sink of the campaign: a file or folder that many runs write, each with a text of its own in every row.
struct CampaignSink: Sendable, Hashable {
    enum Kind: String, Sendable, CaseIterable {
        /// One CSV file, replaced.
        case file
        /// One CSV file, replaced, after half a second of work.
        case slow
        /// One CSV file that grows.
        case append
        /// A folder of three partitions, replaced as a whole.
        case folder
        /// One CSV file on a disk that is sometimes full.
        case tight
    }

    var kind: Kind
    var name: String
    /// Absolute path of the file or folder.
    var path: String

    var rowsOfRun: Int {
        switch kind {
        case .file, .tight, .folder: 600
        case .slow: 500
        case .append: 40
        }
    }

    var pipeline: String { "\(kind.rawValue).yml" }

    /// The folder of `name` for sinks on the small disk is `tightFolder`.
    static func all(in folder: String, tightFolder: String?) -> [CampaignSink] {
        var sinks: [CampaignSink] = []
        func add(_ kind: Kind, _ count: Int, below: String, _ ending: String) {
            for number in 1...count {
                let name = "\(kind.rawValue)\(number)"
                sinks.append(CampaignSink(kind: kind, name: name, path: "\(below)/\(name)/\(name)\(ending)"))
            }
        }
        add(.file, 3, below: folder + "/sinks", ".csv")
        add(.slow, 2, below: folder + "/sinks", ".csv")
        add(.append, 2, below: folder + "/sinks", ".csv")
        add(.folder, 2, below: folder + "/sinks", "")
        if let tightFolder { add(.tight, 2, below: tightFolder, ".csv") }
        return sinks
    }

    /// Writes the pipelines and their input.
    static func prepare(in folder: String) throws {
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        try write("id,part\n" + (1...600).map { "\($0),\($0 % 3)\n" }.joined(), "rows.csv")
        try write("id\n" + (1...40).map { "\($0)\n" }.joined(), "few.csv")
        try write("k,a\n" + (1...6000).map { "1,\($0)\n" }.joined(), "many.csv")
        let mark = #"  - {op: derive_column, name: mark, expr: "'${MARK}'"}"#
        func pipeline(_ kind: Kind, _ source: String, _ steps: [String], _ sink: String) throws {
            try write(
                """
                name: torture_\(kind.rawValue)
                source: {type: file, path: \(source)}
                transforms:
                \((steps + [mark]).joined(separator: "\n"))
                checks:
                  - {type: row_count, min: 1}
                sink: {type: file, path: "${SINK}", format: csv\(sink)}

                """, "\(kind.rawValue).yml")
        }
        try pipeline(.file, "rows.csv", [], "")
        try pipeline(.tight, "rows.csv", [], "")
        try pipeline(.append, "few.csv", [], ", mode: append")
        try pipeline(.folder, "rows.csv", [], ", partition_by: [part]")
        try pipeline(
            .slow, "many.csv",
            [
                "  - {op: join, right: {type: file, path: many.csv}, on: [k]}",
                "  - {op: derive_column, name: id, expr: a % 500}",
                "  - {op: aggregate, group_by: [id], aggs: {n: count(*), top: max(a_right)}}",
                "  - {op: sort, by: [id]}",
            ], "")
    }
}
