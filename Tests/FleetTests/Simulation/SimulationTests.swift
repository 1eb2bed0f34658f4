import Testing

@Suite struct SimulationTests {
    @Test(arguments: 0..<Seeds.lanes) func everyPromiseHoldsWhateverGoesWrong(lane: Int) {
        var total: Course.Figures?
        for seed in Seeds.of(lane: lane) {
            let course = Course(seed: seed)
            total = total.map { $0 + course.figures } ?? course.figures
            guard let violation = course.violation else { continue }
            Issue.record("QUICKETL_SEED=\(seed): \(violation)\n\(trace(of: seed))")
            return
        }
        if let one = Seeds.one, lane == 0 { print(trace(of: one)) }
        if let total { print("simulation, lane \(lane): \(total)") }
    }

    private func trace(of seed: UInt64) -> String { Course(seed: seed, isTraced: true).trace.joined(separator: "\n") }

    @Test func everySituationIsReached() {
        var reached: [Situation: Int] = [:]
        for seed in UInt64(1)...3000 {
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
