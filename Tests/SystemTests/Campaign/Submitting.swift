import Foundation

/// Runs `quicketl submit` again and again, one run of one sink after the other, until it is told to end.
///
/// A submit that fails, or that is killed, is repeated with the same key until one answers.
struct Submitting: Sendable {
    let folder: String
    let sinks: [CampaignSink]
    let ledger: Ledger
    /// Asked for before each submit.
    let environment: @Sendable () -> [String: String]
    let pause: Duration
    let isOver: @Sendable () -> Bool
    /// Whether the next submit shall be killed while it works.
    let takeKill: @Sendable () -> Bool
    /// Set when what is due is too much already.
    let isHeldBack: @Sendable () -> Bool

    func run(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        while !isOver() {
            if isHeldBack() {
                try await Task.sleep(for: .milliseconds(200))
                continue
            }
            guard let sink = sinks.randomElement(using: &random) else { return }
            let entry = ledger.begin(sink)
            var isFirst = true
            while true {
                let killAfter: Duration? =
                    isFirst && takeKill() ? .milliseconds(Int.random(in: 20...400, using: &random)) : nil
                isFirst = false
                if let run = try await submit(entry, killAfter: killAfter) {
                    ledger.answered(entry.mark, run: run)
                    break
                }
                try await Task.sleep(for: .milliseconds(250))
            }
            try await Task.sleep(for: pause * Double.random(in: 0.3...1.7, using: &random))
        }
    }

    /// The run's id; nil when the submitter did not say that it is durable.
    private func submit(_ entry: Ledger.Entry, killAfter: Duration?) async throws -> String? {
        let arguments = [
            "-s", "KILL", "\(killAfter.map { $0 / .seconds(1) } ?? 40)", Program.quicketl, "submit",
            entry.sink.pipeline,
            "--var", "SINK=\(entry.sink.path)", "--var", "MARK=\(entry.mark)", "--key", entry.mark, "--retries", "20",
            "--json",
        ]
        let ended = try await Program.execute(
            "/usr/bin/timeout", arguments, in: folder, environment: environment())
        guard ended.code == 0 else { return nil }
        return try ended.json["run_id"]?.text
    }
}
