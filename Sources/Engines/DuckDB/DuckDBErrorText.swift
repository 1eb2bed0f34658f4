import Fleet
import Foundation

/// The one place that reads DuckDB's error texts, since its command line gives nothing else.
///
/// DuckDB quotes row values ("could not convert 'x' to …", "original line: …"). A message is therefore put together
/// from parts that are known to be harmless (file, line, column, types, counts); nothing else of the text is kept.
struct DuckDBErrorText {
    /// Such as `Conversion Error`.
    private let kind: String
    private let text: String
    /// What the author calls the columns that a plan's statements call otherwise.
    private let names: [String: String]

    init(_ text: String, names: [String: String] = [:]) {
        self.names = names
        // An error begins a line; what stands before it is not part of it.
        let found = text.firstMatch(of: #/(?m)^(?<kind>[A-Z][A-Za-z ]* Error|TransactionContext Error): /#)
        kind = found.map { String($0.kind) } ?? ""
        self.text = found.map { String(text[$0.range.upperBound...]) } ?? text
    }

    var failure: Failure {
        switch kind {
        // DuckDB's own word for it: what it has no room to spill, it has no memory for.
        case "Out of Memory Error" where text.contains("max_temp_directory_size"):
            Failure(
                .outOfMemory,
                "the run needs more temporary disk space than DuckDB may use; give it more memory or a larger limit")
        case "Out of Memory Error":
            Failure(.outOfMemory, "the run needs more memory than DuckDB may use\(memoryUsed); give it more memory")
        case "Permission Error":
            Failure(
                .accessDenied,
                "access to \(quotedPath ?? "a path") was denied: it lies outside the folders that this worker may use")
        case "IO Error": ioFailure
        case "HTTP Error", "Connection Error", "Network Error":
            Failure(.unreachable, "reading or writing over the network failed (\(kind))")
        case "Invalid Input Error" where text.hasPrefix(DuckDBCompiler.changedValues):
            Failure(.unclassified, DuckDBCompiler.changedValues)
        case "Invalid Input Error" where raggedLine != nil: Failure(.badData, raggedLine ?? "")
        case "Conversion Error", "Out of Range Error", "Invalid Input Error", "Mismatch Type Error",
            "Constraint Error", "Invalid Type Error", "Divide by Zero Error", "Decimal Error", "Sequence Error":
            Failure(.badData, dataMessage)
        case "Binder Error", "Catalog Error", "Parser Error", "Syntax Error", "Parameter Not Allowed Error",
            "Parameter Not Resolved Error", "Not implemented Error", "Invalid Configuration Error":
            Failure(.invalidPipeline, "DuckDB refused the pipeline: \(kind): \(firstLine)")
        case "":
            Failure(.unclassified, "DuckDB failed without a reason that is known (\(text.utf8.count) bytes of text)")
        default:
            Failure(.unclassified, "DuckDB failed: \(kind)")
        }
    }

    /// Our own words, with a number in them.
    private var raggedLine: String? {
        guard let found = text.prefixMatch(of: #/CSV line (\d{1,12})/#), found.output.1.utf8.count > 0,
            text[found.range.upperBound...].hasPrefix(DuckDBScan.raggedLine)
        else { return nil }
        return "CSV line \(found.1)\(DuckDBScan.raggedLine)"
    }

    private var ioFailure: Failure {
        let path = quotedPath ?? "a file"
        if text.hasPrefix("No files found") {
            return Failure(
                .inputMissing,
                "no file matches \(path); see whether the path is right, a relative one begins where the run was started"
            )
        }
        if text.contains("No space left on device") || text.contains("Disk quota exceeded") {
            if path.contains("/duckdb_temp_") {
                return Failure(
                    .outOfMemory,
                    "the run needs more memory than DuckDB may use, and no space is left on the disk that it spills to")
            }
            return Failure(.diskFull, "writing \(path) failed: no space left on the disk")
        }
        if text.contains("Permission denied") || text.contains("Read-only file system") {
            return Failure(.accessDenied, "opening \(path) failed: the file system denied it")
        }
        if text.contains("No such file or directory") {
            return Failure(.inputMissing, "opening \(path) failed: it does not exist")
        }
        return Failure(.unclassified, "reading or writing \(path) failed: the system's reason is not known here")
    }

    private var dataMessage: String {
        let place = [file.map { "file \($0)" }, line.map { "line \($0)" }, column.map { "column \"\($0)\"" }]
            .compactMap { $0 }.joined(separator: ", ")
        return place.isEmpty ? reason : "\(place): \(reason)"
    }

    /// What is wrong with the data, without the data.
    var reason: String {
        if let counts = body.firstMatch(of: #/Expected Number of Columns: (\d+) Found: (\d+)/#) {
            return "the row has \(counts.2) fields where \(counts.1) are expected"
        }
        if body.contains("No magic bytes found") || body.contains("too small to be a Parquet file") {
            return "not a Parquet file; if it is another one, say so with format: csv or json"
        }
        if body.contains("Malformed JSON") { return "malformed JSON" }
        if body.contains("maximum_object_size") { return "a JSON object is larger than DuckDB reads (16 MiB)" }
        if body.contains("has duplicate key") { return "a JSON object holds a key twice" }
        if body.contains("has unknown key") { return "a JSON object holds a key that the file did not have before" }
        if text.hasPrefix("Schema mismatch between globbed files") || text.contains("schema mismatch in glob: ") {
            return "its columns are not those of the first file"
        }
        if body.contains("Error when sniffing file") || body.contains("sniffing") {
            return
                "the form of the CSV file was not recognised: its lines have different numbers of fields or different "
                + "ends, or the delimiter or quote is another one, which the options can say"
        }
        if body.contains("unterminated quote") || body.contains("Value with unterminated quote") {
            return "a quoted value does not end"
        }
        if body.contains("Invalid unicode") || body.contains("not utf-8") || body.contains("UTF-8") {
            return "the text is not valid UTF-8; give the encoding in the options"
        }
        if body.contains("Maximum line size") { return "a line is longer than DuckDB reads" }
        if body.contains("verflow") { return "a number is too large for its type (overflow)" }
        if let type = targetType { return "a value cannot be read as \(type)" }
        if let values = body.firstMatch(of: #/Type (\w+) with value/#) {
            return "a value of type \(values.1) does not fit"
        }
        if kind == "Conversion Error" { return "a value cannot be converted to the type that is asked for" }
        return "DuckDB refused a value (\(kind))"
    }

    // MARK: - Harmless parts

    /// The text without the row that a CSV error quotes, which could look like anything.
    private var body: Substring {
        guard let quoted = text.firstMatch(of: #/(?m)^Original Line: /#) else { return text[...] }
        // The quoted row ends where one of DuckDB's own lines begins; the last such line counts.
        let known =
            #/(?m)^(Error when converting column|Expected Number of Columns|Value with unterminated quote|Maximum line size|Invalid unicode)/#
        guard let last = text[quoted.range.upperBound...].matches(of: known).last else { return "" }
        return text[last.range.lowerBound...]
    }

    private var line: String? {
        if let csv = text.firstMatch(of: #/^CSV Error on Line: (\d+)/#) { return String(csv.1) }
        return text.prefixMatch(
            of: #/(?:Malformed JSON|JSON transform error) in file "[^\n]*?", (?:at byte \d+ )?in line (\d+)/#
        )
        .map { String($0.1) }
    }

    private var column: String? {
        if let csv = body.firstMatch(of: #/^Error when converting column "([^"\n]{1,128})"/#) { return String(csv.1) }
        return firstLineText.firstMatch(of: #/when casting from source column ([^\n]{1,128})$/#).map { found in
            let name = String(found.1)
            return names[name] ?? name
        }
    }

    private var file: String? {
        if let csv = text.matches(of: #/(?m)^  file = ([^\n]{1,512})$/#).last { return String(csv.1) }
        if let glob = text.firstMatch(of: #/(?m)^Current file: ([^\n]{1,512})$/#) { return String(glob.1) }
        let known = [
            "No magic bytes found", "Malformed JSON in file", "JSON transform error in file", "Error when sniffing",
            "Failed to read file",
        ]
        if known.contains(where: { text.hasPrefix($0) }) { return quotedPath }
        return nil
    }

    private var targetType: String? {
        let patterns = [
            #/Could not convert string ".*" to '([A-Z0-9_(), ]{1,40})'/#.dotMatchesNewlines(),
            #/[Cc]ould not convert string '.*' to ([A-Z0-9_(), ]{1,40}?)(?: when casting|$)/#.dotMatchesNewlines(),
            #/destination type ([A-Z0-9_(), ]{1,40}?)(?: when casting|$)/#,
            #/to type ([A-Z0-9_(), ]{1,40}) failed/#,
        ]
        for pattern in patterns {
            if let found = firstLineOrBody.firstMatch(of: pattern) { return String(found.1) }
        }
        if let found = firstLineText.firstMatch(of: #/^(?:invalid )?(date|timestamp|time|interval)\b/#.ignoresCase()) {
            return String(found.1).lowercased()
        }
        return nil
    }

    private var memoryUsed: String {
        firstLineText.firstMatch(of: #/\(([\d.]+ [KMGT]?i?B)\/([\d.]+ [KMGT]?i?B) used\)/#)
            .map { " (\($0.2))" } ?? ""
    }

    private var quotedPath: String? {
        firstLineText.firstMatch(of: #/["']([^"'\n]{1,512})["']/#).map { String($0.1) }
    }

    private var firstLineText: String { String(text.prefix { $0 != "\n" }) }

    private var firstLineOrBody: String { body.startIndex == text.startIndex ? firstLineText : String(body) }

    /// Of a statement's refusal: names of columns and functions, and our own SQL's words. Text in single quotes is a
    /// literal and goes.
    private var firstLine: String {
        String(firstLineText.prefix(300)).replacing(#/'[^']*'?/#, with: "'…'")
    }
}
