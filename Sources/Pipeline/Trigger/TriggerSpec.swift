/// What starts a pipeline by itself, as its author wrote it.
public struct TriggerSpec: Sendable {
    public enum Source: Sendable {
        case landings([LandingCondition])
        case schedule(Schedule)
    }

    /// What it starts: a file, as written.
    public enum Target: Hashable, Sendable {
        case pipeline(PlacedText)
        case workflow(PlacedText)

        var path: PlacedText {
            switch self {
            case .pipeline(let path), .workflow(let path): path
            }
        }

        var noun: String { if case .pipeline = self { "pipeline" } else { "workflow" } }
    }

    public enum When: Hashable, Sendable {
        /// Every landing is an occasion.
        case each
        /// Landings of a group are one occasion, once none has come for this long.
        case quiet(Duration)
        /// One landing of each condition, with the same values for the captures of the group.
        case all
    }

    public var name: PlacedText
    public var description: String
    public var isEnabled: Bool
    public var source: Source
    public var when: When
    /// Captures by whose values landings belong together.
    public var groupedBy: [String]
    public var target: Target
    /// In the order written.
    public var variables: [(name: String, value: TriggerText)]
    public var engine: PipelineSpec.EngineChoice?
    public var priority: Priority?
    public var concurrencyKey: TriggerText?
    public var retries: Int?
    public var timeout: Duration?
    /// Of the folder watcher: a file is complete when it has not changed for this long, unless its writer said so.
    public var settling: Duration?
    public var isWatching: Bool

    public static let nameBytes = 200

    public var conditions: [LandingCondition] {
        if case .landings(let conditions) = source { conditions } else { [] }
    }

    /// Captures whose values every occasion has.
    var certainCaptures: [String] {
        switch when {
        case .each:
            conditions.dropFirst().reduce(conditions.first?.template.captures ?? []) { known, condition in
                known.filter(condition.template.captures.contains)
            }
        case .quiet, .all: groupedBy
        }
    }

    /// What this trigger makes of a landing.
    public func effects(of landing: Landing) -> [Effect] {
        guard isEnabled else { return [] }
        var effects: [Effect] = []
        for (part, condition) in conditions.enumerated() {
            guard let captures = condition.match(landing) else { continue }
            switch when {
            case .each: return [.run(TriggerOccasion(.landing(landing), captures: captures))]
            case .quiet(let time):
                return [.join(GroupEntry(landing, captures: grouped(captures), part: 0, quiet: time))]
            case .all:
                effects.append(
                    .join(GroupEntry(landing, captures: grouped(captures), part: part, parts: conditions.count)))
            }
        }
        return effects
    }

    private func grouped(_ captures: [String: String]) -> [String: String] {
        captures.filter { groupedBy.contains($0.key) }
    }

    public enum Effect: Sendable {
        case run(TriggerOccasion)
        case join(GroupEntry)
    }
}

/// A landing that waits for others.
public struct GroupEntry: Sendable {
    public var landing: Landing
    /// Those that the group shares.
    public var captures: [String: String]
    /// Which of the conditions it meets, and of how many.
    public var part: Int
    public var parts: Int
    /// How long the group then waits for more; nil: for all its parts.
    public var quiet: Duration?

    init(_ landing: Landing, captures: [String: String], part: Int, parts: Int = 1, quiet: Duration? = nil) {
        self.landing = landing
        self.captures = captures
        self.part = part
        self.parts = parts
        self.quiet = quiet
    }

    /// Equal for landings of one group. Lengths keep names and values apart, whatever they hold.
    public var key: String {
        captures.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.utf8.count):\($0.value)" }.joined(
            separator: " ")
    }

    /// The landing and the condition that it met.
    public var identity: String { parts == 1 ? landing.identity : "\(part) \(landing.identity)" }
}

/// Where and what has to land.
public struct LandingCondition: Sendable {
    public var kind: Landing.Kind
    public var template: URITemplate
    public var place: FieldPlace
    public var leastBytes: Int64?
    public var mostBytes: Int64?
    /// A pattern for the last part of the place.
    public var name: URITemplate?

    /// The captures, when it meets the condition. A size that is not known meets no condition on sizes.
    public func match(_ landing: Landing) -> [String: String]? {
        guard landing.kind == kind, let captures = template.match(landing.uri) else { return nil }
        if let leastBytes { guard let size = landing.size, size >= leastBytes else { return nil } }
        if let mostBytes { guard let size = landing.size, size <= mostBytes else { return nil } }
        if let name, name.match(landing.name) == nil { return nil }
        return captures
    }
}
