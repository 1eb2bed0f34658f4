public import Pipeline

/// The triggers of a process, by name.
public struct TriggerTable: Sendable {
    public let triggers: [LoadedTrigger]

    public init(_ triggers: [LoadedTrigger]) { self.triggers = triggers.filter(\.spec.isEnabled) }

    /// Those whose groups have to be looked for.
    var grouping: [String] {
        triggers.filter { $0.spec.when != .each }.map(\.spec.name.text)
    }

    var scheduled: [(trigger: LoadedTrigger, schedule: Schedule)] {
        triggers.compactMap { trigger in
            if case .schedule(let schedule) = trigger.spec.source { (trigger, schedule) } else { nil }
        }
    }

    func named(_ name: String) -> LoadedTrigger? {
        triggers.first { $0.spec.name.text.utf8.elementsEqual(name.utf8) }
    }
}
