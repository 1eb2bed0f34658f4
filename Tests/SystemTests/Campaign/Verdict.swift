import Foundation

/// What the campaign found, in numbers and in words.
struct Verdict: Sendable, Encodable {
    var seed: UInt64
    var seconds: Double
    var faults: [String: Int]
    var totalFaults: Int
    var submitted: Int
    var states: [String: Int]
    var attempts: Int
    var readings: Int

    /// Answered and not final, or unknown to the store.
    var lost: [String] = []
    /// Rows of a run twice in a sink, or two successful attempts.
    var duplicated: [String] = []
    /// States of a sink that are no whole runs'.
    var partial: [String] = []
    /// An older run's output over a newer one's, or output without a success.
    var stale: [String] = []
    /// Where the views of history contradict each other.
    var untrue: [String] = []
    /// Runs that ended otherwise than they should have.
    var failed: [String] = []
    /// Runs with which workers died so often, alone at last, that they count as poison: here by chance, and rightly.
    var setAside: [String] = []
    /// Processes that ended themselves.
    var aborts: [String: Int] = [:]
    /// Staging folders that nobody has swept.
    var leftovers: [String] = []
    /// Seconds from a worker's kill until it was judged dead, and until the next attempt of a run that it held began
    /// (for which a slot must be free), with an observer in session.
    var judgements: [Double] = []
    var recoveries: [Double] = []

    static func percentile(_ share: Double, of values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        return values.sorted()[min(values.count - 1, Int((share * Double(values.count)).rounded(.up)) - 1)]
    }

    init(
        _ settings: CampaignSettings, seconds: Double, disturbances: Disturbances, entries: [Ledger.Entry],
        runs: [CampaignStore.Run], attempts: [CampaignStore.Attempt], seen: SinkWatcher.Seen,
        content: (CampaignSink) -> [String]
    ) {
        seed = settings.seed
        self.seconds = seconds
        faults = Dictionary(uniqueKeysWithValues: disturbances.counts.map { ($0.key.rawValue, $0.value) })
        totalFaults = disturbances.total
        submitted = entries.count { $0.run != nil }
        states = Dictionary(grouping: runs, by: \.state).mapValues(\.count)
        self.attempts = attempts.count
        readings = seen.readings
        partial = seen.partial
        stale = seen.rewritten
        judgeRuns(entries, runs, attempts)
        judgeSinks(entries, runs, seen, content)
        measureRecoveries(disturbances.observedKills, attempts)
    }

    private mutating func judgeRuns(
        _ entries: [Ledger.Entry], _ runs: [CampaignStore.Run], _ attempts: [CampaignStore.Attempt]
    ) {
        let known = Dictionary(uniqueKeysWithValues: runs.map { ($0.key, $0) })
        for entry in entries {
            guard let run = known[entry.mark] else {
                if entry.run != nil { lost.append("\(entry.mark): submitted, and unknown to the store") }
                continue
            }
            if let answered = entry.run, answered.lowercased() != run.id.lowercased() {
                duplicated.append("\(entry.mark): answered as \(answered), stored as \(run.id)")
            }
            switch run.state {
            case "succeeded": break
            case "dead" where run.error.hasPrefix("poison"): setAside.append("\(entry.mark): \(run.error.prefix(200))")
            case "failed", "dead", "cancelled": failed.append("\(entry.mark): \(run.state) \(run.error.prefix(200))")
            default: lost.append("\(entry.mark): \(run.state)")
            }
        }
        for (run, all) in Dictionary(grouping: attempts.filter { $0.state == "succeeded" }, by: \.run)
        where all.count > 1 {
            duplicated.append("\(run): \(all.count) successful attempts")
        }
    }

