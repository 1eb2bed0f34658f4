import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Store

@Suite struct EventSchemaTests {
    @Test(.enabled(if: EventValidation.schemas != nil, "\(EventValidation.absence)"))
    func everyEventIsValidAndReadByTheClientOfOpenLineage() async throws {
        var lines: [String] = []
        try await withStore { store async throws in
            _ = try await FilledStore(store)
            let workflow = WorkflowRequest.sample([1])
            _ = try await store.runs.accept(workflow)
            let whole = try #require(try await store.history.facts(ofWorkflow: workflow.workflowID))
            for kind in EventKind.allCases {
                lines.append(EventBuilder().event(kind, at: whole.beganAt, of: .workflow(whole)).line)
            }
            for run in try await store.history.listRuns() {
                var facts = try #require(try await store.history.facts(of: run.runID))
                for parent in [nil, RunFacts.Parent(runID: .random(), name: "backfill")] {
                    facts.parent = parent
                    facts.request.sourceCode =
                        parent == nil
                        ? nil : SourceCode(repository: "git@github.com:o/r.git", path: "a b.yml", commit: "9fceb02")
                    for kind in EventKind.allCases {
                        lines.append(EventBuilder().event(kind, at: run.submittedAt, of: facts).line)
                    }
                }
            }
        }
        let (isValid, report) = try EventValidation.check(lines)
        #expect(isValid, "\(report.prefix(4000))")
        let facets = [
            "schema", "columnLineage", "dataSource", "outputStatistics", "inputStatistics", "dataQualityAssertions",
            "dataQualityMetrics", "sql", "errorMessage", "nominalTime", "parent", "processing_engine", "jobType",
            "sourceCodeLocation", "tags", "version", "documentation",
        ]
        let missing = facets.filter { !report.contains(" \($0) ") && !report.contains(" \($0)\n") }
        #expect(missing.isEmpty)
    }
}
