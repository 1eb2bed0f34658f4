import Foundation

/// How long and how hard the campaign goes on; from the environment, so that one command repeats a run of it.
struct CampaignSettings: Sendable {
    /// Faults to inject before the verdict.
    var faults: Int
    /// The longest time for that; the campaign ends with what it has injected by then.
    var limit: Duration
    /// Mean time between two faults.
    var pace: Duration
    var workers = 3
    var submitters = 3
    /// Chooses faults, victims, times and sinks. (What the machine makes of them differs from run to run.)
    var seed: UInt64
    /// Where the verdict is written besides, as JSON.
    var report: String?

    static func fromEnvironment(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> Self {
        let whole = environment["CI"] == "true"
        func number(_ name: String) -> Int? { environment["QUICKETL_TORTURE_\(name)"].flatMap { Int($0) } }
        return CampaignSettings(
            faults: number("FAULTS") ?? (whole ? 300 : 40),
            limit: .seconds(number("SECONDS") ?? 540),
            pace: .milliseconds(number("PACE_MS") ?? 420),
            workers: max(2, number("WORKERS") ?? 3),
            seed: number("SEED").map { UInt64(clamping: $0) } ?? .random(in: 1...999_999),
            report: environment["QUICKETL_TORTURE_REPORT"])
    }
}

/// SplitMix64: a seed gives the same choices everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
