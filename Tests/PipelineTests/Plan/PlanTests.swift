import Pipeline
import Testing

/// Pipelines over a table `id int64, name text, amount decimal(10, 2), day date, ok boolean, x double`.
struct PlanBench {
    static let schema = Schema([
        .init("id", .int64), .init("name", .text), .init("amount", .decimal(precision: 10, scale: 2)),
        .init("day", .date), .init("ok", .boolean), .init("x", .float64),
    ])

    static func source(_ name: String = "source") -> NamedSource {
        NamedSource(name: name, source: .file(FileSource(path: PlacedText("\(name).parquet"), format: .parquet)))
    }

    static func placed(_ text: String, _ path: String = "expr") -> PlacedExpression {
        let origin = TextOrigin(path: path, start: SourcePosition(line: 1, column: 1))
        let outcome = ExpressionParser.parse(text, variables: VariableScope(), origin: origin)
        let place = FieldPlace(path: path, position: SourcePosition(line: 1, column: 1))
        return PlacedExpression(outcome.expression ?? Expression(.literal(.null)), source: text, place)
    }

    static func plan(
        _ transforms: TransformSpec.Kind..., sources: [NamedSource] = [source()], schemas: [String: Schema]? = nil,
        checks: [CheckSpec] = [], sink: SinkSpec? = nil
    ) throws(InvalidPipeline) -> Plan {
        let spec = PipelineSpec(
            name: "p", sources: sources, transforms: transforms.map { TransformSpec($0) }, checks: checks, sink: sink)
        return try Plan.make(spec, file: "p.yml", schemas: schemas ?? ["source": schema])
    }

    /// The messages with which a pipeline is refused.
    static func problems(_ transforms: TransformSpec.Kind...) -> [Problem] {
        do {
            _ = try Plan.make(
                PipelineSpec(name: "p", sources: [source()], transforms: transforms.map { TransformSpec($0) }),
                file: "p.yml", schemas: ["source": schema])
            return []
        } catch {
            return error.problems
        }
    }
}

private func filter(_ text: String) -> TransformSpec.Kind { .filter(predicate: PlanBench.placed(text)) }

private func derive(_ name: String, _ text: String) -> TransformSpec.Kind {
    .deriveColumn(name: PlacedText(name), expression: PlanBench.placed(text))
}

private func aggregate(_ keys: [String], _ aggregates: KeyValuePairs<String, String>) -> TransformSpec.Kind {
    .aggregate(
        groupBy: keys.map { PlacedText($0) },
        aggregates: aggregates.map { NamedExpression(name: PlacedText($0.key), expression: PlanBench.placed($0.value)) }
    )
}

private func join(_ source: String, on keys: [String], _ how: JoinSpec.Kind = .inner, merge: Bool = false)
    -> TransformSpec.Kind
{
    .join(
        JoinSpec(
            right: .named(PlacedText(source)),
            keys: keys.map { JoinSpec.Key(left: PlacedText($0), right: PlacedText($0)) }, how: how, mergeKeys: merge))
}

@Suite struct PlanTests {
    @Test(
        "what does not fit is refused before the run",
        arguments: [
            ("amuont > 1", 1, "unknown column \"amuont\"; did you mean \"amount\"?"),
            ("ok AND nothing_like_it", 8, "unknown column \"nothing_like_it\"; there are \"id\", \"name\""),
            (
                "amount > 'x'", 10,
                "the text 'x' is compared with decimal(10, 2) column \"amount\" and does not read as one"
            ),
            ("day = '2024-02-30'", 7, "does not read as one"), ("ok = 'maybe'", 6, "does not read as one"),
            ("name = 5", 8, "text column \"name\" cannot be compared with int64 5; write the value in quotes"),
            ("name > amount", 8, "cannot be compared"), ("ok = 1", 6, "a boolean is true or false"),
            ("CASE WHEN ok THEN 1 ELSE 'a' END = 1", 26, "CASE mixes int64 1 with the text 'a'"),
            ("coalesce(amount, 'none') > 1", 18, "COALESCE mixes"),
            ("amount", 1, "expected a condition, found decimal(10, 2)"),
            ("name + 'a' = 'b'", 1, "texts are joined with ||"), ("day * 2 = 3", 1, "date * int64 means nothing"),
            ("sum(amount) > 1", 1, "sum is an aggregate"),
            ("upper(id) = 'A'", 7, "upper needs a text, found int64 column"),
            ("abs(name) = 1", 5, "abs needs a number"), ("year(name) = 1", 6, "needs a date or timestamp"),
            ("name like 5", 11, "LIKE needs a text"), ("id in (1, 'x')", 11, "does not read as one"),
            ("day between '2024-01-01' and 'z'", 30, "does not read as one"), ("day > 5", 7, "cannot be compared"),
            ("cast(day as boolean)", 1, "cannot be cast to boolean"), ("substring(name, 0) = 'a'", 17, "at least 1"),
            ("regexp_matches(name, '(?=a)')", 22, "no lookaround"),
            ("regexp_matches(name, name)", 22, "in quotes here"),
            ("date_trunc('yaer', day) = day", 12, "did you mean \"year\"?"), ("round(x, id) > 1", 10, "written out"),
            ("format_date(day, 'yyyy') = 'a'", 18, "YYYY"), ("city = Oslo", 1, "unknown column \"city\""),
            ("id = Oslo", 6, "unknown column \"Oslo\""), ("not name", 5, "expected a condition"),
        ])
    func refuses(_ text: String, _ column: Int, _ message: String) throws {
        let problem = try #require(PlanBench.problems(filter(text)).first)
        #expect(problem.message.contains(message), "\(problem)")
        #expect(problem.position == SourcePosition(line: 1, column: column), "\(problem)")
        #expect(problem.path == "expr" && problem.file == "p.yml")
    }

