import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// What the engine does beyond executing one statement: asking for pivots' values, reading united sources, fetching
/// samples of checks that failed.
@Suite struct OperationsInEngineTests {
    private func report(
        _ files: KeyValuePairs<String, String>, transforms: [String] = [], checks: [String] = [],
        _ body: (AttemptReport, String) throws -> Void = { _, _ in }
    ) async throws {
        try await withTemporaryFolder { folder in
            for (name, text) in files { try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).csv")) }
            let sources = files.map { "  \($0.key): {type: file, path: \($0.key).csv, format: csv}\n" }.joined()
            let steps = transforms.map { "- {\($0)}\n" }.joined()
            let tests = checks.map { "- {\($0)}\n" }.joined()
            let yaml =
                "name: p\nsources:\n\(sources)sink: {type: file, path: out.csv}\n"
                + (steps.isEmpty ? "" : "transforms:\n\(steps)") + (tests.isEmpty ? "" : "checks:\n\(tests)")
            let spec = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            do {
                let report = try await engine.execute(
                    Attempt(
                        lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date())
                ) { _ in }
                if let manifest = report.manifest { try await FilePublisher().move(manifest) }
                let output = folder + "/out.csv"
                let isThere = FileManager.default.fileExists(atPath: output)
                try body(report, isThere ? String(contentsOfFile: output, encoding: .utf8) : "")
            } catch {
                await engine.pool.shutDown()
                throw error
            }
            await engine.pool.shutDown()
        }
    }

    @Test func aPivotIsPlannedWithTheValuesOfTheRunsOwnInput() async throws {
        try await report(
            ["in": "r,m,v\nx,2,1\ny,10,2\nx,,3\n"],
            transforms: ["op: pivot, index: r, columns: m, values: v", "op: sort, by: [r]"]
        ) { report, output in
            #expect(output == "r,2,10,null\nx,1,,3\ny,,2,\n")
            #expect(report.steps.map(\.name).contains("transform_0_pivot"))
        }
    }

    @Test func whatAPivotCannotTakeFailsAsAWrongPipeline() async throws {
        await #expect {
            try await report(
                ["in": "r,m,v\nx,a,1\ny,A,2\n"], transforms: ["op: pivot, index: r, columns: m, values: v"])
        } throws: { error in
            let failure = error as? Failure
            return failure?.kind == .invalidPipeline && failure?.message.contains("differ only in case") == true
        }
    }

    @Test func unitedSourcesAreInputsOfTheRun() async throws {
        try await report(
            ["a": "k\n1\n2\n", "b": "k\n3\n", "unused": "k\n4\n"], transforms: ["op: union, sources: [b]"]
        ) {
            report, output in
            #expect(output.split(separator: "\n").sorted() == ["1", "2", "3", "k"])
            #expect(report.inputs.compactMap(\.sourceName) == ["a", "b"])
        }
    }

    @Test func samplesOfFailedChecksAreInTheReportAndNotInItsMessages() async throws {
        try await report(
            ["in": "id,v\n7001,1\n7001,2\n7002,\n"],
            checks: ["type: unique, columns: [id]", "type: not_null, columns: [v]", "type: row_count, min: 1"]
        ) { report, output in
            #expect(output.isEmpty && report.manifest == nil)
            #expect(report.checks.map(\.samples) == [["7001"], ["7002"], []])
            #expect(report.checks.allSatisfy { !$0.message.contains("700") })
        }
    }
}
