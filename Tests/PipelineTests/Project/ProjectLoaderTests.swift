import Testing

@testable import Pipeline

@Suite struct ProjectLoaderTests {
    static let project = """
        version: "1.0"
        settings: {store: postgresql://u:pw@h/d, anything: [at, all]}
        defaults: {engine: auto, retries: 1, tags: [etl], variables: {REGION: north, DATE: 2024-01-01}}
        environments:
          base: {engine: duckdb, timeout: 5m, variables: {REGION: base}}
          prod:
            extends: base
            priority: high
            variables: {STAGE: prod}
        profiles:
          shop: {type: database, connection: "postgresql://${DB_USER:-reader}:${secret:SHOP_PASSWORD}@db/shop", table: t}
          lake: {type: file, path: "lake/${DATE}", format: parquet}
          wh: {type: postgres, host: db.example, port: 5432, password: "${secret:WH}", user name: x}
        """

    private func load(_ yaml: String = project) throws(InvalidPipeline) -> ProjectSpec {
        try ProjectLoader.load(yaml: yaml, file: "quicketl.yml", variables: VariableScope()).spec
    }

    private func problems(_ yaml: String) -> [String] {
        do {
            return try ProjectLoader.load(yaml: yaml, file: "q.yml", variables: VariableScope()).warnings.map(
                \.description)
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func environmentsInheritWhatTheyDoNotSay() throws {
        let prod = try load().environment("prod")
        #expect(prod.engine == .duckdb)
        #expect(prod.options == RunOptions(timeout: .seconds(300), priority: .high))
        #expect(prod.variables == ["REGION": "base", "STAGE": "prod"])
        #expect(throws: ProjectSpec.UnknownName(noun: "environment", name: "prd", known: ["base", "prod"])) {
            try load().environment("prd")
        }
    }

    @Test func anEnvironmentBeatsThePipelineInTheEngineAndFillsGapsElsewhere() throws {
        let project = try load()
        let spec = try SpecReading.load(SpecReading.pipeline("engine: spark\nretries: 7\ntags: [x]")).spec
        let plain = spec.inProject(defaults: project.defaults)
        #expect(plain.engine == .spark)
        #expect(plain.options == RunOptions(retries: 7, tags: ["x", "etl"]))
        let prod = spec.inProject(defaults: project.defaults, environment: try project.environment("prod"))
        #expect(prod.engine == .duckdb)
        #expect(prod.options == RunOptions(retries: 7, timeout: .seconds(300), priority: .high, tags: ["x", "etl"]))
    }

    private func pipeline(_ source: String, scope: VariableScope = VariableScope()) throws(InvalidPipeline)
        -> PipelineLoader.Loaded
    {
        try PipelineLoader.load(
            yaml: "name: p\nsource: {\(source)}", file: "p.yml", variables: scope, profiles: try load().profiles)
    }

    @Test func aSourceTakesTheFieldsOfItsProfileBelowItsOwn() throws {
        let loaded = try pipeline("profile: shop, table: orders")
        guard case .database(let source) = loaded.spec.sources[0].source, case .table(let table) = source.rows else {
            Issue.record("no database")
            return
        }
        #expect(table.name == "orders")
        #expect(source.connection.secrets == ["SHOP_PASSWORD"])
        let lake = try pipeline("profile: lake", scope: VariableScope(given: ["DATE": "2024-01-15"]))
        guard case .file(let file) = lake.spec.sources[0].source else { return }
        #expect(file.path.text == "lake/2024-01-15")
    }

    @Test func aSinkAndAnInlineJoinTakeThemToo() throws {
        let yaml = """
            name: p
            source: {type: file, path: a.csv}
            transforms: [{op: join, right: {profile: shop}, on: [id]}]
            sink: {profile: lake, path: out/}
            """
        let loaded = try PipelineLoader.load(
            yaml: yaml, file: "p.yml", variables: VariableScope(), profiles: try load().profiles)
        guard case .join(let join) = loaded.spec.transforms[0].kind, case .inline(.database) = join.right,
            case .file(let sink)? = loaded.spec.sink
        else {
            Issue.record("another kind")
            return
        }
        #expect(sink.path.text == "out/")
    }

    @Test func aProfileThatIsNotThereIsReported() {
        #expect(
            SpecReading.problems("name: p\nsource: {profile: shop}") == [
                "p.yml:2:19: error: source.profile: there is no project file (quicketl.yml) with profiles, here or in a folder above"
            ])
        do {
            _ = try pipeline("profile: shpo")
            Issue.record("taken")
        } catch {
            #expect(
                error.problems.map(\.message) == ["there is no profile \"shpo\"; did you mean \"shop\"?"])
        }
    }

    @Test func problemsInsideAProfileAreReportedWhereItIsNamed() {
        do {
            _ = try pipeline("profile: wh")
            Issue.record("taken")
        } catch {
            #expect(
                error.problems.map(\.description) == [
                    "p.yml:2:19: error: source.type: unknown source type \"postgres\"; known are file, database"
                ])
        }
    }

    @Test func theFieldsOfAProfileAreVariablesWhoseSecretsStaySecret() throws {
        let fields = try load().profiles.variables(of: "wh")
        #expect(
            fields == [
                "PROFILE_TYPE": "postgres", "PROFILE_HOST": "db.example", "PROFILE_PORT": "5432",
                "PROFILE_PASSWORD": "${secret:WH}", "PROFILE_USER_NAME": "x",
            ])
        let scope = VariableScope(profile: fields)
        let loaded = try pipeline(
            "type: database, connection: 'postgresql://u:${PROFILE_PASSWORD}@${PROFILE_HOST}:${PROFILE_PORT}/d', table: t",
            scope: scope)
        guard case .database(let source) = loaded.spec.sources[0].source else { return }
        #expect(
            source.connection.segments == [
                .text("postgresql://u:"), .secret(name: "WH", fallback: nil), .text("@db.example:5432/d"),
            ])
        #expect(loaded.variables == ["PROFILE_HOST": "db.example", "PROFILE_PORT": "5432"])
        #expect(throws: InvalidPipeline.self) {
            try pipeline("type: file, path: 'a${PROFILE_PASSWORD}'", scope: scope)
        }
    }

    @Test func aFieldThatRefersToItselfIsAnErrorAndNoLoop() {
        #expect(throws: InvalidPipeline.self) {
            try pipeline(
                "type: file, path: '${PROFILE_A}'", scope: VariableScope(profile: ["PROFILE_A": "${PROFILE_A}"]))
        }
    }

    @Test func variablesOfAnEnvironmentStandBelowTheProcessAndAboveThePipeline() throws {
        let yaml = "name: ${X}\nvariables: {X: declared}\nsource: {type: file, path: a}"
        func name(_ scope: VariableScope) throws -> String {
            try PipelineLoader.load(yaml: yaml, file: nil, variables: scope).spec.name
        }
        #expect(try name(VariableScope(project: ["X": "project"])) == "project")
        #expect(try name(VariableScope(environment: ["X": "process"], project: ["X": "project"])) == "process")
        // It travels with a request: the worker has no such file.
        let loaded = try PipelineLoader.load(yaml: yaml, file: nil, variables: VariableScope(project: ["X": "p"]))
        #expect(loaded.variables == ["X": "p"])
    }

    @Test func emptyFilesAndPartsSayNothing() throws {
        for yaml in ["", "\n", "# nothing\n", "settings: {a: b}", "profiles:\nenvironments:\ndefaults:\n"] {
            let spec = try load(yaml)
            #expect(spec.profiles.names.isEmpty)
            #expect(spec.environments.isEmpty)
            #expect(spec.defaults == ProjectSettings())
        }
    }

    @Test func mistakesAreAllReported() {
        #expect(
            problems(
                """
                enviroments: {}
                telemetry: {a: b}
                defaults: {engine: sparc}
                environments:
                  a: {extends: b}
                  b: {extends: a}
                  c: {extends: prd, retires: 3}
                  prod: {}
                profiles: {x: y, z: {profile: w}}
                """) == [
                    "q.yml:1:1: error: enviroments: unknown field \"enviroments\" of a project file; did you mean \"environments\"?",
                    "q.yml:2:12: warning: telemetry: \"telemetry\" is not used by this program",
                    "q.yml:3:20: error: defaults.engine: unknown engine \"sparc\"; did you mean \"spark\"?",
                    "q.yml:5:16: error: environments.a.extends: environment \"a\" extends itself in a circle",
                    "q.yml:6:16: error: environments.b.extends: environment \"b\" extends itself in a circle",
                    "q.yml:7:16: error: environments.c.extends: there is no environment \"prd\"; did you mean \"prod\"?",
                    "q.yml:7:21: error: environments.c.retires: unknown field \"retires\" of an environment; did you mean \"retries\"?",
                    "q.yml:9:15: error: profiles.x: expected a profile as a mapping of fields, got a text",
                    "q.yml:9:22: error: profiles.z.profile: a profile cannot take the fields of another",
                ])
    }
}
