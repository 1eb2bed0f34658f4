import Testing

@testable import Pipeline

@Suite struct PipelineSchemaTests {
    private func validator(_ schema: String = PipelineSchema.schema()) throws -> SchemaValidator {
        SchemaValidator(root: try JSONReader.read(Array(schema.utf8), nestingLimit: 64))
    }

    @Test(arguments: PipelineExamples.all)
    func acceptsEveryExampleThatTheLoaderAccepts(example: PipelineExamples.Example) throws {
        _ = try PipelineLoader.load(
            yaml: example.yaml, file: nil, variables: VariableScope(given: PipelineExamples.given),
            profiles: PipelineExamples.profiles)
        let problems = try validator().problems(try SchemaValidator.value(ofYAML: example.yaml))
        #expect(problems.isEmpty, "\(example.name): \(problems)")
    }

    @Test(arguments: [
        "name: p", "source: {type: file, path: a}",
        "name: p\nsource: {type: file, path: a}\nsources: {b: {type: file, path: b}}",
        "name: p\nsource: {type: fil, path: a}", "name: p\nsource: {path: a}", "name: p\nsource: {type: file}",
        "name: p\nsource: {type: file, path: a, optoins: {}}",
        "name: p\nsource: {type: file, path: a, options: {delimter: x}}",
        "name: p\nsource: {type: database, connection: 'duckdb://a'}",
        "name: p\nsource: {type: database, connection: 'duckdb://a', table: t, query: q}",
        "name: p\nengine: sparc\nsource: {type: file, path: a}", "name: p\nsource: {type: file, path: a}\nretries: -1",
    ])
    func refusesWhatTheLoaderRefuses(yaml: String) throws {
        #expect(throws: InvalidPipeline.self) {
            try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope())
        }
        #expect(try !validator().problems(try SchemaValidator.value(ofYAML: yaml)).isEmpty)
    }

    @Test(arguments: [
        "op: fliter", "predicate: a > 0", "op: filter", "op: filter, predicat: a", "op: limit, n: 0", "op: limit, n: x",
        "op: select, columns: []", "op: select, columns: a", "op: sort, by: [{colum: a}]", "op: rename, mapping: {}",
        "op: join, right: {type: file}, on: [k]", "op: join, right: source, on: [k], how: full",
        "op: aggregate, group_by: [a]", "op: window, columns: [{name: a, func: lags, column: b}]",
        "op: hash_key, name: a, columns: [b], algorithm: md6", "op: fill_null, columns: {a: null}",
    ])
    func refusesOperationsThatTheLoaderRefuses(fields: String) throws {
        #expect(!SpecReading.problems(ofTransform: fields).isEmpty)
        let yaml = SpecReading.pipeline("transforms: [{\(fields)}]")
        #expect(try !validator().problems(try SchemaValidator.value(ofYAML: yaml)).isEmpty)
    }

    @Test func projectsHaveASchemaToo() throws {
        let schema = try validator(PipelineSchema.projectSchema())
        #expect(schema.problems(try SchemaValidator.value(ofYAML: ProjectLoaderTests.project)).isEmpty)
        for wrong in ["defaults: {engin: duckdb}", "environments: {a: {retries: -1}}", "profiles: []", "default: {}"] {
            #expect(throws: InvalidPipeline.self) {
                try ProjectLoader.load(yaml: wrong, file: nil, variables: VariableScope())
            }
            #expect(!schema.problems(try SchemaValidator.value(ofYAML: wrong)).isEmpty, "\(wrong)")
        }
    }

    @Test func workflowsHaveASchemaToo() throws {
        let schema = try validator(PipelineSchema.workflowSchema())
        let yaml = """
            name: w
            variables: {A: 1, B: 2024-01-01}
            stages: [{name: s, depends_on: [], parallel: true, pipelines: [{path: a.yml, variables: {A: x}}]}]
            """
        #expect(schema.problems(try SchemaValidator.value(ofYAML: yaml)).isEmpty)
        #expect(!schema.problems(try SchemaValidator.value(ofYAML: "name: w\nstages: [{name: s}]")).isEmpty)
    }

    /// A field that the loader reads but the group does not name would trap; one that nobody reads would be accepted
    /// and ignored.
    @Test func everyFieldSaysWhatItMeans() {
        var groups = [
            PipelineFields.pipeline, PipelineFields.variable, TransformFields.sortKey, TransformFields.windowColumn,
            CheckFields.contractSchema, CheckFields.contractColumn, SourceFields.options, WorkflowFields.workflow,
            WorkflowFields.stage, WorkflowFields.pipeline, ProjectFields.project, ProjectFields.environment,
        ]
        for variant in [TransformFields.all, CheckFields.all, SourceFields.all, SinkFields.all] {
            groups += variant.cases.map(\.group)
        }
        for group in groups {
            #expect(Set(group.names).count == group.names.count, "\(group.noun)")
            for field in group.fields { #expect(!field.meaning.isEmpty, "\(group.noun).\(field.name)") }
        }
    }
}
