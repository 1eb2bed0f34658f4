public import Foundation

/// A trigger with the pipeline that it starts: everything that a request needs but the occasion.
public struct LoadedTrigger: Sendable {
    /// What holds for all triggers of a process.
    public struct Surroundings: Sendable {
        /// Absolute; relative paths of pipelines, and of places that triggers wait for, are relative to it.
        public var baseDirectory: String
        public var submittedBy: String
        /// The environment and the project file's variables.
        public var scope: VariableScope
        /// nil where there is no project file.
        public var profiles: ProjectProfiles?
        public var defaults: ProjectSettings
        public var environment: ProjectSettings?
        /// Of the project file's profiles, the one whose fields are variables.
        public var profile: String?

        public init(
            baseDirectory: String, submittedBy: String, scope: VariableScope = VariableScope(),
            profiles: ProjectProfiles? = nil, defaults: ProjectSettings = ProjectSettings(),
            environment: ProjectSettings? = nil, profile: String? = nil
        ) {
            self.baseDirectory = baseDirectory
            self.submittedBy = submittedBy
            self.scope = scope
            self.profiles = profiles
            self.defaults = defaults
            self.environment = environment
            self.profile = profile
        }
    }

    public var spec: TriggerSpec
    /// As people named it.
    public var file: String
    public var pipelineFile: String
    public var pipelineYAML: String
    public var surroundings: Surroundings

    /// The request that an occasion asks for: the same run id, whoever makes it, however often.
    /// Throws for values that the pipeline refuses.
    public func request(for occasion: TriggerOccasion, at now: Date) throws(InvalidPipeline) -> RunRequest {
        let loaded = try load(variables: values(of: occasion))
        return try request(loaded, for: occasion, at: now)
    }

    /// Captures, and over them what the trigger says itself.
    func values(of occasion: TriggerOccasion) -> [String: String] {
        var values = occasion.captures
        for variable in spec.variables { values[variable.name] = variable.value.text(of: occasion) }
        return values
    }

    func load(variables: [String: String]) throws(InvalidPipeline) -> PipelineLoader.Loaded {
        var scope = surroundings.scope
        scope.given.merge(variables) { $1 }
        var loaded = try PipelineLoader.load(
            yaml: pipelineYAML, file: pipelineFile, variables: scope, profiles: surroundings.profiles)
        loaded.spec = loaded.spec.inProject(
            defaults: surroundings.defaults, environment: surroundings.environment)
        return loaded
    }

    private func request(
        _ loaded: PipelineLoader.Loaded, for occasion: TriggerOccasion, at now: Date
    ) throws(InvalidPipeline) -> RunRequest {
        guard let sink = loaded.spec.sink else { throw InvalidPipeline([noSink]) }
        let options = loaded.spec.options
        let key = idempotencyKey(of: occasion)
        let profile = loaded.usesProfileVariables ? surroundings.profile : nil
        let projectYAML = surroundings.profiles?.projectText(of: loaded.profiles + [profile].compactMap(\.self))
        let request = RunRequest(
            runID: .derived(fromKey: key), pipelineName: loaded.spec.name, pipelineYAML: pipelineYAML,
            variables: loaded.variables, projectYAML: projectYAML, profile: profile,
            baseDirectory: surroundings.baseDirectory, engine: spec.engine ?? loaded.spec.engine ?? .auto,
            priority: spec.priority ?? options.priority ?? .normal,
            concurrencyKey: concurrencyKey(of: occasion) ?? options.concurrencyKey
                ?? sink.concurrencyKey(baseDirectory: surroundings.baseDirectory),
            retries: spec.retries ?? options.retries ?? 2,
            timeoutSeconds: (spec.timeout ?? options.timeout).map { $0 / .seconds(1) },
            maxRunning: options.maxRunning, idempotencyKey: key, submittedAt: now,
            submittedBy: surroundings.submittedBy, trigger: "\(spec.name.text): \(occasion.identity)")
        let problems = request.formatProblems
        guard problems.isEmpty else { throw InvalidPipeline(problems.map { Problem($0, file: pipelineFile) }) }
        return request
    }

    private var noSink: Problem {
        Problem(
            "a run of the fleet needs a sink; add one with \"type: file\" and a path", file: pipelineFile, path: "sink")
    }

    /// Long ones by their digest: a key has a limit.
    private func idempotencyKey(of occasion: TriggerOccasion) -> String {
        let key = "trigger \(spec.name.text.utf8.count):\(spec.name.text) \(occasion.identity)"
        return key.utf8.count <= 1_000 ? key : "trigger \(ContentDigest(of: key))"
    }

    private func concurrencyKey(of occasion: TriggerOccasion) -> String? {
        guard let text = spec.concurrencyKey?.text(of: occasion), !text.isEmpty else { return nil }
        return text
    }

    // MARK: Before anything has landed

    /// What the pipeline writes, with samples for what the occasion will bring; its problems otherwise.
    func probe() -> (writes: [PlacePattern], problems: [Problem]) {
        let names = spec.certainCaptures + spec.variables.filter { !$0.value.isFixed }.map(\.name)
        var values = VariableSamples.values(for: names, yaml: pipelineYAML)
        let samples = Set(values.values)
        for variable in spec.variables where variable.value.isFixed {
            values[variable.name] = variable.value.fixedText
        }
        let loaded: PipelineLoader.Loaded
        do {
            loaded = try load(variables: values)
        } catch {
            return ([], error.problems)
        }
        var problems = loaded.warnings
        if loaded.spec.sink == nil { problems.append(noSink) }
        let advice = "a request would carry it; write ${secret:NAME}, which is looked up where the run executes"
        if let place = loaded.writtenPasswords.first {
            problems.append(
                Problem("holds a password: \(advice)", file: pipelineFile, position: place.position, path: place.path))
        }
        if let name = loaded.sensitiveVariables.sorted().first {
            problems.append(Problem("variable \(name) is part of a connection: \(advice)", file: pipelineFile))
        }
        guard let sink = loaded.spec.sink else { return ([], problems) }
        let path = sink.concurrencyKey(baseDirectory: surroundings.baseDirectory)
        return (PlacePattern(path: path, samples: samples).withContents, problems)
    }
}

extension TriggerText {
    /// Refers to nothing.
    var isFixed: Bool { captures.isEmpty && facts.isEmpty }

    var fixedText: String { parts.map { if case .text(let text) = $0 { text } else { "" } }.joined() }
}
