import Fleet
import Testing

@Suite struct SimulationTests {
    @Test(arguments: 0..<Seeds.lanes) func everyPromiseHoldsWhateverGoesWrong(lane: Int) async {
        let (total, finding) = await onThread { tryOut(Seeds.of(lane: lane)) }
        if let finding { Issue.record("\(finding)") }
        if let one = Seeds.one, lane == 0 { print(trace(of: one)) }
        if let total { print("simulation, lane \(lane): \(total)") }
    }

    /// Until one finds something.
    private func tryOut(_ seeds: [UInt64]) -> (Course.Figures?, finding: String?) {
        var total: Course.Figures?
        for seed in seeds {
            let course = Course(seed: seed)
            total = total.map { $0 + course.figures } ?? course.figures
            if let violation = course.violation {
                return (total, "QUICKETL_SEED=\(seed): \(violation)\n\(trace(of: seed))")
            }
        }
        return (total, nil)
    }

    private func trace(of seed: UInt64) -> String { Course(seed: seed, isTraced: true).trace.joined(separator: "\n") }

    @Test func everySituationIsReached() async {
        let reached = await onThread {
            var reached: [Situation: Int] = [:]
            for seed in UInt64(1)...3000 where reached.count < Situation.allCases.count {
                reached.merge(Course(seed: seed).situations, uniquingKeysWith: +)
            }
            return reached
        }
        for situation in Situation.allCases { #expect(reached[situation] != nil, "never: \(situation)") }
    }

    @Test func itsLimitsStandInTheRelationsOfAFleets() {
        #expect(FaultPlan.limits(trust: .milliseconds(3500)).problems() == [])
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
