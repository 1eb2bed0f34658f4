import Fleet
import Foundation
import Pipeline
import Testing

@Suite struct EventBuilderTests {
    private func event(_ kind: EventKind, _ facts: RunFacts = EventSamples.facts) throws -> EventReading {
        try EventReading(EventBuilder(namespace: "tests").event(kind, at: EventSamples.moment, of: facts).line)
    }

    @Test func anEventNamesItsRunItsJobAndItsMoment() throws {
        let event = try event(.start)
        #expect(event.text("eventType") == "START")
        #expect(event.text("eventTime") == "2023-11-14T22:13:20.500Z")
        #expect(event.text("run.runId") == EventSamples.request.runID.description)
        #expect(event.text("job.namespace") == "tests")
        #expect(event.text("job.name") == "daily_delays")
        #expect(event.text("run.facets.nominalTime.nominalStartTime") == "2013-01-01T00:00:00.000Z")
        #expect(event.text("run.facets.nominalTime.nominalEndTime") == "2013-01-02T00:00:00.000Z")
        #expect(event.text("run.facets.parent.job.name") == "backfill")
        #expect(event.text("job.facets.documentation.description") == "Delays by \"carrier\"")
        #expect(event.text("job.facets.tags.tags.1.key") == "nightly")
        #expect(event.text("job.facets.sql.query") == "SELECT * FROM planes WHERE seen > '2013-01-01'")
        #expect(event.text("job.facets.jobType.processingType") == "BATCH")
    }

    @Test func whatWasWrittenIsToldOnlyByASuccess() throws {
        let complete = try event(.complete)
        #expect(complete.text("outputs.0.name") == "/data/out/daily.parquet")
        #expect(complete.text("outputs.0.outputFacets.outputStatistics.rowCount") == "10")
        #expect(complete.text("outputs.0.facets.version.datasetVersion") == EventSamples.request.runID.description)
        #expect(complete.text("run.facets.errorMessage.message") == nil)
        for kind in [EventKind.start, .running, .fail, .abort] {
            let event = try event(kind, EventSamples.failed)
            #expect(event.text("outputs.0.name") == "/data/out/daily.parquet")
            #expect(event.text("outputs.0.outputFacets.outputStatistics.rowCount") == nil)
            #expect(event.text("outputs.0.facets.version.datasetVersion") == nil)
            #expect(event.text("outputs.0.facets.columnLineage.fields.plane.inputFields.0.field") == nil)
        }
    }

    @Test func columnLineageNamesDatasetsAndGathersTheUsesOfAColumn() throws {
        let event = try event(.complete)
        let fields = "outputs.0.facets.columnLineage.fields"
        #expect(event.text("\(fields).plane.inputFields.0.name") == "/data/raw")
        #expect(event.text("\(fields).plane.inputFields.0.transformations.0.masking") == "true")
        #expect(event.text("\(fields).mean_delay.inputFields.0.transformations.0.subtype") == "AGGREGATION")
        #expect(event.text("\(fields).mean_delay.inputFields.0.transformations.1.subtype") == "CONDITIONAL")
        #expect(event.text("\(fields).mean_delay.inputFields.1.name") == nil)
        #expect(event.text("outputs.0.facets.columnLineage.dataset.1.namespace") == "postgres://db:5432")
    }

    @Test func checksAreAssertionsAndWhatTheyCountedAMetric() throws {
        let event = try event(.complete)
        let assertions = "outputs.0.facets.dataQualityAssertions.assertions"
        #expect(event.text("\(assertions).0.column") == "plane")
        #expect(event.text("\(assertions).2.success") == "false")
        #expect(event.text("\(assertions).2.severity") == "warn")
        #expect(event.text("outputs.0.facets.dataQualityMetrics.columnMetrics.plane.nullCount") == "0")
        #expect(event.text("outputs.0.facets.dataQualityMetrics.columnMetrics.plane.distinctCount") == "10")
        #expect(event.text("outputs.0.facets.dataQualityMetrics.bytes") == "300")
    }

