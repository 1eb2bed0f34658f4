import Fleet
import Pipeline

/// What a run has read, made and used.
extension DuckDBExecution {
    /// Rows of Parquet files are in their footers; rows of texts are known once they were read.
    mutating func noteRows(_ profile: DuckDBProfile?) {
        for (index, named) in attempt.pipeline.usedSources.enumerated() where inputs[index].rows == nil {
            inputs[index].rows = files(named).flatMap { profile?.rowsScanned(of: $0.pattern) }
        }
        let rows = inputs.compactMap(\.rows)
        metrics.rowsIn = rows.count == inputs.count ? rows.reduce(0, +) : nil
        let bytes = inputs.compactMap(\.bytes)
        metrics.bytesIn = bytes.count == inputs.count ? bytes.reduce(0, +) : nil
    }

    mutating func noteUsage(cpuBefore: Double?, _ profile: DuckDBProfile?) {
        let usage = ProcessUsage(of: process.child.processID)
        metrics.peakMemoryBytes = usage.peakResidentBytes ?? profile?.peakBufferBytes
        if let now = usage.cpuSeconds, let then = cpuBefore { metrics.cpuSeconds = max(0, now - then) }
    }

    func stepReports(_ plan: Plan, hasChecks: Bool, isWritten: Bool) -> [StepReport] {
        var known: [Int: Int64] = [:]
        for (index, step) in plan.steps.enumerated() {
            let input = inputs.first { stepName($0.sourceName ?? "") == step.name }
            known[index] = input?.rows
        }
        // The last step made the final table.
        if let last = plan.steps.indices.last { known[last] = metrics.rowsOut ?? known[last] }
        let rows = StepRows(plan.steps, known: known)
        var reports = plan.steps.enumerated().map { index, step in
            StepReport(name: step.name, type: step.operation, rowsIn: rows.read(by: index), rowsOut: rows.out[index])
        }
        if hasChecks {
            reports.append(
                StepReport(
                    name: "quality_checks", type: "quality_checks", rowsIn: metrics.rowsOut,
                    seconds: metrics.phaseSeconds["check"]))
        }
        if isWritten {
            reports.append(
                StepReport(
                    name: "write_sink", type: "write_sink", rowsIn: metrics.rowsOut, rowsOut: metrics.rowsOut,
                    seconds: metrics.phaseSeconds["write"]))
        }
        return reports
    }
}
