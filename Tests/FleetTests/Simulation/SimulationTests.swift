import Foundation
import Testing

/// One course of the simulation, which its seed decides.
struct Course {
    var fingerprint: UInt64
    var violation: String?
    var trace: [String]
    var jobs: Int
    var faults: Int
    var attempts: Int
    var situations: [Situation: Int]

    init(seed: UInt64, variant: World.Variant = .faithful, isTraced: Bool = false) {
        let world = World(seed: seed, variant: variant, isTraced: isTraced)
        world.run()
        fingerprint = world.schedule.fingerprint
        violation = world.watch.violation
        trace = world.trace ?? []
        jobs = world.schedule.jobsRun
        faults = world.faultsDone
        situations = world.situations
        attempts = world.store.runs.map(\.endings.count).reduce(0, +)
    }
}

/// Which seeds are tried: `QUICKETL_SEED=n` one, with its whole trace; `QUICKETL_SEEDS=n` the first n.
enum Seeds {
    static let lanes = 4

    static var one: UInt64? { ProcessInfo.processInfo.environment["QUICKETL_SEED"].flatMap { UInt64($0) } }

    static var count: Int {
        ProcessInfo.processInfo.environment["QUICKETL_SEEDS"].flatMap { Int($0) } ?? 1000
    }

    /// Those of one lane, which runs beside the others.
    static func of(lane: Int) -> [UInt64] {
        if let one { return lane == 0 ? [one] : [] }
        return stride(from: lane + 1, through: count, by: lanes).map { UInt64($0) }
    }
}

@Suite struct SimulationTests {
    @Test(arguments: 0..<Seeds.lanes) func everyPromiseHoldsWhateverGoesWrong(lane: Int) {
        for seed in Seeds.of(lane: lane) {
            guard let violation = Course(seed: seed).violation else { continue }
            let trace = Course(seed: seed, isTraced: true).trace.joined(separator: "\n")
            Issue.record("QUICKETL_SEED=\(seed): \(violation)\n\(trace)")
            return
        }
    }

    @Test func everySituationIsReached() {
        var reached: [Situation: Int] = [:]
        for seed in UInt64(1)...1500 {
            reached.merge(Course(seed: seed).situations, uniquingKeysWith: +)
            if reached.count == Situation.allCases.count { break }
        }
        for situation in Situation.allCases { #expect(reached[situation] != nil, "never: \(situation)") }
    }

    @Test func theSameSeedTakesTheSameCourse() {
        for seed in UInt64(1)...20 {
            let (first, second) = (Course(seed: seed, isTraced: true), Course(seed: seed, isTraced: true))
            #expect(first.trace == second.trace, "seed \(seed)")
            #expect(first.fingerprint == second.fingerprint, "seed \(seed)")
            #expect(Course(seed: seed).fingerprint == first.fingerprint, "seed \(seed): tracing changes the course")
        }
    }

    @Test func differentSeedsTakeDifferentCourses() {
        #expect(Set((UInt64(1)...20).map { Course(seed: $0).fingerprint }).count == 20)
    }
}
