/// Walks a pipeline step by step with the table that each step leaves, collecting every problem on the way.
struct Planner {
    let spec: PipelineSpec
    let file: String?
    private let schemas: [String: Schema]
    /// The values that pivots make columns of, by the index of the transform.
    let pivotValues: [Int: [String?]]
    /// Whether the first source carries a hidden number per row, which an aggregate such as `first` orders by.
    private let numbersRows: Bool

    var steps: [PlanStep] = []
    var sources: [Plan.Source] = []
    var lineage = LineageTrace()
    var problems: [Problem] = []
    var warnings: [Problem] = []
    var wantsOrdinal = false

    /// The table so far.
    var columns: [PlanColumn] = []
    private var hidden: [PlanColumn] = []
    var order = RowOrder.lost
    /// Columns of which no two rows hold the same values, where that is known; nil where it is not.
    var uniqueKey: Set<Int>?
    var current = 0

    private var lastID = 0
    private var checks: [PlannedCheck] = []
    private var readSteps: [Int: Int] = [:]
    /// Every column ever made, so that one that has left the table can be carried along hidden.
    private var made: [Int: PlanColumn] = [:]

    init(
        _ spec: PipelineSpec, file: String?, schemas: [String: Schema], pivotValues: [Int: [String?]],
        numbersRows: Bool
    ) {
        self.spec = spec
        self.file = file
        self.schemas = schemas
        self.pivotValues = pivotValues
        self.numbersRows = numbersRows
    }

    /// nil when there is a problem.
    var plan: Plan? {
        guard problems.isEmpty else { return nil }
        return Plan(
            sources: sources, steps: steps,
            output: Schema(columns.map { Schema.Column($0.name, Self.stored($0.type)) }),
            checks: checks, sink: spec.sink, lineage: lineage.edges(of: columns), warnings: warnings)
    }

    mutating func run() {
        guard let first = spec.sources.first else {
            problems.append(Problem("the pipeline has no source", file: file, path: "source"))
            return
        }
        guard let step = read(first, isPrimary: true) else { return }
        current = step
        columns = steps[step].columns
        hidden = steps[step].hidden
        order = .input(ordinals: hidden.map(\.id), stands: true)
        for (index, transform) in spec.transforms.enumerated() { plan(transform, index) }
        planChecks()
        planSink()
    }

    // MARK: Sources

    /// The step that reads a source, made when it is first needed.
    mutating func read(_ named: NamedSource, isPrimary: Bool = false) -> Int? {
        if let known = sources.firstIndex(where: { ColumnName($0.name) == ColumnName(named.name) }) {
            return readSteps[known]
        }
        guard let schema = schemas[named.name] else {
            report("nothing is known of the columns of source \"\(named.name)\"", named.place)
            return nil
        }
        let columns = schema.columns.map { column($0.name, $0.type) }
        refuseClashes(columns, of: "source \"\(named.name)\"", named.place)
        if case .file(let file) = named.source {
            for wanted in file.types where !columns.contains(where: { ColumnName($0.name) == ColumnName(wanted.name) })
            {
                report(ExpressionTyper.unknownColumn(wanted.name, columns) + " to give a type", wanted.place)
            }
        }
        var ordinal: PlanColumn?
        if numbersRows, isPrimary || isUnited(named.name) { ordinal = column("", .int64) }
        let index = sources.count
        sources.append(Plan.Source(name: named.name, source: named.source, schema: schema))
        let isSingle = spec.sources.count == 1 && isPrimary
        steps.append(
            PlanStep(
                name: isSingle ? "read_source" : "read_source_\(named.name)", operation: "read_source",
                relation: .source(index, ordinal: ordinal?.id), columns: columns,
                hidden: [ordinal].compactMap(\.self), order: []))
        lineage.source(named.name, columns)
        readSteps[index] = steps.count - 1
        return steps.count - 1
    }

    /// Whether rows of the source come to stand below others.
    private func isUnited(_ name: String) -> Bool {
        spec.transforms.contains { transform in
            guard case .union(let union) = transform.kind else { return false }
            return union.sources.contains { ColumnName($0.text) == ColumnName(name) }
        }
    }

    // MARK: Steps

    private mutating func plan(_ transform: TransformSpec, _ index: Int) {
        let name = "transform_\(index)_\(transform.operation)"
        let place = transform.place
        switch transform.kind {
        case .select(let names): select(names, name, place)
        case .rename(let mapping): rename(mapping, name, place)
        case .filter(let predicate): filter(predicate, name)
        case .deriveColumn(let column, let expression): derive(column, expression, name, place)
        case .cast(let types): cast(types, name)
        case .sort(let keys): sort(keys, name)
        case .limit(let count, let offset): limit(count, offset, name, place)
        case .join(let join): self.join(join, index, name, place)
        case .aggregate(let groups, let aggregates): aggregate(groups, aggregates, name, place)
        case .fillNull(let filled): fillNull(filled, name)
        case .coalesce(let column, let columns, let fallback): coalesce(column, columns, fallback, name)
        case .hashKey(let hash): hashKey(hash, name)
        case .dedup(let dedup): self.dedup(dedup, name)
        case .union(let union): self.union(union, name, place)
        case .window(let columns): window(columns, name)
        case .pivot(let pivot): self.pivot(pivot, index, name, place)
        case .unpivot(let unpivot): self.unpivot(unpivot, name, place)
        }
    }

