import Pipeline
import Testing

@Suite struct StepRowsTests {
    private func rows(_ known: [Int: Int64], _ transforms: TransformSpec.Kind...) throws -> StepRows {
        let spec = PipelineSpec(
            name: "p", sources: [PlanBench.source()], transforms: transforms.map { TransformSpec($0) })
        let plan = try Plan.make(spec, file: nil, schemas: ["source": PlanBench.schema])
        return StepRows(plan.steps, known: known)
    }

    private let derived = TransformSpec.Kind.deriveColumn(name: PlacedText("x"), expression: PlanBench.placed("id + 1"))
    private let kept = TransformSpec.Kind.filter(predicate: PlanBench.placed("id > 1"))

    @Test func allIsKnownAroundOneStepThatDropsRows() throws {
        let rows = try rows([0: 10, 4: 3], derived, kept, derived, .sort(by: [SortKey(column: PlacedText("id"))]))
        #expect(rows.out == [10, 10, 3, 3, 3])
        #expect((0..<5).map { rows.read(by: $0) } == [nil, 10, 10, 3, 3])
    }

    @Test func betweenTwoThatDropRowsNothingIsGuessed() throws {
        let rows = try rows([0: 10, 4: 3], kept, derived, kept, derived)
        #expect(rows.out == [10, nil, nil, 3, 3])
        #expect((0..<5).map { rows.read(by: $0) } == [nil, 10, nil, nil, 3])
    }

    @Test func aLimitIsReckonedFromWhatItReads() throws {
        #expect(try rows([0: 10], .limit(count: 4, offset: 0)).out == [10, 4])
        #expect(try rows([0: 10], .limit(count: 4, offset: 8)).out == [10, 2])
        #expect(try rows([0: 10], .limit(count: 4, offset: .max)).out == [10, 0])
        #expect(try rows([1: 4], .limit(count: 4, offset: 0)).out == [nil, 4])
    }

    @Test func whatIsKnownIsNotReckoned() throws {
        #expect(try rows([0: 10, 1: 9], derived).out == [10, 9])
        #expect(try rows([:], derived, kept).out == [nil, nil, nil])
    }
}