    @Test(
        "every part of an expression gets its type",
        arguments: [
            ("id + 1", DataType.int64), ("id * 0.1", .decimal(precision: 20, scale: 1)), ("id / 2", .float64),
            ("amount * 2", .decimal(precision: 11, scale: 2)), ("amount + 1.125", .decimal(precision: 12, scale: 3)),
            ("amount * x", .float64), ("day + 1", .date), ("day - day", .int64), ("day + INTERVAL 1 HOUR", .timestamp),
            ("day + INTERVAL '1 month'", .date), ("coalesce(id, 1.5)", .decimal(precision: 20, scale: 1)),
            ("CASE WHEN ok THEN id END", .int64), ("NULL", .unknown), ("coalesce(NULL, id)", .int64), ("'a'", .text),
            ("id || name", .text), ("round(x)", .int64), ("round(amount, 1)", .decimal(precision: 10, scale: 1)),
            ("coalesce(day, '2024-01-01')", .date), ("nullif(id, 0)", .int64), ("id = '5'", .boolean),
            ("id IN ('1', '2')", .boolean), ("ok = 'yes'", .boolean), ("\"no column\"", .text),
        ])
    func types(_ text: String, _ type: DataType) throws {
        #expect(try PlanBench.plan(derive("r", text)).steps.last?.columns.last?.type == type)
    }

    @Test func problemsOfAllStepsAreReportedAtOnceAndOnlyOnce() {
        let problems = PlanBench.problems(
            filter("a1 > 1"), derive("n", "b1 + 1"), derive("m", "n + 1"),
            .select(columns: [PlacedText("c1"), PlacedText("n")]),
            .sort(by: [SortKey(column: PlacedText("d1"))]), aggregate(["n"], ["s": "sum(e1)"]))
        #expect(
            problems.map(\.message).map { $0.prefix(19) }
                == ["a1", "b1", "c1", "d1", "e1"].map { "unknown column \"\($0)\"" })
    }

    @Test func lenientReadingsAreWarnedOf() throws {
        let plan = try PlanBench.plan(filter("name = Oslo AND name <> \"Bergen\""))
        #expect(plan.warnings.count == 2)
        #expect(plan.warnings.allSatisfy { $0.severity == .warning })
    }

    @Test func aggregatesAreRefusedWhereTheyMeanNothing() {
        func message(_ transforms: TransformSpec.Kind...) -> String {
            transforms.count == 1
                ? PlanBench.problems(transforms[0]).first?.message ?? ""
                : PlanBench.problems(transforms[0], transforms[1]).first?.message ?? ""
        }
        #expect(message(aggregate([], ["s": "sum(name)"])).contains("sum needs a number"))
        #expect(message(aggregate([], ["s": "sum(avg(id))"])).contains("inside another aggregate"))
        #expect(message(aggregate(["name"], ["s": "id + 1"])).contains("neither a key of group_by"))
        #expect(message(aggregate(["name"], ["name": "count(*)"])).contains("two columns \"name\""))
        #expect(message(aggregate(["name"], ["NAME": "count(*)"])).contains("differ only in case"))
        #expect(message(aggregate([], ["s": "min(distinct id)"])).contains("DISTINCT means nothing"))
        #expect(
            message(aggregate(["name"], ["n": "count(*)"]), aggregate([], ["f": "first(n)"])).contains("sort before it")
        )
        #expect(
            message(aggregate(["name"], ["n": "count(*)"]), .limit(count: 1, offset: 0)).contains(
                "limit needs an order"))
        #expect(message(aggregate([], ["q": "quantile(id, 2)"])).contains("from 0 to 1"))
    }

    @Test func columnsThatDifferOnlyInCaseAreRefused() {
        #expect(
            PlanBench.problems(derive("ID", "1"))[0].message.contains(
                "\"id\" and \"ID\" of the table differ only in case"))
        let renaming = Renaming(old: PlacedText("id"), new: PlacedText("Name"))
        #expect(PlanBench.problems(.rename(mapping: [renaming]))[0].message.contains("differ only in case"))
        #expect(throws: InvalidPipeline.self) {
            try PlanBench.plan(schemas: ["source": Schema([.init("a", .int64), .init("A", .int64)])])
        }
    }

    @Test func namesAreComparedByCodePoint() throws {
        let schema = Schema([.init("e\u{301}", .int64), .init("\u{E9}", .text)])
        let plan = try PlanBench.plan(.select(columns: [PlacedText("\u{E9}")]), schemas: ["source": schema])
        #expect(plan.output.columns.map(\.type) == [.text])
    }

    @Test func stepsHaveTheNamesAndTablesThatExplainShows() throws {
        let plan = try PlanBench.plan(
            filter("ok"), aggregate(["name"], ["total": "sum(amount)"]),
            .sort(by: [SortKey(column: PlacedText("total"))]))
        #expect(
            plan.steps.map(\.name)
                == ["read_source", "transform_0_filter", "transform_1_aggregate", "transform_2_sort"])
        #expect(
            plan.steps[2].schema == Schema([.init("name", .text), .init("total", .decimal(precision: 38, scale: 2))]))
    }

    @Test func joinsKeepOrderAndNames() throws {
        let right = Schema([.init("id", .int32), .init("name", .text), .init("name_right", .text)])
        func columns(_ transforms: TransformSpec.Kind) throws -> [String] {
            try PlanBench.plan(
                .select(columns: [PlacedText("id"), PlacedText("name")]), transforms,
                sources: [PlanBench.source("a"), PlanBench.source("b")], schemas: ["a": PlanBench.schema, "b": right]
            ).output.columns.map(\.name)
        }
        #expect(try columns(join("b", on: ["id"])) == ["id", "name", "name_right2", "name_right"])
        #expect(try columns(join("b", on: ["id"], .left)) == ["id", "name", "id_right", "name_right2", "name_right"])
        #expect(try columns(join("b", on: ["id"], .outer, merge: true)) == ["id", "name", "name_right2", "name_right"])
        #expect(throws: InvalidPipeline.self) { try columns(join("c", on: ["id"])) }
    }

    @Test func partitionColumnsMustExist() {
        let sink = SinkSpec.file(
            FileSink(path: PlacedText("out"), format: .parquet, partitionBy: [PlacedText("dya")]))
        #expect(throws: InvalidPipeline.self) { try PlanBench.plan(sink: sink) }
    }

    @Test func aMissingColumnOfACheckIsNoProblemOfThePlanButATypeErrorIs() throws {
        let missing = CheckSpec(.expression(PlanBench.placed("nope > 1")))
        let plan = try PlanBench.plan(checks: [missing])
        guard case .impossible(let message) = plan.checks[0].kind else {
            Issue.record("the check was planned")
            return
        }
        #expect(message.contains("unknown column \"nope\""))
        #expect(throws: InvalidPipeline.self) {
            try PlanBench.plan(checks: [CheckSpec(.expression(PlanBench.placed("name > 1")))])
        }
    }
}

