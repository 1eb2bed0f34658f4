import Foundation

/// What the measurements say together.
struct Summary {
    private let measurements: [Measurement]

    init(_ measurements: [Measurement]) {
        // Where neither engine came to an end there was nothing to choose.
        self.measurements = measurements.filter { $0.seconds.best < .infinity }
    }

    var text: String {
        var lines: [String] = []
        let factors = measurements.compactMap(\.factor).sorted()
        if factors.isEmpty {
            lines.append("estimates: this quicketl tells none")
        } else {
            let within = factors.filter { $0 <= 2 }.count
            lines.append(
                String(
                    format:
                        "estimates: within a factor of 2 of the bytes read in %.0f %% of %d; median factor %.2f, 90th %.2f",
                    100 * Double(within) / Double(factors.count), factors.count, factors[factors.count / 2],
                    factors[min(factors.count - 1, factors.count * 9 / 10)]))
        }
        lines.append(regret("always DuckDB") { _ in "duckdb" })
        lines.append(regret("always Spark") { _ in "spark" })
        lines.append(regret("Spark from 1 GB read") { ($0.bytesRead ?? 0) >= 1_000_000_000 ? "spark" : "duckdb" })
        lines.append(regret("router, cold") { $0.cold?.engine })
        lines.append(regret("router, after learning") { $0.learnt?.engine })
        return lines.joined(separator: "\n")
    }

    /// Seconds beyond those of the better engine, of all runs together.
    private func regret(_ policy: String, _ choice: (Measurement) -> String?) -> String {
        var (chosen, best) = (0.0, 0.0)
        for one in measurements {
            guard let engine = choice(one) else { return "regret of \(policy): not known" }
            chosen += one.seconds.of(engine)
            best += one.seconds.best
        }
        guard best > 0 else { return "regret of \(policy): not known" }
        return String(
            format: "regret of %@: %.1f %% (%.1f s over %.1f s)", policy, 100 * (chosen - best) / best, chosen - best,
            best)
    }
}