    private mutating func judgeSinks(
        _ entries: [Ledger.Entry], _ runs: [CampaignStore.Run], _ seen: SinkWatcher.Seen,
        _ content: (CampaignSink) -> [String]
    ) {
        let known = Dictionary(uniqueKeysWithValues: runs.map { ($0.key, $0) })
        for (sink, entries) in Dictionary(grouping: entries, by: \.sink) {
            let wanted = entries.compactMap { known[$0.mark] }.filter { $0.state == "succeeded" }
                .sorted { $0.sequence < $1.sequence }.map(\.key)
            let found = content(sink)
            switch sink.kind {
            case .append:
                if Set(found).count < found.count { duplicated.append("\(sink.name): rows of one run twice") }
                if found != wanted {
                    let difference = zip(found, wanted).enumerated().first { $0.element.0 != $0.element.1 }?.offset
                    stale.append(
                        "\(sink.name): holds \(found.count) runs, and \(wanted.count) succeeded; "
                            + "they differ from number \(difference ?? min(found.count, wanted.count)) on"
                    )
                }
            default:
                if found != Array(wanted.suffix(1)) {
                    stale.append("\(sink.name): holds \(found), and the last success is \(wanted.last ?? "none")")
                }
            }
            // In the order of acceptance, each once: neither a stale publish nor a second one.
            var latest = 0
            for mark in seen.marks[sink.name] ?? [] {
                guard let run = known[mark] else {
                    stale.append("\(sink.name): \(mark) was seen, and is unknown to the store")
                    continue
                }
                if run.sequence < latest { stale.append("\(sink.name): \(mark) was seen after a newer run's output") }
                if run.sequence == latest { duplicated.append("\(sink.name): \(mark) was seen twice") }
                if run.state != "succeeded" { stale.append("\(sink.name): \(mark) was seen and is \(run.state)") }
                latest = max(latest, run.sequence)
            }
        }
    }

    /// A run that its killed worker had decided is not executed again; one that was finished before the kill neither.
    private mutating func measureRecoveries(_ kills: [Disturbances.Kill], _ attempts: [CampaignStore.Attempt]) {
        let byRun = Dictionary(grouping: attempts, by: \.run)
        for kill in kills {
            for run in kill.runs {
                let all = byRun[run] ?? []
                let next = all.filter { $0.started > kill.time }.map(\.started).min()
                if let next { recoveries.append(next - kill.time) }
                let lost = all.filter { $0.state == "lost" && $0.finished ?? 0 > kill.time }.compactMap(\.finished)
                    .min()
                if let lost { judgements.append(lost - kill.time) }
            }
        }
    }

    var isClean: Bool {
        lost.isEmpty && duplicated.isEmpty && partial.isEmpty && stale.isEmpty && untrue.isEmpty
    }

    var text: String {
        func seconds(_ value: Double?) -> String { value.map { String(format: "%.2f s", $0) } ?? "not measured" }
        func spread(_ values: [Double]) -> String {
            "p50 \(seconds(Self.percentile(0.5, of: values))), p99 \(seconds(Self.percentile(0.99, of: values)))"
        }
        var lines = [
            "campaign: seed \(seed), \(Int(self.seconds)) s, \(totalFaults) faults, \(submitted) runs submitted",
            "  states: \(states.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")); \(attempts) attempts; \(readings) readings of sinks",
            "  lost \(lost.count), duplicated \(duplicated.count), partial \(partial.count), stale \(stale.count), untrue \(untrue.count), failed \(failed.count), set aside \(setAside.count)",
            "  after a kill, of \(recoveries.count) runs: judged dead \(spread(judgements)); claimed again \(spread(recoveries))",
        ]
        for (fault, count) in faults.sorted(by: { $0.key < $1.key }) { lines.append("  \(count) × \(fault)") }
        for (name, found) in [
            ("lost", lost), ("duplicated", duplicated), ("partial", partial), ("stale", stale),
            ("untrue", untrue), ("failed", failed),
            ("set aside", setAside), ("left over", leftovers),
        ] {
            for one in found.prefix(20) { lines.append("  \(name): \(one)") }
        }
        return lines.joined(separator: "\n")
    }
}
