/// One course of the simulation, which its seed decides.
struct Course {
    var fingerprint: UInt64
    var violation: String?
    var trace: [String]
    var situations: [Situation: Int]
    var figures: Figures

    struct Figures {
        var courses = 1
        var faults: Int
        var runs: Int
        var attempts: Int
        /// Jobs of Swift's tasks, each a point where the order could have been another.
        var jobs: Int
        /// Simulated seconds.
        var seconds: Double

        static func + (left: Figures, right: Figures) -> Figures {
            Figures(
                courses: left.courses + right.courses, faults: left.faults + right.faults,
                runs: left.runs + right.runs, attempts: left.attempts + right.attempts, jobs: left.jobs + right.jobs,
                seconds: left.seconds + right.seconds)
        }
    }

    init(
        seed: UInt64, variant: World.Variant = .faithful, emphasis: FaultPlan.Emphasis? = nil, isTraced: Bool = false
    ) {
        let world = World(
            seed: seed, variant: variant, emphasis: emphasis ?? FaultPlan.Emphasis(seed: seed), isTraced: isTraced)
        world.run()
        fingerprint = world.schedule.fingerprint
        violation = world.watch.violation
        trace = world.trace ?? []
        situations = world.situations
        figures = Figures(
            faults: world.faultsDone, runs: world.store.runs.count,
            attempts: world.store.runs.map(\.endings.count).reduce(0, +), jobs: world.schedule.jobsRun,
            seconds: Double(world.schedule.now) / 1_000_000)
    }
}
