import Pipeline
import Testing

private func names(_ texts: String...) -> [PlacedText] { texts.map { PlacedText($0) } }

@Suite struct PlanOperationTests {
    private func pivot(_ aggregate: PivotSpec.Aggregate = .sum) -> TransformSpec.Kind {
        .pivot(
            PivotSpec(
                index: names("name"), columns: PlacedText("ok"), values: PlacedText("amount"),
                aggregates: [.init(name: PlacedText("x"), aggregate: aggregate)]))
    }

    private func spec(_ transforms: TransformSpec.Kind...) -> PipelineSpec {
        PipelineSpec(name: "p", sources: [PlanBench.source()], transforms: transforms.map { TransformSpec($0) })
    }

    @Test func aPivotAsksForItsValuesAndIsPlannedWithThem() throws {
        let spec = spec(.filter(predicate: PlanBench.placed("id > 1")), pivot())
        let schemas = ["source": PlanBench.schema]
        let probe = try #require(try Plan.pivotProbe(spec, file: nil, schemas: schemas))
        #expect(probe.transform == 1 && probe.stepName == "transform_1_pivot" && probe.column.name == "ok")
        #expect(probe.plan.steps.map(\.name) == ["read_source", "transform_0_filter"])
        let values: [Int: [String?]] = [1: ["false", "true", nil]]
        #expect(try Plan.pivotProbe(spec, file: nil, schemas: schemas, pivotValues: values)?.transform == nil)
        let plan = try Plan.make(spec, file: nil, schemas: schemas, pivotValues: values)
        #expect(plan.output.columns.map(\.name) == ["name", "false", "true", "null"])
        #expect(plan.output.columns.last?.type == .decimal(precision: 38, scale: 2))
    }

    @Test func eachPivotIsAskedForOnTheTableBeforeIt() throws {
        let second = TransformSpec.Kind.pivot(
            PivotSpec(
                index: [], columns: PlacedText("name"), values: PlacedText("true"),
                aggregates: [.init(name: PlacedText("max"), aggregate: .max)]))
        let spec = spec(pivot(), second)
        let schemas = ["source": PlanBench.schema]
        #expect(try Plan.pivotProbe(spec, file: nil, schemas: schemas)?.transform == 0)
        let probe = try Plan.pivotProbe(spec, file: nil, schemas: schemas, pivotValues: [0: ["true"]])
        #expect(probe?.transform == 1)
        #expect(probe?.plan.output.columns.map(\.name) == ["name", "true"])
    }

    @Test func aPivotOfAnUnknownColumnIsRefusedBeforeAnythingIsAsked() throws {
        let wrong = TransformSpec.Kind.pivot(
            PivotSpec(
                index: [], columns: PlacedText("okk"), values: PlacedText("id"),
                aggregates: [.init(name: PlacedText("max"), aggregate: .max)]))
        #expect(throws: InvalidPipeline.self) {
            try Plan.pivotProbe(spec(wrong), file: nil, schemas: ["source": PlanBench.schema])
        }
    }

    @Test func onlyWhatDependsOnTheOrderNumbersTheRows() throws {
        func isNumbered(_ transforms: TransformSpec.Kind...) throws -> Bool {
            let spec = PipelineSpec(
                name: "p", sources: [PlanBench.source()], transforms: transforms.map { TransformSpec($0) })
            let plan = try Plan.make(spec, file: nil, schemas: ["source": PlanBench.schema])
            if case .source(_, let ordinal) = plan.steps[0].relation { return ordinal != nil }
            return false
        }
        let whole = TransformSpec.Kind.dedup(DedupSpec())
        #expect(try !isNumbered(whole))
        #expect(try !isNumbered(.limit(count: 1, offset: 0)))
        #expect(try isNumbered(whole, .limit(count: 1, offset: 0)))
        #expect(try isNumbered(.dedup(DedupSpec(columns: names("id")))))
        #expect(try !isNumbered(.dedup(DedupSpec(columns: names("id"), orderBy: [SortKey(column: PlacedText("x"))]))))
        #expect(try !isNumbered(.sort(by: [SortKey(column: PlacedText("x"))]), .dedup(DedupSpec(columns: names("id")))))
    }
}

@Suite struct PlanOperationLineageTests {
    private func edges(_ plan: Plan, of column: String? = nil) -> Set<String> {
        Set(
            plan.lineage.filter { column == nil || $0.outputColumn == column }.map {
                "\($0.outputColumn ?? "*") <- \($0.inputSource).\($0.inputColumn) \($0.kind.rawValue) \($0.subtype.rawValue)"
            })
    }

