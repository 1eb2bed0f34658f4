/// Trigger files to triggers, with every problem of them and of their pipelines reported at once. Files are read through
/// a closure, so that this stays pure.
public enum TriggerLoader {
    public struct File: Sendable {
        public var path: String
        public var yaml: String

        public init(path: String, yaml: String) {
            self.path = path
            self.yaml = yaml
        }
    }

    public struct Loaded: Sendable {
        public var triggers: [LoadedTrigger]
        public var warnings: [Problem]
    }

    public static let fileLimit = 10_000

    /// `read` is called with paths of pipeline files: beside the trigger's file first, then as written.
    public static func load(
        _ files: [File], in surroundings: LoadedTrigger.Surroundings,
        read: (String) throws(WorkflowLoader.Unreadable) -> String
    ) throws(InvalidPipeline) -> Loaded {
        var problems: [Problem] = []
        var triggers: [LoadedTrigger] = []
        for file in files {
            do {
                let (spec, warnings) = try spec(file, surroundings)
                problems += warnings
                let (path, yaml) = try target(of: spec, file, read)
                var trigger = LoadedTrigger(
                    spec: spec, file: file.path, targetFile: path, targetYAML: yaml, pipelines: [:],
                    surroundings: surroundings)
                trigger.readPipelines(read)
                triggers.append(trigger)
            } catch {
                problems += error.problems
            }
        }
        problems += repeatedNames(triggers)
        let probes = triggers.map { $0.probe() }
        problems += probes.flatMap(\.problems)
        problems += TriggerCircles(triggers, writes: probes.map(\.writes)).problems
        guard !problems.contains(where: { $0.severity == .error }) else { throw InvalidPipeline(problems) }
        return Loaded(triggers: triggers, warnings: problems)
    }

    /// The spec with warnings.
    private static func spec(
        _ file: File, _ surroundings: LoadedTrigger.Surroundings
    ) throws(InvalidPipeline) -> (TriggerSpec, [Problem]) {
        let document = try YAMLDocument.read(
            file.yaml, file: file.path, needs: "a trigger needs at least name, on and pipeline")
        let context = LoadContext(file: file.path, text: document.text, scope: surroundings.scope)
        document.problems.forEach(context.report)
        let spec = TriggerReading(context: context, baseDirectory: surroundings.baseDirectory).trigger(document.root)
        let problems = context.sortedProblems
        guard let spec, !problems.contains(where: { $0.severity == .error }) else { throw InvalidPipeline(problems) }
        return (spec, problems)
    }

    private static func target(
        of spec: TriggerSpec, _ file: File, _ read: (String) throws(WorkflowLoader.Unreadable) -> String
    ) throws(InvalidPipeline) -> (path: String, yaml: String) {
        var candidates = [ResolvedPath.beside(file.path, spec.target.path.text)]
        if candidates[0] != spec.target.path.text { candidates.append(spec.target.path.text) }
        var reasons: [String] = []
        for path in candidates {
            do {
                return (path, try read(path))
            } catch {
                reasons.append("\(path) could not be read: \(error.reason)")
            }
        }
        throw InvalidPipeline([
            Problem(
                "\(spec.target.noun) " + reasons.joined(separator: "; "), file: file.path,
                position: spec.target.path.place.position, path: spec.target.path.place.path)
        ])
    }

    private static func repeatedNames(_ triggers: [LoadedTrigger]) -> [Problem] {
        var seen: [[UInt8]: String] = [:]
        var problems: [Problem] = []
        for trigger in triggers {
            let name = trigger.spec.name
            if let first = seen[Array(name.text.utf8)] {
                problems.append(
                    Problem(
                        "trigger \"\(name.text.trimmed(60))\" stands in \(first) as well", file: trigger.file,
                        position: name.place.position, path: name.place.path))
            } else {
                seen[Array(name.text.utf8)] = trigger.file
            }
        }
        return problems
    }
}

/// Finds triggers whose runs would start each other for ever.
struct TriggerCircles {
    private let triggers: [LoadedTrigger]
    /// For each trigger those that what it writes may start.
    private let starts: [[Int]]

    init(_ triggers: [LoadedTrigger], writes: [[PlacePattern]]) {
        self.triggers = triggers
        let waits = triggers.map { trigger in
            trigger.spec.isEnabled ? trigger.spec.conditions.map { PlacePattern($0.template) } : []
        }
        starts = triggers.indices.map { index in
            guard triggers[index].spec.isEnabled else { return [] }
            return waits.indices.filter { other in
                waits[other].contains { wait in writes[index].contains { $0.meets(wait) } }
            }
        }
    }

    /// Each circle once, at the trigger in it that stands first.
    var problems: [Problem] {
        var problems: [Problem] = []
        var reported: Set<Int> = []
        for start in triggers.indices where !reported.contains(start) {
            guard let circle = circle(from: start) else { continue }
            reported.formUnion(circle)
            let names = (circle + [start]).map { "\"\(triggers[$0].spec.name.text.trimmed(60))\"" }
            let place = triggers[start].spec.conditions.first?.place
            problems.append(
                Problem(
                    circle.count == 1
                        ? "trigger \(names[0]) would start itself for ever: its pipeline writes where it waits"
                        : "triggers would start each other for ever: what \(names.joined(separator: " writes starts "))",
                    file: triggers[start].file, position: place?.position, path: place?.path ?? "on"))
        }
        return problems
    }

    /// The shortest way from a trigger over what it starts back to itself.
    private func circle(from start: Int) -> [Int]? {
        var ways: [Int: [Int]] = [start: [start]]
        var pending = [start][...]
        while let trigger = pending.popFirst() {
            for next in starts[trigger] {
                if next == start { return ways[trigger] }
                if ways[next] == nil {
                    ways[next] = (ways[trigger] ?? []) + [next]
                    pending.append(next)
                }
            }
        }
        return nil
    }
}
