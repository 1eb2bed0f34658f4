import Fleet
import Pipeline
import Testing

@Suite struct WorkflowCourseTests {
    /// Stages `a`, `b`, `c` of so many steps.
    private func plan(
        _ sizes: [Int], dependsOn: [Int: [Int]] = [:], parallel: Set<Int> = [], continuing: Set<Int> = [],
        failFast: Bool = true
    ) -> WorkflowPlan {
        var plan = WorkflowPlan(stages: [], steps: [], failFast: failFast)
        for (index, size) in sizes.enumerated() {
            plan.stages.append(
                WorkflowPlan.Stage(
                    name: ["a", "b", "c"][index], dependsOn: dependsOn[index] ?? [],
                    isParallel: parallel.contains(index), continuesOnFailure: continuing.contains(index)))
            for step in 0..<size { plan.steps.append(WorkflowPlan.Step(stage: index, name: String(step))) }
        }
        return plan
    }

    @Test func stepsOfAStageRunOneAfterTheOther() {
        let plan = plan([2, 1])
        #expect(WorkflowCourse(plan, states: [.held, .held, .held]).released == [0])
        #expect(WorkflowCourse(plan, states: [.running, .held, .held]).released == [])
        #expect(WorkflowCourse(plan, states: [.succeeded, .held, .held]).released == [1])
        #expect(WorkflowCourse(plan, states: [.succeeded, .succeeded, .held]).released == [2])
        #expect(WorkflowCourse(plan, states: [.succeeded, .succeeded, .publishing]).ending == nil)
        #expect(WorkflowCourse(plan, states: [.succeeded, .succeeded, .succeeded]).ending == .succeeded)
    }

    @Test func stepsOfAParallelStageStartTogether() {
        let plan = plan([2, 2], parallel: [0, 1])
        #expect(WorkflowCourse(plan, states: [.held, .held, .held, .held]).released == [0, 1])
        #expect(WorkflowCourse(plan, states: [.succeeded, .waiting, .held, .held]).released == [])
        #expect(WorkflowCourse(plan, states: [.succeeded, .succeeded, .held, .held]).released == [2, 3])
    }

    @Test func theFirstFailureStopsAWorkflowThatFailsFast() {
        let course = WorkflowCourse(plan([2, 1]), states: [.failed, .held, .held])
        #expect(course.released == [])
        #expect(course.skipped.map(\.step) == [1, 2])
        #expect(Set(course.skipped.map(\.reason)) == ["a/0 failed"])
        #expect(course.ending == .failed)
    }

    @Test func whatRunsBesideAFailedRunEndsByItself() {
        let course = WorkflowCourse(plan([2, 1], parallel: [0]), states: [.failed, .running, .held])
        #expect(course == WorkflowCourse(plan([2, 1], parallel: [0]), states: [.dead, .running, .held]))
        #expect(course.skipped.isEmpty && course.released.isEmpty && course.ending == nil)
    }

    @Test func aStageThatContinuesCarriesOutTheRestAndStopsOnlyWhatDependsOnIt() {
        let plan = plan([2, 1, 1], dependsOn: [1: [0]], continuing: [0])
        #expect(WorkflowCourse(plan, states: [.failed, .held, .held, .held]).released == [1])
        let course = WorkflowCourse(plan, states: [.failed, .succeeded, .held, .held])
        #expect(course.skipped.map(\.step) == [2])
        #expect(course.released == [3])
    }

    @Test func withoutFailFastWhatDoesNotDependStillRuns() {
        let plan = plan([1, 1, 1], dependsOn: [2: [0]], failFast: false)
        let course = WorkflowCourse(plan, states: [.cancelled, .held, .held])
        #expect(course.released == [1])
        let end = WorkflowCourse(plan, states: [.cancelled, .succeeded, .held])
        #expect(end.skipped.map(\.reason) == ["a/0 was cancelled"])
        #expect(end.ending == .failed)
    }

    @Test func nothingOfACancelledWorkflowStarts() {
        let plan = plan([1, 1])
        let running = WorkflowCourse(plan, states: [.running, .held], isCancelled: true)
        #expect(running.released == [] && running.skipped == [] && running.ending == nil)
        #expect(WorkflowCourse(plan, states: [.cancelled, .held], isCancelled: true).ending == .cancelled)
        #expect(WorkflowCourse(plan, states: [.succeeded, .succeeded], isCancelled: true).ending == .succeeded)
    }

    /// Whatever runs do, a workflow is carried out to its end, each step released once.
    @Test(arguments: 0..<200) func everyWorkflowEnds(seed: UInt64) {
        var dice = Dice(seed: seed)
        let plan = plan(
            (0..<dice.int(1...3)).map { _ in dice.int(1...3) },
            dependsOn: dice.chance(0.5) ? [1: [0], 2: [0]] : [2: [1]],
            parallel: dice.chance(0.5) ? [0, 2] : [1], continuing: dice.chance(0.5) ? [0] : [],
            failFast: dice.chance(0.5))
        var states = plan.steps.map { _ in RunState.held }
        var released: Set<Int> = []
        for _ in 0..<100 {
            let course = WorkflowCourse(plan, states: states)
            for step in course.released {
                #expect(released.insert(step).inserted, "seed \(seed)")
                states[step] = .queued
            }
            for skip in course.skipped { states[skip.step] = .skipped }
            if let ending = course.ending {
                let (isOver, isSuccess) = (states.allSatisfy(\.isFinal), states.allSatisfy { $0 == .succeeded })
                #expect(isOver, "seed \(seed)")
                #expect((ending == .succeeded) == isSuccess, "seed \(seed)")
                return
            }
            let open = states.indices.filter { states[$0] == .queued }
            guard !open.isEmpty else { break }
            states[dice.pick(open)] = dice.chance(0.25) ? dice.pick([.failed, .dead, .cancelled]) : .succeeded
        }
        Issue.record("seed \(seed): stuck at \(states)")
    }
}
