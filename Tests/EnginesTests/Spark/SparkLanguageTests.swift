import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

/// The pipelines of the language reference on a real Spark: the file that it writes is the one that DuckDB writes, or
/// the pipeline is refused because it is pinned to DuckDB.
@Suite(.serialized) struct SparkLanguageTests {
    @Test(arguments: ["expressions", "transforms", "files", "pipelines", "edges"])
    func pipelinesMeanTheSameOnSparkOrArePinned(section: String) async throws {
        let cases = try LanguageCase.read(section)
        let tables = try SparkForTests.tables()
        try await withTemporaryFolder { folder in
            let engine = DuckDBEngine(settings: try duckDBSettings(in: folder))
            var pinned: [String] = []
            var ran = 0
            var ordered = 0
            do {
                for (index, one) in cases.enumerated() {
                    let place = "\(folder)/\(index)"
                    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
                    for file in one.files { try write(file.text, to: "\(place)/\(file.name)") }
                    do {
                        try await LanguageCaseTests.run(one, in: place, engine, tables: tables)
                    } catch let failure as Failure where failure.message.contains(SparkTables.pinned) {
                        pinned.append("\(one.name): \(failure.message)")
                        continue
                    } catch let refusal as LanguageCaseTests.Refusal {
                        #expect(one.error != nil, "\(section)/\(one.name): \(refusal.message)")
                        continue
                    } catch let failure as Failure {
                        #expect(one.error != nil, "\(section)/\(one.name): \(failure.message)")
                        continue
                    }
                    guard let expected = one.result else {
                        Issue.record("\(section)/\(one.name): it ran, but an error was expected: \(one.error ?? "")")
                        continue
                    }
                    ran += 1
                    let text = try String(contentsOfFile: "\(place)/\(expected.name)", encoding: .utf8)
                    // Rows that no step put in an order may come in any from Spark.
                    let isSorted = try await Self.isSorted(one, in: place, engine)
                    let isOrdered = expected.isOrdered && isSorted
                    let (got, wanted) =
                        isOrdered
                        ? (text, expected.text)
                        : (LanguageCaseTests.sorted(text), LanguageCaseTests.sorted(expected.text))
                    ordered += isOrdered ? 1 : 0
                    #expect(Self.isSame(got, wanted), "\(section)/\(one.name): \(text)")
                }
            } catch {
                await engine.pool.shutDown()
                throw error
            }
            await engine.pool.shutDown()
            // For people who ask what is pinned, and why.
            print("\(section): \(ran) with results on Spark (\(ordered) in order), \(pinned.count) pinned")
            for one in pinned { print("  pinned: \(one.prefix(160))") }
            // A dialect that refused everything would never differ.
            #expect(ran > pinned.count / 2, "\(section): \(ran) ran, pinned: \(pinned.joined(separator: "\n"))")
        }
    }

    private static func isSorted(
        _ one: LanguageCase, in folder: String, _ engine: DuckDBEngine
    ) async throws -> Bool {
        let attempt = Attempt(
            lease: lease(.random(), token: 1), pipeline: try LanguageCaseTests.spec(of: one), baseDirectory: folder,
            acceptedAt: Date())
        let plan = try await engine.explain(attempt).plan
        return plan.steps.last.map { !$0.order.isEmpty } ?? false
    }

    /// Equal, but for doubles: those agree to a billionth.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        if left.utf8.elementsEqual(right.utf8) { return true }
        func pieces(_ text: String) -> [Substring] {
            text.split(separator: #/[,\n:{}\[\] ]/#.matchingSemantics(.unicodeScalar), omittingEmptySubsequences: false)
        }
        let (mine, theirs) = (pieces(left), pieces(right))
        return mine.count == theirs.count
            && zip(mine, theirs).allSatisfy { a, b in
                if a.utf8.elementsEqual(b.utf8) { return true }
                guard a.contains("."), let x = Double(a), let y = Double(b) else { return false }
                return abs(x - y) <= 1e-9 * max(abs(x), abs(y))
            }
    }
}
