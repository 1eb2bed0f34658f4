/// How many rows each step of a plan has read and made, as far as it follows from what is known of some of them: a step
/// that only computes columns makes as many rows as it reads, and so backwards. An engine makes one query of all steps,
/// and tells of its beginning and its end alone; with one step between them that drops or joins rows, all is known.
public struct StepRows: Sendable {
    /// By the index of the step; nil: not known.
    public private(set) var out: [Int64?]
    private let steps: [PlanStep]

    /// `known`: rows that steps made, by their index.
    public init(_ steps: [PlanStep], known: [Int: Int64]) {
        self.steps = steps
        out = steps.indices.map { known[$0] }
        // Each round finds something or is the last.
        while findForwards() || findBackwards() {}
    }

    /// Rows of all tables that the step read; nil for sources, and where one is not known.
    public func read(by step: Int) -> Int64? {
        let inputs = inputs(of: step)
        guard !inputs.isEmpty else { return nil }
        return sum(inputs)
    }

    private mutating func findForwards() -> Bool {
        var hasFound = false
        for index in steps.indices where out[index] == nil {
            out[index] = made(by: index)
            hasFound = hasFound || out[index] != nil
        }
        return hasFound
    }

    private func made(by step: Int) -> Int64? {
        switch steps[step].relation {
        case .select(let from), .compute(let from, _), .sort(let from), .window(let from, _): return out[from]
        case .limit(let from, let count, let offset, _):
            return out[from].map { max(0, min(count, $0 - min($0, offset))) }
        case .aggregate(_, let groups, _): return groups.isEmpty ? 1 : nil
        case .union: return sum(inputs(of: step))
        case .unpivot(let unpivot):
            let made = out[unpivot.from]?.multipliedReportingOverflow(by: Int64(unpivot.parts.count))
            return made?.overflow == false ? made?.partialValue : nil
        case .source, .filter, .join, .dedup, .pivot: return nil
        }
    }

    private mutating func findBackwards() -> Bool {
        var hasFound = false
        for index in steps.indices.reversed() {
            guard let made = out[index] else { continue }
            switch steps[index].relation {
            case .select(let from), .compute(let from, _), .sort(let from), .window(let from, _):
                guard out[from] == nil else { continue }
                out[from] = made
                hasFound = true
            case .source, .filter, .limit, .join, .aggregate, .dedup, .union, .pivot, .unpivot: continue
            }
        }
        return hasFound
    }

    private func inputs(of step: Int) -> [Int] {
        switch steps[step].relation {
        case .source: []
        case .select(let from), .compute(let from, _), .filter(let from, _), .sort(let from), .window(let from, _),
            .limit(let from, _, _, _), .aggregate(let from, _, _), .dedup(let from, _, _, _):
            [from]
        case .join(let join): [join.left, join.right]
        case .union(let parts): parts.map(\.from)
        case .pivot(let pivot): [pivot.from]
        case .unpivot(let unpivot): [unpivot.from]
        }
    }

    private func sum(_ steps: [Int]) -> Int64? {
        var whole: Int64 = 0
        for step in steps {
            guard let rows = out[step] else { return nil }
            let (next, isTooMuch) = whole.addingReportingOverflow(rows)
            guard !isTooMuch else { return nil }
            whole = next
        }
        return whole
    }
}
