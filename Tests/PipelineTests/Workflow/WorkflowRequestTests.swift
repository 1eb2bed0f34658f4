import Foundation
import Pipeline
import Testing

@Suite struct WorkflowRequestTests {
    private static let workflow = """
        name: nightly
        variables: {REGION: north}
        stages:
          - name: gold
            depends_on: [bronze]
            pipelines: [{path: sums.yml}]
          - name: bronze
            parallel: true
            pipelines:
              - {path: load.yml, name: users, variables: {WHAT: users}}
              - {path: load.yml, name: orders, variables: {WHAT: orders}}
        """

    private static let load = """
        name: load
        source: {type: file, path: "in/${WHAT}-${REGION}.csv"}
        sink: {type: file, path: "out/${WHAT}.parquet"}
        """

    private static let sums = """
        name: sums
        source: {type: file, path: out/users.parquet}
        sink: {type: file, path: out/sums.parquet}
        """

    private func request(_ id: RunID = .derived(fromKey: "a night")) throws -> WorkflowRequest {
        let loaded = try WorkflowLoader.load(
            yaml: Self.workflow, file: "nightly.yml", variables: VariableScope(),
            read: { path throws(WorkflowLoader.Unreadable) in path.contains("load") ? Self.load : Self.sums })
        return WorkflowRequest(
            loaded, yaml: Self.workflow, workflowID: id, idempotencyKey: nil,
            submittedAt: Date(timeIntervalSince1970: 1_700_000_000), submittedBy: "tester@here"
        ) { pipeline in
            RunRequest(
                runID: .random(), pipelineName: pipeline.loaded.spec.name, pipelineYAML: pipeline.yaml,
                variables: pipeline.loaded.variables, baseDirectory: "/data",
                concurrencyKey: pipeline.loaded.spec.sink?.concurrencyKey(baseDirectory: "/data") ?? "",
                submittedAt: Date(timeIntervalSince1970: 1_700_000_000), submittedBy: "tester@here")
        }
    }

    @Test func stagesStandInTheOrderInWhichTheyAreCarriedOut() throws {
        let request = try request()
        #expect(request.plan.stages.map(\.name) == ["bronze", "gold"])
        #expect(request.plan.stages[1].dependsOn == [0])
        #expect(request.plan.steps.map(\.name) == ["users", "orders", "sums"])
        #expect(request.runs[0].variables == ["WHAT": "users", "REGION": "north"])
        #expect(request.runs[2].variables == [:])
    }

    @Test func theRunsOfAWorkflowHaveTheSameIdsWhoeverMakesThem() throws {
        #expect(try request().runs.map(\.runID) == request().runs.map(\.runID))
        #expect(Set(try request().runs.map(\.runID)).count == 3)
        let other = try request(.derived(fromKey: "another night"))
        #expect(Set(try request().runs.map(\.runID)).isDisjoint(with: other.runs.map(\.runID)))
        #expect(try other.contentDigest == request().contentDigest)
    }

    @Test func aMessageOfItIsReadAsItWasWritten() throws {
        var request = try request()
        request.trigger = "nightly: schedule"
        #expect(try WorkflowRequest.decode(request.encoded()) == request)
        guard case .workflow = try RequestMessage.decode(request.encoded()) else {
            Issue.record("read as something else")
            return
        }
        #expect(throws: RequestDecodingError.self) { try RunRequest.decode(request.encoded()) }
    }

    @Test func aResumptionRepeatsOnlyWhatDidNotSucceed() throws {
        let earlier = try request()
        let resumption = WorkflowRequest.resuming(
            earlier.workflowID, name: earlier.name, yaml: earlier.yaml, plan: earlier.plan,
            runs: earlier.work.map(\.runID), succeeded: [true, false, false],
            submittedAt: Date(timeIntervalSince1970: 1_700_000_100), submittedBy: "other@there"
        ) { run in earlier.runs.first { $0.runID == run } ?? earlier.runs[0] }
        #expect(resumption.work[0] == .done(earlier.work[0].runID))
        #expect(resumption.runs.map(\.retryOf) == earlier.runs.dropFirst().map(\.runID))
        #expect(Set(resumption.runs.map(\.runID)).isDisjoint(with: earlier.runs.map(\.runID)))
        #expect(try WorkflowRequest.decode(resumption.encoded()) == resumption)
    }

    @Test(arguments: [
        ("\"depends_on\":[0]", "\"depends_on\":[1]", "stages[1].depends_on"),
        ("\"stage\":1", "\"stage\":7", "steps[2].stage"),
        ("\"workflow_name\":\"nightly\"", "\"workflow_name\":\"\"", "workflow_name"),
        ("\"retries\":2", "\"retries\":-1", "steps[0].run.retries"),
        ("\"steps\":[", "\"steps\":[7,", "steps[0]: must be an object"),
        ("\"stages\":[", "\"no_stages\":[", "stages: must be an array"),
    ])
    func whatIsWrongIsNamed(part: String, instead: String, says: String) throws {
        let text = String(decoding: try request().encoded(), as: UTF8.self)
        let wrong = text.replacing(part, with: instead, maxReplacements: 1)
        #expect(wrong != text)
        let error = #expect(throws: RequestDecodingError.self) { try WorkflowRequest.decode(Data(wrong.utf8)) }
        #expect(error?.reason == .undecodable)
        #expect(error?.detail.contains(says) == true, "\(error?.detail ?? "")")
    }

    @Test func aRunThatStandsThereTwiceIsRefused() throws {
        var request = try request()
        request.work[1] = request.work[0]
        #expect(throws: RequestEncodingError.self) { try request.encoded() }
    }
}
