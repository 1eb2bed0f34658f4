import Foundation
import Testing

/// One of the cases in `Cases/*.txt`: files, a pipeline over them, and what comes of it.
///
///     === name
///     --- in.csv
///     a,b
///     1,2
///     --- variables
///     N=1
///     --- p.yml
///     name: p
///     …
///     --- out.csv            (or `out.csv (in any order)`: its lines behind the first may stand in any)
///     a,b
///     1,2
///
/// Instead of the result `--- error` with a part of the message. What stands before `p.yml` is written before the run.
struct LanguageCase: Sendable, CustomTestStringConvertible {
    var name: String
    var files: [(name: String, text: String)] = []
    var variables: [String: String] = [:]
    var pipeline = ""
    var result: (name: String, text: String, isOrdered: Bool)?
    var error: String?

    var testDescription: String { name }

    /// `section`: the file's name without its ending.
    static func read(_ section: String) throws -> [LanguageCase] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Cases/\(section).txt")
        let lines = try String(contentsOf: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        var cases: [LanguageCase] = []
        var part: String?
        var text = ""
        func finish() {
            guard let name = part, !cases.isEmpty else { return }
            cases[cases.count - 1].add(name, text)
        }
        for line in lines {
            if line.hasPrefix("=== ") {
                // The empty line before it.
                if text.hasSuffix("\n\n") || text == "\n" { text.removeLast() }
                finish()
                part = nil
                cases.append(LanguageCase(name: String(line.dropFirst(4))))
            } else if line.hasPrefix("--- ") {
                finish()
                (part, text) = (String(line.dropFirst(4)), "")
            } else {
                text += line + "\n"
            }
        }
        // The line that the last line break begins.
        if text.hasSuffix("\n") { text.removeLast() }
        finish()
        return cases
    }

    private mutating func add(_ part: String, _ text: String) {
        switch part {
        case "p.yml": pipeline = text
        case "error": error = text.trimmingCharacters(in: .newlines)
        case "variables":
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                variables[parts[0]] = parts.count > 1 ? parts[1] : ""
            }
        case _ where pipeline.isEmpty: files.append((part, text))
        default:
            let any = " (in any order)"
            let isOrdered = !part.hasSuffix(any)
            result = (isOrdered ? part : String(part.dropLast(any.count)), text, isOrdered)
        }
    }
}
