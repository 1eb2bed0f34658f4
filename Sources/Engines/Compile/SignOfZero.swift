import Pipeline

/// Zero has a sign, which comparisons do not see. Sorting, grouping and rounding keep it or lose it by an engine's own ways,
/// so what they made has one zero, without a sign; what was only read keeps its own.
extension Plan {
    /// Whether a column of the last step may be a zero whose sign is an engine's accident.
    func mayHaveLostSigns(_ column: PlanColumn) -> Bool {
        guard column.type == .float32 || column.type == .float64 else { return false }
        var isRead = false
        for step in steps {
            switch step.relation {
            case .sort, .limit, .aggregate, .dedup, .window, .pivot: return true
            case .source: isRead = isRead || step.columns.contains { $0.id == column.id }
            case .select, .compute, .filter, .join, .union, .unpivot: break
            }
        }
        return !isRead
    }

    /// The same, by the column's place in the output.
    func mayHaveLostSigns(ofOutput index: Int) -> Bool {
        guard let last = steps.last, last.columns.indices.contains(index) else { return false }
        return mayHaveLostSigns(last.columns[index])
    }
}
