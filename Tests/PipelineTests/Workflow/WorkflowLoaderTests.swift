import Testing

@testable import Pipeline

@Suite struct WorkflowLoaderTests {
    static let pipeline = "name: '${DATE:-none} ${REGION:-none}'\nsource: {type: file, path: data/in.csv}"

    /// Every file of the list holds the same small pipeline; others do not exist.
    private func load(
        _ yaml: String, files: [String] = ["flows/a.yml", "flows/b.yml"], given: [String: String] = [:],
        environment: [String: String] = [:], pipeline: String = pipeline
    ) throws(InvalidPipeline) -> WorkflowLoader.Loaded {
        try WorkflowLoader.load(
            yaml: yaml, file: "flows/w.yml", variables: VariableScope(given: given, environment: environment)
        ) { path throws(WorkflowLoader.Unreadable) in
            guard files.contains(path) else { throw WorkflowLoader.Unreadable("no such file") }
            return pipeline
        }
    }

    private func problems(_ yaml: String, pipeline: String = pipeline) -> [String] {
        do {
            return try load(yaml, pipeline: pipeline).warnings.map(\.description)
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func everyFieldArrives() throws {
        let loaded = try load(
            """
            name: medallion_etl
            description: Bronze -> Silver
            variables: {RUN_DATE: "2025-01-01", N: 5, DAY: 2025-01-02, FLAG: yes}
            fail_fast: false
            stages:
              - name: bronze
                description: raw
                parallel: true
                pipelines:
                  - path: a.yml
                  - path: b.yml
                    name: events
                    variables: {N: 6}
              - name: silver
                depends_on: [bronze]
                continue_on_failure: true
                pipelines: [{path: /abs/c.yml}]
            """, files: ["flows/a.yml", "flows/b.yml", "/abs/c.yml"])
        let spec = loaded.spec
        #expect(spec.name == "medallion_etl")
        #expect(spec.variables == ["RUN_DATE": "2025-01-01", "N": "5", "DAY": "2025-01-02", "FLAG": "yes"])
        #expect(!spec.failFast)
        #expect(spec.stages.map(\.name.text) == ["bronze", "silver"])
        #expect(spec.stages.map(\.isParallel) == [true, false])
        #expect(spec.stages.map(\.continuesOnFailure) == [false, true])
        #expect(spec.stages[0].pipelines.map(\.name) == ["a", "events"])
        #expect(spec.stages[1].dependsOn.map(\.text) == ["bronze"])
        #expect(spec.variables(for: spec.stages[0].pipelines[1], given: [:])["N"] == "6")
        #expect(loaded.pipelines.map(\.file) == ["flows/a.yml", "flows/b.yml", "/abs/c.yml"])
        #expect(loaded.pipelines.map(\.stage) == [0, 0, 1])
    }

    @Test func theCommandLineBeatsTheReferenceBeatsTheWorkflowBeatsTheEnvironment() throws {
        let yaml = """
            name: w
            variables: {DATE: workflow, REGION: workflow}
            stages: [{name: s, pipelines: [{path: a.yml, variables: {DATE: reference}}, {path: b.yml}]}]
            """
        func names(given: [String: String] = [:]) throws -> [String] {
            try load(yaml, given: given, environment: ["DATE": "e", "REGION": "e"]).pipelines.map(\.loaded.spec.name)
        }
        #expect(try names() == ["reference workflow", "workflow workflow"])
        #expect(try names(given: ["DATE": "given"]) == ["given workflow", "given workflow"])
    }

    @Test func stagesComeAfterWhatTheyDependOnWhateverTheirOrderInTheFile() throws {
        let yaml = """
            name: w
            stages:
            - {name: d, depends_on: [b, c], pipelines: [{path: a.yml}]}
            - {name: b, depends_on: a, pipelines: [{path: a.yml}]}
            - {name: c, depends_on: [a], pipelines: [{path: a.yml}]}
            - {name: a, pipelines: [{path: a.yml}]}
            """
        let spec = try load(yaml).spec
        #expect(spec.order.map { $0.map { spec.stages[$0].name.text } } == [["a"], ["b", "c"], ["d"]])
    }

    @Test func circlesMissingFilesAndUnknownStagesAreAllReported() {
        let yaml = """
            name: w
            stages:
            - {name: a, depends_on: [c], pipelines: [{path: a.yml}]}
            - {name: b, depends_on: [a], pipelines: [{path: missing.yml}]}
            - {name: c, depends_on: [b], pipelines: [{path: a.yml}]}
            - {name: d, depends_on: [d], pipelines: [{path: a.yml}]}
            - {name: a, depends_on: [bb], pipelines: [{path: a.yml}]}
            - {name: e, pipelnes: [{path: a.yml}], pipelines: [{path: a.yml, variables: {1A: x}}]}
            """
        #expect(
            problems(yaml) == [
                "flows/w.yml:3:26: error: stages[0].depends_on[0]: stages depend on each other in a circle: \"a\" on \"c\" on \"b\" on \"a\"",
                "flows/w.yml:6:26: error: stages[3].depends_on[0]: stage \"d\" depends on itself",
                "flows/w.yml:7:10: error: stages[4].name: the stage \"a\" stands more than once",
                "flows/w.yml:7:26: error: stages[4].depends_on[0]: there is no stage \"bb\"; did you mean \"b\"?",
                "flows/w.yml:8:13: error: stages[5].pipelnes: unknown field \"pipelnes\" of a stage; did you mean \"pipelines\"?",
                "flows/w.yml:8:78: error: stages[5].pipelines[0].variables.1A: \"1A\" cannot name a variable; use letters, digits and _, not a digit first",
                "flows/w.yml:4:49: error: stages[1].pipelines[0].path: pipeline flows/missing.yml could not be read: no such file",
            ])
    }

    @Test func problemsOfPipelinesNameTheirFile() {
        let yaml = "name: w\nstages: [{name: s, pipelines: [{path: a.yml}]}]"
        #expect(
            problems(yaml, pipeline: "name: p") == [
                "flows/a.yml:1:1: error: a pipeline needs \"source\" or \"sources\"; write source: {type: file, path: data.csv}"
            ])
    }

