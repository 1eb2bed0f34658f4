/// A question that must be answered before a pivot can be planned: which values its column holds. The columns of a
/// pivoted table depend on the data.
///
/// An engine asks until nothing is left to ask, then plans with the answers:
///
///     var values: [Int: [String?]] = [:]
///     while let probe = try Plan.pivotProbe(spec, file: file, schemas: schemas, pivotValues: values) {
///         values[probe.transform] = …  // the rows of the compiled probe
///     }
///     let plan = try Plan.make(spec, file: file, schemas: schemas, pivotValues: values)
public struct PivotProbe: Sendable {
    /// The index of the pivot in the transforms: the key of its answer.
    public var transform: Int
    /// The name of the pivot's step.
    public var stepName: String
    /// The steps before the pivot; the last one makes the table that it reads. Has no checks and no sink.
    public var plan: Plan
    /// The column whose different values are wanted: as texts, in the order of the values, null last.
    public var column: PlanColumn

    /// An engine reads one value more, so that too many are noticed.
    public static let valueLimit = 1_000
    /// Scalars of a value that becomes (a part of) a column's name.
    public static let lengthLimit = 200
}

extension Plan {
    /// The first pivot that `pivotValues` does not answer; nil when there is none. Throws what is wrong with the steps
    /// before it.
    public static func pivotProbe(
        _ spec: PipelineSpec, file: String?, schemas: [String: Schema], pivotValues: [Int: [String?]] = [:]
    ) throws(InvalidPipeline) -> PivotProbe? {
        let unanswered = spec.transforms.enumerated().first { index, transform in
            if case .pivot = transform.kind { pivotValues[index] == nil } else { false }
        }
        guard let (index, transform) = unanswered, case .pivot(let pivot) = transform.kind else { return nil }
        var before = spec
        before.transforms = Array(spec.transforms[..<index])
        before.checks = []
        before.sink = nil
        let plan = try make(before, file: file, schemas: schemas, pivotValues: pivotValues)
        guard let column = plan.outputColumns.first(where: { ColumnName($0.name) == ColumnName(pivot.columns.text) })
        else {
            let message = ExpressionTyper.unknownColumn(pivot.columns.text, plan.outputColumns)
            throw InvalidPipeline([
                Problem(message, file: file, position: pivot.columns.place.position, path: pivot.columns.place.path)
            ])
        }
        return PivotProbe(
            transform: index, stepName: "transform_\(index)_pivot", plan: plan, column: column)
    }
}
