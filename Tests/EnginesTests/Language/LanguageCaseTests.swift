import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// What the language reference says, example by example, from the text of a pipeline to the file that it writes.
@Suite struct LanguageCaseTests {
    @Test(arguments: ["expressions", "transforms", "files", "pipelines", "edges", "documented"])
    func pipelinesMeanWhatTheReferenceSays(section: String) async throws {
        let cases = try LanguageCase.read(section)
        #expect(cases.count > 20)
        try await withTemporaryFolder { folder in
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            do {
                for (index, one) in cases.enumerated() {
                    let place = "\(folder)/\(index)"
                    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                    for file in one.files { try write(file.text, to: "\(place)/\(file.name)") }
                    let outcome = try await Self.outcome(of: one, in: place, engine)
                    switch outcome {
                    case .success:
                        guard let expected = one.result else {
                            Issue.record(
                                "\(section)/\(one.name): it ran, but an error was expected: \(one.error ?? "")")
                            continue
                        }
                        let text = try String(contentsOfFile: "\(place)/\(expected.name)", encoding: .utf8)
                        let (got, wanted) =
                            expected.isOrdered ? (text, expected.text) : (Self.sorted(text), Self.sorted(expected.text))
                        #expect(Array(got.utf8) == Array(wanted.utf8), "\(section)/\(one.name): \(got)")
                    case .failure(let refusal):
                        let said = refusal.message.lowercased()
                        #expect(
                            one.error.map { said.contains($0.lowercased()) } == true,
                            "\(section)/\(one.name): \(refusal.message)")
                    }
                }
            } catch {
                await engine.pool.shutDown()
                throw error
            }
            await engine.pool.shutDown()
        }
    }

    struct Refusal: Error { var message: String }

    private static func outcome(of one: LanguageCase, in folder: String, _ engine: DuckDBEngine) async throws
        -> Result<Void, Refusal>
    {
        do {
            try await run(one, in: folder, engine, tables: nil)
            return .success(())
        } catch let refusal as Refusal {
            return .failure(refusal)
        } catch let error as Failure {
            return .failure(Refusal(message: error.text))
        }
    }

    /// Runs and publishes. `tables`: computes the rows; nil: DuckDB does.
    static func run(
        _ one: LanguageCase, in folder: String, _ engine: DuckDBEngine, tables: (any TableMaker)?
    ) async throws {
        let spec = try spec(of: one)
        let report = try await engine.execute(
            Attempt(
                lease: lease(.random(), token: 1), pipeline: spec, baseDirectory: folder, acceptedAt: Date(),
                file: "p.yml"),
            tables: tables
        ) { _ in }
        let failed = report.checks.filter { !$0.passed && $0.severity == .error }
        guard failed.isEmpty, let manifest = report.manifest else {
            throw Refusal(message: failed.map { "\($0.type): \($0.message)" }.joined(separator: "; "))
        }
        try await FilePublisher().move(manifest)
    }

    static func spec(of one: LanguageCase) throws(Refusal) -> PipelineSpec {
        do {
            return try PipelineLoader.load(
                yaml: one.pipeline, file: "p.yml", variables: VariableScope(given: one.variables)
            ).spec
        } catch {
            throw Refusal(message: error.description)
        }
    }

    /// With the lines behind the header in the order of their texts.
    static func sorted(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return
            ([lines[0]] + lines.dropFirst().filter { !$0.isEmpty }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            .joined(separator: "\n")
    }
}
