public import Pipeline

/// What a plan makes an engine do with its input, in gigabytes (10⁹ bytes, uncompressed and decoded) by kind of work.
/// Rough by nature: how many rows a filter leaves, or how many groups there are, nobody knows before; what is learned
/// of earlier runs corrects it.
public struct Workload: Sendable, Hashable, Codable {
    public enum Work: String, Sendable, Hashable, Codable, CaseIterable {
        /// Reading, by format.
        case parquet, csv, json, database
        /// Row by row: conditions, computed columns.
        case rows
        case aggregate, join, sort, window
        /// Of aggregations, for each gigabyte that comes out of them: few groups cost next to nothing.
        case groups
        /// Writing the result.
        case write
    }

    /// The same for plans that do the same steps on the same formats, whatever their columns are called.
    public var shape: String
    /// By `Work`; none that are nought.
    public var gigabytes: [String: Double]
    /// Memory that steps which need all of their input take for it at the same time, in gigabytes.
    public var heldGigabytes: Double
    /// All sources together, decoded.
    public var inputGigabytes: Double
    /// Of the widest rows that are sorted, joined, grouped, or written many at a time; nil: decided before it was told.
    public var widestRowBytes: Double?

    public init(
        shape: String, gigabytes: [String: Double], heldGigabytes: Double, inputGigabytes: Double,
        widestRowBytes: Double? = nil
    ) {
        (self.shape, self.gigabytes) = (shape, gigabytes)
        (self.heldGigabytes, self.inputGigabytes) = (heldGigabytes, inputGigabytes)
        self.widestRowBytes = widestRowBytes
    }

    /// nil as soon as the size of one source is unknown.
    public init?(_ plan: Plan, _ estimate: InputEstimate) {
        guard var walk = WorkloadWalk(plan, estimate) else { return nil }
        walk.run()
        self = walk.workload
    }
}

/// Follows rows and bytes from the sources to the final table.
private struct WorkloadWalk {
    /// A table on its way.
    struct Flow {
        var rows: Double
        var bytes: Double
    }

    let plan: Plan
    let needed: Set<Int>
    let sources: [Flow]
    var flows: [Flow] = []
    /// Bytes, by the name of the work.
    var work: [String: Double] = [:]
    /// Of each blocking step, with what it builds around its rows.
    var held: [Double] = []
    /// Of those that engines keep many of at a time.
    var widestRow = 0.0
    var words: [String] = []
    /// Of columns, by id, about how many different values they hold.
    var distinct: [Int: Double] = [:]
    private let distinctOfSources: [[Int: Int64]]

    init?(_ plan: Plan, _ estimate: InputEstimate) {
        self.plan = plan
        // One estimate for each source, in their order.
        guard estimate.sources.count == plan.sources.count else { return nil }
        var sources: [Flow] = []
        for (source, size) in zip(plan.sources, estimate.sources) {
            guard let bytes = size.expandedBytes else { return nil }
            let width = source.schema.columns.reduce(0) { $0 + ColumnWidth.bytes($1.type) }
            sources.append(
                Flow(rows: size.rows.map(Double.init) ?? Double(bytes) / max(8, width), bytes: Double(bytes)))
        }
        self.sources = sources
        distinctOfSources = estimate.sources.map { $0.distinctValues ?? [:] }
        needed = plan.neededColumns
    }

    mutating func run() {
        for step in plan.steps { flows.append(follow(step)) }
        add(.write, flows.last?.bytes ?? 0)
        if let last = flows.last { keep(last) }
    }

    var workload: Workload {
        // Steps that follow each other overlap by two: one fills while the one before it empties.
        let most = held.sorted(by: >).prefix(2).reduce(0, +)
        return Workload(
            shape: Self.digest(of: words),
            gigabytes: work.filter { $0.value > 0 }.mapValues { $0 / 1e9 }, heldGigabytes: most / 1e9,
            inputGigabytes: sources.reduce(0) { $0 + $1.bytes } / 1e9, widestRowBytes: widestRow.rounded())
    }

