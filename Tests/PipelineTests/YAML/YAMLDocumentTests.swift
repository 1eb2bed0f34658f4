import Foundation
import Testing

@testable import Pipeline

@Suite struct YAMLDocumentTests {
    /// A tree as text, for comparison.
    private func outline(_ yaml: String) throws -> String {
        func outline(_ node: YAMLNode) -> String {
            switch node.content {
            case .scalar(let scalar): return scalar.text
            case .sequence(let items): return "[" + items.map(outline).joined(separator: ", ") + "]"
            case .mapping(let entries):
                return "{" + entries.map { "\($0.key): \(outline($0.value))" }.joined(separator: ", ") + "}"
            }
        }
        return outline(try YAMLDocument.read(yaml).root)
    }

    private func problem(_ yaml: String) -> Problem? {
        do {
            return try YAMLDocument.read(yaml).problems.first
        } catch {
            return error
        }
    }

    @Test func anchorsAndMergesAreResolvedInOrder() throws {
        #expect(try outline("a: &x {p: 1, q: 2}\nb: *x") == "{a: {p: 1, q: 2}, b: {p: 1, q: 2}}")
        #expect(
            try outline("a: &x {p: 1, q: 2}\nb: {r: 3, <<: *x, q: 9}") == "{a: {p: 1, q: 2}, b: {p: 1, q: 9, r: 3}}")
        #expect(
            try outline("a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc: {<<: [*x, *y]}")
                == "{a: {p: 1}, b: {p: 2, q: 2}, c: {p: 1, q: 2}}")
        #expect(problem("a: {<<: 1}")?.message == "<< merges mappings only")
    }

    @Test func repeatedKeysAreAllReportedAtTheLaterPlace() throws {
        let document = try YAMLDocument.read("a: 1\nb: {c: 1, c: 2}\n\"a\": 3\na: 4\n")
        #expect(document.problems.map(\.path) == ["b.c", "a", "a"])
        #expect(
            document.problems.map(\.position) == [
                SourcePosition(line: 2, column: 11), SourcePosition(line: 3, column: 1),
                SourcePosition(line: 4, column: 1),
            ])
        #expect(document.problems[0].message == "\"c\" stands more than once in this mapping")
        guard case .mapping(let entries) = document.root.content else { return }
        #expect(entries.map(\.key) == ["a", "b"])
    }

    @Test func composedAndDecomposedKeysAreTwoKeys() throws {
        let document = try YAMLDocument.read("\u{e9}: 1\ne\u{301}: 2")
        #expect(document.problems.isEmpty)
        guard case .mapping(let entries) = document.root.content else { return }
        #expect(entries.map { Array($0.key.utf8) } == [Array("\u{e9}".utf8), Array("e\u{301}".utf8)])
    }

    @Test func syntaxErrorsSayWhere() {
        #expect(problem("a: b: c")?.position == SourcePosition(line: 1, column: 5))
        #expect(problem("a: [1, 2\nb: 3")?.position?.line == 2)
        #expect(problem("a: \"b")?.message.hasPrefix("YAML syntax: ") == true)
        #expect(problem("\tname: p")?.position == SourcePosition(line: 1, column: 1))
        #expect(problem("a: 1\n---\nb: 2")?.position?.line == 2)
        #expect(problem("a: x\u{7}y")?.position == SourcePosition(line: 1, column: 5))
        #expect(problem("a: *b")?.message.contains("undefined alias") == true)
        #expect(
            problem("a: !!python/object x")?.message
                == "the tag tag:yaml.org,2002:python/object is not supported; remove it")
        #expect(problem("? [a]\n: b")?.message == "a key must be text")
    }

    @Test(arguments: ["", "\n", "# only a comment\n", "\u{FEFF}"])
    func anEmptyFileIsSaidToBeEmpty(yaml: String) {
        #expect(problem(yaml)?.message.hasPrefix("the file is empty") == true)
    }

    @Test func aByteOrderMarkDoesNotShiftPositions() throws {
        #expect(try YAMLDocument.read("\u{FEFF}a: 1").root.position == SourcePosition(line: 1, column: 1))
    }

    @Test func limitsAreErrorsNotTraps() async {
        #expect(
            problem("a: " + String(repeating: "x", count: YAMLDocument.byteLimit))?.message.contains("at most 1048576")
                == true)
        #expect(
            problem(String(repeating: "[", count: 80) + String(repeating: "]", count: 80))?.message
                == "values are nested more than 64 deep")
        #expect(
            problem("[" + String(repeating: "a,", count: YAMLDocument.nodeLimit) + "]")?.message.contains(
                "more than 50000 values") == true)
        // As deep as the parser itself goes, on the small stack that a secondary thread may have.
        let messages = await withCheckedContinuation { continuation in
            let thread = Thread {
                let flow = problem(String(repeating: "[", count: 100_000))?.message
                let block = problem((0..<1200).map { String(repeating: " ", count: $0) + "a:\n" }.joined())?.message
                let balanced = problem(String(repeating: "[", count: 990) + String(repeating: "]", count: 990))?.message
                continuation.resume(returning: [flow, block, balanced])
            }
            thread.stackSize = 256 << 10
            thread.start()
        }
        #expect(messages.allSatisfy { $0 != nil }, "\(messages)")
    }

    @Test func aliasesOfAliasesAreCountedAndRefused() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            bomb += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(problem(bomb)?.message == "the file stands for more than 50000 values, aliases resolved")
        // As keys they would keep the parser busy for ever.
        for key in [
            "? *a30\n: x", "*a30 : x", "[*a30]: x", "b: {? *a30 : x}", "b: {[*a30]: x}", "b: [{*a30 : x}]", "? [*a30]",
        ] {
            #expect(problem(bomb + key)?.message.contains("keys must be plain text") == true, "\(key)")
        }
        #expect(problem("a: &x [1]\nb: *x\nc: 'a b? https://x?y'")?.message == nil)
    }

    @Test(arguments: [
        // Where the letter Z of the text stands in the file.
        "a: x Z", "a: 'x Z'", "a: \"x Z\"", "a: 'it''s Z'", "a: \"tab\\t \\u00e9 \\x41 Z\"", "a: |\n  x\n    y\n  Z",
        "a: >\n  x\n  y Z", "a: >\n  x\n\n  y\n  Z\n", "a: x\n  y\n  Z", "a: \"x\n  y \\\n  w Z\"", "a: 'x\n\n  y Z'",
        "a: !!str Z", "a: &n \"y Z\"", "a: |2-\n   x\n  Z", "a: >- # comment\n  x\n  Z", "{a: 'x Z'}",
        "a: \"\\\\ \\\" Z\"",
        "a: 'é́ Z'", "a: |\r\n  x\r\n  Z\r\n", "a: \"x\\n  Z\"",
    ])
    func offsetsInATextPointIntoTheFile(yaml: String) throws {
        let document = try YAMLDocument.read(yaml)
        guard case .mapping(let entries) = document.root.content, case .scalar(let scalar) = entries[0].value.content
        else {
            Issue.record("no scalar")
            return
        }
        let origin = TextAlignment.origin(
            of: scalar, at: entries[0].value.position, in: document.text, file: nil, path: "a")
        let offset = try #require(Array(scalar.text.unicodeScalars).firstIndex(of: "Z"))
        let wanted = try #require(document.text.scalars.firstIndex(of: "Z"))
        #expect(origin.position(ofScalar: offset, in: scalar.text) == document.text.position(ofScalar: wanted))
    }
}