    @Test(arguments: [
        (
            "name: w",
            "flows/w.yml:1:1: error: a workflow needs \"stages\"; write stages: [{name: load, pipelines: [{path: load.yml}]}]"
        ),
        ("name: w\nstages: []", "flows/w.yml:2:9: error: stages: the list of stages is empty"),
        (
            "name: w\nstages: [{name: s, pipelines: []}]",
            "flows/w.yml:2:31: error: stages[0].pipelines: the list of pipelines is empty"
        ),
        (
            "name: w\nstages: [{name: s, pipelines: [a.yml]}]",
            "flows/w.yml:2:32: error: stages[0].pipelines[0]: expected a pipeline of a stage as a mapping of fields, got a text"
        ),
    ])
    func saysWhatIsMissing(yaml: String, problem: String) { #expect(problems(yaml) == [problem]) }
}

@Suite struct SharedSinksTests {
    private func problems(_ sinks: [String], parallel: Bool = true) -> [String] {
        let names = sinks.indices.map { "p\($0)" }
        let references = names.map { "{path: \($0).yml}" }.joined(separator: ", ")
        do {
            return try WorkflowLoader.load(
                yaml: "name: w\nstages: [{name: s, parallel: \(parallel), pipelines: [\(references)]}]", file: "w.yml",
                variables: VariableScope()
            ) { path throws(WorkflowLoader.Unreadable) in
                let index = names.firstIndex { path == "\($0).yml" } ?? 0
                return "name: p\nsource: {type: file, path: a.csv}\nsink: {type: file, \(sinks[index])}"
            }.warnings.map(\.message)
        } catch {
            return error.problems.map(\.message)
        }
    }

    @Test func pipelinesBesideEachOtherMayNotWriteTheSameSink() {
        #expect(
            problems(["path: out/a.csv", "path: out/b.csv", "path: ./out//a.csv"]) == [
                "writes the same sink as \"p0\" of this parallel stage, ./out//a.csv; give them different sinks, or "
                    + "make the stage sequential"
            ])
        #expect(problems(["path: out/a.csv, mode: append", "path: out/a.csv, mode: append"]).count == 1)
        #expect(problems(["path: out/", "path: out, mode: append"]).count == 1)
    }

    @Test func theyMayAddToAFolderOrReplaceTheirOwnPartitions() {
        #expect(problems(["path: out/, mode: append", "path: out/, mode: append"]).isEmpty)
        let partitions = "path: out/, partition_by: [a], mode: overwrite_partitions"
        #expect(problems([partitions, partitions]).isEmpty)
        #expect(problems(["path: out/a.csv", "path: out/a.csv"], parallel: false).isEmpty)
    }
}