    @Test func aFailureSaysWhyAndAnAbortDoesNot() throws {
        #expect(
            try event(.fail, EventSamples.failed).text("run.facets.errorMessage.message") == EventSamples.failed.error)
        #expect(try event(.abort, EventSamples.failed).text("run.facets.errorMessage.message") == nil)
    }

    @Test func distinctValuesAreToldWhereChecksCountedThemAlone() throws {
        func metrics(_ change: (inout RunFacts) -> Void) throws -> EventReading {
            var facts = EventSamples.facts
            change(&facts)
            return try event(.complete, facts)
        }
        let column = "outputs.0.facets.dataQualityMetrics.columnMetrics.plane"
        let withNulls = try metrics { $0.checks[0].failedRows = 2 }
        #expect(withNulls.text("\(column).nullCount") == "2")
        #expect(withNulls.text("\(column).distinctCount") == nil)
        #expect(try metrics { $0.checks[1].failedRows = 1 }.text("\(column).distinctCount") == nil)
        let unchecked = try metrics { $0.checks = [] }
        #expect(unchecked.text("\(column).nullCount") == nil)
        #expect(unchecked.text("outputs.0.facets.dataQualityMetrics.rowCount") == "10")
    }

    @Test func anEngineIsNamedWithItsOwnVersion() throws {
        let event = try event(.complete)
        #expect(event.text("run.facets.processing_engine.name") == "duckdb")
        #expect(event.text("run.facets.processing_engine.version") == "1.5.5")
        #expect(event.text("run.facets.processing_engine.openlineageAdapterVersion") == ProgramVersion.text)
    }

    @Test func aDefinitionIsFoundWhereItsAuthorKeepsIt() throws {
        func place(_ code: SourceCode?) throws -> EventReading {
            var facts = EventSamples.facts
            facts.request.sourceCode = code
            return try event(.start, facts)
        }
        let path = "job.facets.sourceCodeLocation"
        let known = try place(EventSamples.request.sourceCode)
        #expect(known.text("\(path).type") == "git")
        #expect(known.text("\(path).url") == "https://github.com/o/r/blob/9fceb02/etl/daily%20delays.yml")
        #expect(known.text("\(path).repoUrl") == "git@github.com:o/r.git")
        #expect(known.text("\(path).version") == "9fceb02")
        // Changed since, on a host that calls its files otherwise, on none, in no repository.
        let changed = try place(SourceCode(repository: "git@github.com:o/r.git", path: "a.yml"))
        #expect(changed.text("\(path).url") == "https://github.com/o/r")
        #expect(changed.text("\(path).version") == nil)
        let other = try place(SourceCode(repository: "https://code.example.org/r", path: "a.yml", commit: "1"))
        #expect(other.text("\(path).url") == "https://code.example.org/r")
        for code in [SourceCode(path: "a.yml", commit: "1"), nil] {
            #expect(try place(code).text("\(path).url")?.hasPrefix("urn:quicketl:pipeline:") == true)
        }
    }

    @Test func aWorkflowIsAJobWithARunOfItsOwn() throws {
        func event(_ kind: EventKind) throws -> EventReading {
            try EventReading(
                EventBuilder(namespace: "tests").event(
                    kind, at: EventSamples.moment, of: .workflow(EventSamples.workflow)
                ).line)
        }
        let failed = try event(.fail)
        #expect(failed.text("run.runId") == EventSamples.workflow.id.description)
        #expect(failed.text("job.name") == "nightly")
        #expect(failed.text("job.facets.jobType.jobType") == "WORKFLOW")
        #expect(failed.text("run.facets.errorMessage.message") == EventSamples.workflow.error)
        #expect(failed.text("run.facets.nominalTime.nominalStartTime") == "2013-01-01T00:00:00.000Z")
        #expect(failed.text("run.facets.parent.run.runId") == RunID.derived(fromKey: "backfill").description)
        #expect(try event(.complete).text("run.facets.errorMessage.message") == nil)
        #expect(try event(.complete).text("inputs.0.name") == nil)
        let ends = WorkflowState.allCases.filter { EventKind(endingIn: $0)?.isFinal == true }
        #expect(ends == WorkflowState.allCases.filter(\.isFinal))
    }

    @Test func noSecretAndNoValueOfARowIsInAnEvent() {
        for line in EventSamples.all {
            #expect(!line.contains("canary"))
            #expect(!line.contains("secret:"))
        }
    }

    @Test func aDefinitionThatCannotBeReadStillHasItsEvents() throws {
        let event = try event(.fail, EventSamples.bare)
        #expect(event.text("job.name") == "bare")
        #expect(event.text("outputs.0.name") == nil)
        #expect(event.text("run.facets.errorMessage.message") == "no reason is on record")
    }

    @Test func everyEndOfARunIsOneEndOfAnEvent() {
        // What is skipped never began.
        let ends = RunState.allCases.filter { $0.isFinal && $0 != .skipped }
        #expect(ends.allSatisfy { EventKind(endingIn: $0)?.isFinal == true })
        #expect(RunState.allCases.filter { EventKind(endingIn: $0) != nil } == ends)
    }
}

/// A JSON text, read by paths such as `outputs.0.name`.
struct EventReading {
    private let root: Any

    init(_ text: String) throws { root = try JSONSerialization.jsonObject(with: Data(text.utf8)) }

    func text(_ path: String) -> String? {
        var value: Any? = root
        for part in path.split(separator: ".") {
            if let list = value as? [Any] {
                value = Int(part).flatMap { list.indices.contains($0) ? list[$0] : nil }
            } else {
                value = (value as? [String: Any])?[String(part)]
            }
        }
        switch value {
        case let text as String: return text
        case let number as NSNumber:
            return CFGetTypeIDIsBoolean(number) ? (number.boolValue ? "true" : "false") : number.stringValue
        default: return nil
        }
    }

    private func CFGetTypeIDIsBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
