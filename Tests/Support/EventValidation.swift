public import Foundation

/// Validates OpenLineage events against the published JSON schemas, and reads them with OpenLineage's own client.
public enum EventValidation {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Where the schemas are: `QUICKETL_OPENLINEAGE_SCHEMAS`, or `../shared/openlineage`. They are not part of the
    /// project; without them there is nothing to validate against.
    public static let schemas: URL? = {
        let given = ProcessInfo.processInfo.environment["QUICKETL_OPENLINEAGE_SCHEMAS"].map { URL(fileURLWithPath: $0) }
        let folder = given ?? root.deletingLastPathComponent().appending(path: "shared/openlineage")
        return FileManager.default.fileExists(atPath: folder.appending(path: "OpenLineage.json").path) ? folder : nil
    }()

    public static let absence: String =
        "no OpenLineage schemas here; name their folder in QUICKETL_OPENLINEAGE_SCHEMAS to validate events"

    /// `lines`: one event each. Answers whether all are valid, and what the validator says.
    public static func check(_ lines: [String]) throws -> (isValid: Bool, report: String) {
        guard let schemas else { return (false, absence) }
        let process = Process()
        process.executableURL = root.appending(path: ".tools/test-venv/bin/python")
        process.arguments = [root.appending(path: "Tests/Support/validate_events.py").path, schemas.path]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = Data(lines.joined(separator: "\n").utf8)
        // A thread of its own, for both ends of the pipes can be full.
        Thread.detachNewThread {
            // What it does not read it says in its report.
            try? input.fileHandleForWriting.write(contentsOf: text)
            try? input.fileHandleForWriting.close()
        }
        let report = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus == 0, report)
    }
}