@Suite struct PlanLineageTests {
    private func edges(_ plan: Plan) -> Set<String> {
        Set(
            plan.lineage.map {
                "\($0.outputColumn ?? "*") <- \($0.inputSource).\($0.inputColumn) \($0.kind.rawValue) \($0.subtype.rawValue)"
            })
    }

    @Test func columnsAreFollowedThroughEveryStep() throws {
        let right = Schema([.init("id", .int64), .init("label", .text)])
        let plan = try PlanBench.plan(
            filter("ok"), derive("size", "CASE WHEN x > 1 THEN amount ELSE 0 END"),
            .rename(mapping: [Renaming(old: PlacedText("name"), new: PlacedText("person"))]),
            join("labels", on: ["id"]),
            aggregate(["label"], ["total": "sum(size)", "one": "max(person)", "n": "count(*)"]),
            .sort(by: [SortKey(column: PlacedText("total"))]),
            sources: [PlanBench.source("sales"), PlanBench.source("labels")],
            schemas: ["sales": PlanBench.schema, "labels": right])
        #expect(
            edges(plan) == [
                "label <- labels.label DIRECT IDENTITY", "total <- sales.amount DIRECT AGGREGATION",
                "total <- sales.x INDIRECT CONDITIONAL", "one <- sales.name DIRECT AGGREGATION",
                "* <- sales.ok INDIRECT FILTER", "* <- sales.id INDIRECT JOIN", "* <- labels.id INDIRECT JOIN",
                "* <- labels.label INDIRECT GROUP_BY", "* <- sales.amount INDIRECT SORT", "* <- sales.x INDIRECT SORT",
            ])
    }

    @Test func aMergedKeyComesFromBothSides() throws {
        let plan = try PlanBench.plan(
            join("labels", on: ["id"], .outer, merge: true), .select(columns: [PlacedText("id")]),
            sources: [PlanBench.source("sales"), PlanBench.source("labels")],
            schemas: ["sales": PlanBench.schema, "labels": Schema([.init("id", .int64)])])
        #expect(
            Set(edges(plan).filter { $0.hasPrefix("id") })
                == ["id <- sales.id DIRECT TRANSFORMATION", "id <- labels.id DIRECT TRANSFORMATION"])
    }
}