    /// Adds a step whose table is `columns`, and carries along what the order needs.
    mutating func add(_ relation: Relation, _ name: String, _ operation: String, _ columns: [PlanColumn]) {
        let visible = Set(columns.map(\.id))
        let carried = order.columns.filter { !visible.contains($0) }.compactMap { made[$0] }
        steps.append(
            PlanStep(
                name: name, operation: operation, relation: relation, columns: columns, hidden: carried,
                order: order.keys))
        current = steps.count - 1
        self.columns = columns
        hidden = carried
    }

    mutating func column(_ name: String, _ type: DataType) -> PlanColumn {
        lastID += 1
        let column = PlanColumn(id: lastID, name: name, type: type)
        made[lastID] = column
        return column
    }

    // MARK: Names

    /// The column of that name, or a problem with a suggestion.
    mutating func find(_ name: PlacedText) -> PlanColumn? {
        if let column = columns.first(where: { ColumnName($0.name) == ColumnName(name.text) }) { return column }
        report(ExpressionTyper.unknownColumn(name.text, columns), name.place)
        return nil
    }

    /// Two names that differ only in case: no engine keeps them apart.
    mutating func refuseClashes(_ columns: [PlanColumn], of table: String, _ place: FieldPlace) {
        var seen: [ColumnName: String] = [:]
        for column in columns {
            if let other = seen.updateValue(column.name, forKey: ColumnName(folding: column.name)) {
                let isSame = ColumnName(other) == ColumnName(column.name)
                report(
                    isSame
                        ? "\(table) has two columns \"\(other)\""
                        : "columns \"\(other)\" and \"\(column.name)\" of \(table) differ only in case; rename one",
                    place)
            }
        }
    }

    // MARK: Expressions

    mutating func typed(
        _ expression: PlacedExpression, setting: ExpressionTyper.Setting = .rows,
        _ read: (inout ExpressionTyper, Expression) -> TypedExpression? = { $0.type($1) }
    ) -> TypedExpression? {
        var typer = ExpressionTyper(
            columns: columns, setting: setting, order: order, file: file, place: expression.place)
        let typed = read(&typer, expression.expression)
        problems += typer.problems
        warnings += typer.warnings
        wantsOrdinal = wantsOrdinal || typer.wantsOrdinal
        return typed
    }

    // MARK: Checks and sink

    /// The type in which a file keeps a column.
    private static func stored(_ type: DataType) -> DataType {
        switch type {
        case .unknown: .text
        case .hugeint: .decimal(precision: 38, scale: 0)
        default: type
        }
    }

    private mutating func planChecks() {
        let final = columns.map { PlanColumn(id: $0.id, name: $0.name, type: Self.stored($0.type)) }
        let untyped = Set(columns.filter { $0.type == .unknown }.map(\.id))
        let planner = CheckPlanner(columns: final, untyped: untyped, file: file)
        for check in spec.checks {
            let outcome = planner.plan(check)
            problems += outcome.problems
            warnings += outcome.warnings
            checks.append(PlannedCheck(spec: check, kind: outcome.kind))
        }
    }

    private mutating func planSink() {
        let place: FieldPlace
        switch spec.sink {
        case .file(let sink)?:
            planPartitions(sink)
            place = sink.place
        case .database(let sink)?:
            for key in sink.upsertKeys { _ = find(key) }
            place = sink.place
        case nil: return
        }
        // Often only because of a problem before it.
        if columns.isEmpty, problems.isEmpty { report("the final table has no columns", place) }
    }

    private mutating func planPartitions(_ sink: FileSink) {
        var taken: Set<Int> = []
        for name in sink.partitionBy {
            guard let column = find(name) else { continue }
            taken.insert(column.id)
            switch column.type {
            case .list, .structure, .binary, .json, .interval, .other:
                report("column \"\(name.text)\" of type \(column.type) cannot name folders", name.place)
            default: break
            }
        }
        if !taken.isEmpty, taken.count == columns.count {
            report("every column is in partition_by, so nothing would be left inside the files", sink.place)
        }
    }

    // MARK: Problems

    mutating func report(_ message: String, _ place: FieldPlace) {
        problems.append(Problem(message, file: file, position: place.position, path: place.path))
    }
}
