import Foundation
import Fuzzing
import Pipeline
import Testing

/// Replay with QUICKETL_SEED.
@Suite struct LandingFuzzTests {
    @Test("mutilated notifications give landings within limits, or a reason, and never a trap")
    func mutations() throws {
        let seed =
            ProcessInfo.processInfo.environment["QUICKETL_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("seed \(seed)")
        let fuzzer = LandingFuzzer(seed: seed, samples: VendorNotifications.all)
        for round in 0..<5_000 { try fuzzer.run(round: UInt64(round)) }
    }
}
