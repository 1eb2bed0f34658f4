import Fleet
import Foundation

/// A trial in words.
public struct TrialText {
    private let trial: Trial

    public init(_ trial: Trial) { self.trial = trial }

    public var text: String {
        var lines: [String] = []
        let runs = trial.runs
        let workloads = Set(runs.map(\.workload)).count
        lines.append("\(runs.count) measurements of \(workloads) pipelines")
        let factors = runs.compactMap(\.factor).sorted()
        if !factors.isEmpty {
            let within = factors.filter { $0 <= 2 }.count
            lines.append(
                String(
                    format:
                        "estimates: within a factor of 2 of the bytes read in %.0f %% of %d; median factor %.2f, 90th %.2f",
                    100 * Double(within) / Double(factors.count), factors.count, factors[factors.count / 2],
                    factors[min(factors.count - 1, factors.count * 9 / 10)]))
            for run in runs.sorted(by: { ($0.factor ?? 1) > ($1.factor ?? 1) }).prefix(5) where (run.factor ?? 1) > 2 {
                lines.append(
                    "  \(run.name): estimated \(run.decision.estimatedBytes ?? 0), read \(run.bytesRead ?? 0)")
            }
        }
        let failed = runs.filter(\.duckdb.isOutOfMemory)
        lines.append(
            "out of memory on DuckDB: \(failed.count), of which Spark finished \(failed.filter { $0.spark.error == nil }.count)"
        )
        lines.append("Spark is the better engine of \(trial.regret { Self.better($0) }.onSpark)")
        lines.append(line("always DuckDB", trial.regret { _ in .duckdb }))
        lines.append(line("always Spark", trial.regret { _ in .spark }))
        lines.append(
            line(
                "Spark from 1 GB read",
                trial.regret { ($0.bytesRead ?? $0.decision.estimatedBytes ?? 0) >= 1_000_000_000 ? .spark : .duckdb }))
        lines.append(line("the router, cold", trial.cold(), hasWorst: true))
        for (index, regret) in trial.learning(rounds: 5).enumerated() where [0, 1, 4].contains(index) {
            lines.append(line("the router, while it learns: round \(index + 1)", regret, hasWorst: true))
        }
        lines.append(line("the router, by what it knows of other pipelines", trial.fromOthers(), hasWorst: true))
        return lines.joined(separator: "\n")
    }

    private static func better(_ run: TrialRun) -> EngineKind {
        let both = (run.seconds(.duckdb) ?? .infinity, run.seconds(.spark) ?? .infinity)
        return both.1 < both.0 ? .spark : .duckdb
    }

    private func line(_ policy: String, _ regret: Trial.Regret, hasWorst: Bool = false) -> String {
        let head = String(
            format: "regret of %@: %.1f %% (%.1f s over %.1f s, %d on Spark)", policy, 100 * regret.share,
            regret.chosen - regret.best, regret.best, regret.onSpark)
        let worst = regret.worst.filter { hasWorst && $0.seconds > $0.best * 1.02 }.map {
            String(format: "  %@ on %@: %.1f s for %.1f s", $0.name, $0.engine.rawValue, $0.seconds, $0.best)
        }
        return ([head] + worst).joined(separator: "\n")
    }
}