    @Test func aWindowColumnComesFromItsArgumentAndIsChosenByItsWindow() throws {
        let plan = try PlanBench.plan(
            .window(columns: [
                WindowColumnSpec(
                    name: PlacedText("w"), function: .sum, column: PlacedText("amount"), partitionBy: names("name"),
                    orderBy: [SortKey(column: PlacedText("day"))]),
                WindowColumnSpec(name: PlacedText("n"), function: .count, partitionBy: names("ok")),
            ]), .deriveColumn(name: PlacedText("double"), expression: PlanBench.placed("w * 2")))
        let expected: Set<String> = [
            "w <- source.amount DIRECT AGGREGATION", "w <- source.name INDIRECT WINDOW",
            "w <- source.day INDIRECT WINDOW",
        ]
        #expect(edges(plan, of: "w") == expected)
        #expect(edges(plan, of: "n") == ["n <- source.ok INDIRECT WINDOW"])
        // What is made of it inherits both.
        #expect(edges(plan, of: "double") == Set(expected.map { $0.replacing("w <-", with: "double <-") }))
    }

    @Test func unitedColumnsComeFromEveryPart() throws {
        let plan = try PlanBench.plan(
            .union(UnionSpec(sources: names("b"), missing: .null)),
            sources: [PlanBench.source("a"), PlanBench.source("b")],
            schemas: ["a": Schema([.init("id", .int64)]), "b": Schema([.init("id", .float64), .init("x", .text)])])
        #expect(
            edges(plan) == [
                "id <- a.id DIRECT TRANSFORMATION", "id <- b.id DIRECT TRANSFORMATION", "x <- b.x DIRECT IDENTITY",
            ])
    }

    @Test func computedKeysAndFilledColumnsAreTransformations() throws {
        let plan = try PlanBench.plan(
            .hashKey(HashKeySpec(name: PlacedText("h"), columns: names("id", "name"))),
            .coalesce(name: PlacedText("c"), columns: names("x", "id"), default: nil),
            .fillNull(columns: [FilledColumn(column: PlacedText("name"), value: PlacedLiteral(.text("-")))]))
        #expect(
            edges(plan, of: "h") == ["h <- source.id DIRECT TRANSFORMATION", "h <- source.name DIRECT TRANSFORMATION"])
        #expect(
            edges(plan, of: "c") == ["c <- source.x DIRECT TRANSFORMATION", "c <- source.id DIRECT TRANSFORMATION"])
        #expect(edges(plan, of: "name") == ["name <- source.name DIRECT TRANSFORMATION"])
    }

    @Test func dedupAndSemiJoinsTouchTheTableAsAWhole() throws {
        let plan = try PlanBench.plan(
            .select(columns: names("id", "x")),
            .join(
                JoinSpec(
                    right: .named(PlacedText("b")), keys: [.init(left: PlacedText("id"), right: PlacedText("k"))],
                    how: .semi)),
            .dedup(DedupSpec(columns: names("id"), orderBy: [SortKey(column: PlacedText("x"))])),
            sources: [PlanBench.source("a"), PlanBench.source("b")],
            schemas: ["a": PlanBench.schema, "b": Schema([.init("k", .int64)])])
        #expect(
            edges(plan) == [
                "id <- a.id DIRECT IDENTITY", "x <- a.x DIRECT IDENTITY", "* <- a.id INDIRECT JOIN",
                "* <- b.k INDIRECT JOIN", "* <- a.id INDIRECT GROUP_BY", "* <- a.x INDIRECT SORT",
            ])
    }

    @Test func pivotedAndUnpivotedValuesKeepTheirOrigin() throws {
        let unpivot = UnpivotSpec(
            idVars: names("name"), valueVars: names("id", "x"), varName: PlacedText("k"), valueName: PlacedText("v"))
        let pivot = PivotSpec(
            index: names("name"), columns: PlacedText("ok"), values: PlacedText("amount"),
            aggregates: [.init(name: PlacedText("sum"), aggregate: .sum)])
        let long = try PlanBench.plan(.unpivot(unpivot))
        #expect(
            edges(long) == [
                "name <- source.name DIRECT IDENTITY", "v <- source.id DIRECT TRANSFORMATION",
                "v <- source.x DIRECT TRANSFORMATION",
            ])
        let spec = PipelineSpec(name: "p", sources: [PlanBench.source()], transforms: [TransformSpec(.pivot(pivot))])
        let wide = try Plan.make(
            spec, file: nil, schemas: ["source": PlanBench.schema], pivotValues: [0: ["true"]])
        #expect(
            edges(wide) == [
                "name <- source.name DIRECT IDENTITY", "true <- source.amount DIRECT AGGREGATION",
                "true <- source.ok INDIRECT CONDITIONAL", "* <- source.name INDIRECT GROUP_BY",
            ])
    }
}