    /// FNV-1a: a name to file observations under, nothing that has to withstand anybody.
    private static func digest(of words: [String]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for word in words {
            for byte in word.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 0x20) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private mutating func add(_ kind: Workload.Work, _ bytes: Double) { work[kind.rawValue, default: 0] += bytes }

    /// Notes how wide its rows are, which are kept in batches of as many as an engine works on together; of fewer rows
    /// less.
    private mutating func keep(_ flow: Flow) {
        guard flow.rows > 0 else { return }
        let share = min(1, flow.rows / Self.batch)
        widestRow = max(widestRow, flow.bytes / flow.rows * share)
    }

    /// Rows of a row group.
    private static let batch = 122_880.0

    private mutating func follow(_ step: PlanStep) -> Flow {
        let input = step.relation.input.map { flows[$0] } ?? Flow(rows: 0, bytes: 0)
        let width = (step.columns + step.hidden).reduce(0) {
            $0 + (needed.contains($1.id) ? ColumnWidth.bytes($1.type) : 0)
        }
        func table(_ rows: Double) -> Flow {
            // A text may be longer than thought: a table of as many columns is not smaller per row than its input.
            let row = input.rows > 0 ? max(width, min(input.bytes / input.rows, width * 4)) : width
            return Flow(rows: rows, bytes: rows * max(1, row))
        }
        words.append(step.operation)
        switch step.relation {
        case .source(let index, _):
            let kind = Self.kind(of: plan.sources[index].source)
            add(kind, sources[index].bytes)
            for (place, values) in distinctOfSources[index] where step.columns.indices.contains(place) {
                distinct[step.columns[place].id] = Double(values)
            }
            words.append(kind.rawValue)
            return sources[index]
        case .select: return table(input.rows)
        case .compute(_, let computed):
            if !computed.isEmpty { add(.rows, input.bytes) }
            for column in computed { distinct[column.id] = values(of: column.value) }
            return table(input.rows)
        case .filter(_, let condition):
            add(.rows, input.bytes)
            return table(input.rows * Selectivity.of(condition))
        case .sort:
            add(.sort, input.bytes)
            keep(input)
            held.append(input.bytes * 2)
            return table(input.rows)
        case .limit(_, let count, let offset, _):
            add(.rows, input.bytes)
            let output = table(min(input.rows, Double(count)))
            held.append(min(input.bytes, output.bytes * (1 + Double(offset) / Double(max(1, count)))))
            return output
        case .join(let join):
            let right = flows[join.right]
            add(.join, input.bytes + right.bytes)
            held.append(right.bytes * 2.8)
            keep(right)
            words.append(join.how.rawValue)
            for (column, origin) in zip(step.columns, join.origins) {
                switch origin {
                case .column(_, let id): distinct[column.id] = distinct[id]
                case .merged(let left, let right): distinct[column.id] = values(of: left) ?? values(of: right)
                }
            }
            return table(Self.rows(of: join.how, input.rows, right.rows))
        case .aggregate(_, let groups, _):
            let output = table(self.groups(of: step, groups, input.rows))
            aggregate(input, output)
            words.append("\(groups.count)")
            return output
        case .dedup:
            let output = table(dedupRows(step, input.rows))
            aggregate(input, output)
            return output
        case .union(let parts):
            let inputs = parts.map { flows[$0.from] }
            return Flow(
                rows: inputs.reduce(0) { $0 + $1.rows }, bytes: inputs.reduce(0) { $0 + $1.bytes })
        case .window(_, let computed):
            add(.window, input.bytes)
            keep(input)
            held.append(input.bytes * 1.5)
            words.append("\(computed.count)")
            return table(input.rows)
        case .pivot(let pivot):
            let output = table(input.rows.squareRoot())
            aggregate(input, output)
            words.append("\(pivot.index.count)")
            return output
        case .unpivot(let unpivot):
            add(.rows, input.bytes)
            return table(input.rows * Double(max(1, unpivot.parts.count)))
        }
    }

    private mutating func aggregate(_ input: Flow, _ output: Flow) {
        add(.aggregate, input.bytes)
        add(.groups, output.bytes)
        held.append(output.bytes * 3.5)
        keep(output)
    }

    private static func kind(of source: SourceSpec) -> Workload.Work {
        switch source {
        case .database: .database
        case .file(let file):
            switch file.format {
            // Stored by columns, compressed, with footers alike.
            case .parquet, .orc: .parquet
            case .csv: .csv
            case .json: .json
            }
        }
    }

    private static func rows(of kind: JoinSpec.Kind, _ left: Double, _ right: Double) -> Double {
        switch kind {
        case .semi, .anti: left / 2
        case .inner, .left, .right: max(left, right)
        case .outer: left + right
        // Nobody crosses two large tables and waits for it.
        case .cross: left * min(right, 10_000)
        }
    }

    /// As many groups as the keys have values; where that is not known, as keys of their types tend to have. What is
    /// not known counts for less with each further key: they seldom vary freely.
    private func groups(of step: PlanStep, _ keys: [Int], _ rows: Double) -> Double {
        var groups = 1.0
        var unknown: [Double] = []
        for column in step.columns where keys.contains(column.id) {
            if let known = distinct[column.id] {
                groups *= max(1, known)
            } else {
                unknown.append(Self.values(of: column.type, rows))
            }
        }
        for (place, values) in unknown.sorted(by: >).enumerated() {
            // The root, the root of the root, …
            groups *= (0..<place).reduce(values) { value, _ in value.squareRoot() }
        }
        return min(max(1, groups), rows * 0.9)
    }

    private func dedupRows(_ step: PlanStep, _ rows: Double) -> Double {
        guard case .dedup(_, let keys, _, _) = step.relation, !keys.isEmpty else {
            let all = step.columns.map(\.id)
            return all.allSatisfy { distinct[$0] != nil } ? groups(of: step, all, rows) : rows * 0.9
        }
        return keys.allSatisfy { distinct[$0] != nil } ? groups(of: step, keys, rows) : rows * 0.9
    }

    private func values(of value: TypedExpression) -> Double? {
        switch value.kind {
        case .column(let id): distinct[id]
        case .cast(let operand, _): values(of: operand)
        case .literal: 1
        case .extract(let part, _): ["year": 10, "quarter": 4, "month": 12, "week": 53, "day": 31, "hour": 24][part]
        default: nil
        }
    }

    private static func values(of type: DataType, _ rows: Double) -> Double {
        switch type {
        case .boolean: 2
        case .int8, .uint8: 50
        case .date: min(rows, 1000)
        default: rows.squareRoot()
        }
    }
}

/// How wide a value is in memory, in bytes.
private enum ColumnWidth {
    static func bytes(_ type: DataType) -> Double {
        switch type {
        case .boolean, .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float32, .date: 4
        case .hugeint, .decimal, .interval, .uuid: 16
        case .text, .binary, .json: 24
        case .list, .structure: 48
        default: 8
        }
    }
}

/// Which part of the rows a condition leaves, by its form alone.
private enum Selectivity {
    static func of(_ condition: TypedExpression) -> Double { max(0.01, min(1, share(condition))) }

    private static func share(_ condition: TypedExpression) -> Double {
        switch condition.kind {
        case .binary(.and, let left, let right): share(left) * share(right)
        case .binary(.or, let left, let right): min(1, share(left) + share(right))
        case .binary(.equal, _, _): 0.1
        case .binary(.notEqual, _, _): 0.9
        case .unary(.not, let operand): 1 - share(operand)
        case .isNull(_, let negated): negated ? 0.9 : 0.1
        case .between(_, _, _, let negated): negated ? 0.75 : 0.25
        case .inList(_, let items, let negated):
            negated ? 0.8 : min(0.5, 0.1 * Double(items.count))
        case .like(_, _, _, let negated): negated ? 0.8 : 0.2
        default: 0.4
        }
    }
}
