import Fleet
import Pipeline

/// Says who computes a plan's rows, once the plan is known.
protocol PlanChooser: Sendable {
    /// `inputs`: what a first look at the sources has told. Returns when the run may begin.
    func choose(_ plan: Plan, _ inputs: [DatasetUse]) async throws -> PlanChoice

    /// Who reads and writes ORC, for a pipeline that has any: asked before the plan is known. Throws why nobody does.
    func orcFiles() async throws -> any ORCFiles
}

/// Who computes a plan's rows, and with what.
struct PlanChoice: Sendable {
    /// nil: the child.
    var tables: (any TableMaker)?
    /// Memory for a child of the run's own; nil: that of the pool's children will do.
    var memoryLimitBytes: Int64?
    /// Of waiting for it and of starting it.
    var phaseSeconds: [String: Double] = [:]
}

/// Who computes the rows is settled, whatever the plan.
struct SettledChoice: PlanChooser {
    var tables: (any TableMaker)?

    func choose(_ plan: Plan, _ inputs: [DatasetUse]) async throws -> PlanChoice { PlanChoice(tables: tables) }

    func orcFiles() async throws -> any ORCFiles {
        guard let tables, let files = tables.orcFiles else { throw ORCFilesRefusal.pinned(nil) }
        return files
    }
}
