import Fleet
import Pipeline
import Store

/// Finds the one workflow of the fleet that a person means.
enum WorkflowLookup {
    static func find(_ idOrPrefix: String, in store: PostgresStore) async throws -> RunID {
        let found = try await store.history.findWorkflows(idOrPrefix)
        guard let first = found.first else {
            throw Stop(
                .failed, "no workflow begins with \"\(idOrPrefix)\"; \"quicketl workflow list\" shows those there are")
        }
        guard found.count == 1 else {
            let list = found.map(\.description).joined(separator: ", ")
            throw Stop(.failed, "several workflows begin with \"\(idOrPrefix)\": \(list)")
        }
        return first
    }
}

/// What an id, or the beginning of one, stands for.
enum RunOrWorkflow {
    case run(RunDetail)
    case workflow(WorkflowDetail)

    static func find(_ idOrPrefix: String, in store: PostgresStore) async throws -> RunOrWorkflow {
        let workflows = try await store.history.findWorkflows(idOrPrefix)
        guard let first = workflows.first else { return .run(try await RunLookup.find(idOrPrefix, in: store)) }
        var others = workflows.dropFirst().map(\.description)
        switch try await store.history.run(idOrPrefix) {
        case .none: break
        case .found(let run): others.append(run.summary.runID.description)
        case .ambiguous(let runs): others += runs.map(\.description)
        }
        guard others.isEmpty else {
            let list = ([first.description] + others).joined(separator: ", ")
            throw Stop(.failed, "several runs and workflows begin with \"\(idOrPrefix)\": \(list)")
        }
        guard let detail = try await store.history.workflow(first) else {
            throw Stop(.failed, "workflow \(first) has just been removed")
        }
        return .workflow(detail)
    }
}
