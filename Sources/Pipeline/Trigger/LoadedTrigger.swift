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
    /// Of the pipeline or the workflow.
    public var targetFile: String
    public var targetYAML: String
    /// Of a workflow: the texts of its pipelines by their paths.
    public var pipelines: [String: String]
    public var surroundings: Surroundings

    /// What an occasion asks for: the same run or workflow, whoever makes it, however often.
    /// Throws for values that a pipeline refuses.
    public func work(for occasion: TriggerOccasion, at now: Date) throws(InvalidPipeline) -> RequestMessage {
        switch spec.target {
        case .pipeline: .run(try request(for: occasion, at: now))
        case .workflow: .workflow(try workflowRequest(for: occasion, at: now))
        }
    }

    /// The request that an occasion of a pipeline asks for.
    public func request(for occasion: TriggerOccasion, at now: Date) throws(InvalidPipeline) -> RunRequest {
        let loaded = try load(variables: values(of: occasion))
        let key = idempotencyKey(of: occasion)
        var request = try request(loaded, file: targetFile, yaml: targetYAML, for: occasion, at: now)
        request.runID = .derived(fromKey: key)
        request.idempotencyKey = key
        return try checked(request)
    }

    private func checked(_ request: RunRequest) throws(InvalidPipeline) -> RunRequest {
        let problems = request.formatProblems
        guard problems.isEmpty else { throw InvalidPipeline(problems.map { Problem($0, file: targetFile) }) }
        return request
    }

    /// Captures, and over them what the trigger says itself.
    func values(of occasion: TriggerOccasion) -> [String: String] {
        var values = occasion.captures
        for variable in spec.variables { values[variable.name] = variable.value.text(of: occasion) }
        return values
    }

    func load(variables: [String: String]) throws(InvalidPipeline) -> PipelineLoader.Loaded {
        var loaded = try PipelineLoader.load(
            yaml: targetYAML, file: targetFile, variables: scope(variables), profiles: surroundings.profiles)
        loaded.spec = placed(loaded.spec)
        return loaded
    }

    func scope(_ variables: [String: String]) -> VariableScope {
        var scope = surroundings.scope
        scope.given.merge(variables) { $1 }
        return scope
    }

    func placed(_ spec: PipelineSpec) -> PipelineSpec {
        spec.inProject(defaults: surroundings.defaults, environment: surroundings.environment)
    }

    /// Under an id that means nothing.
    func request(
        _ loaded: PipelineLoader.Loaded, file: String, yaml: String, for occasion: TriggerOccasion, at now: Date
    ) throws(InvalidPipeline) -> RunRequest {
        guard let sink = loaded.spec.sink else { throw InvalidPipeline([noSink(file)]) }
        let options = loaded.spec.options
        let profile = loaded.usesProfileVariables ? surroundings.profile : nil
        let settings = surroundings.environment.map { $0.over(surroundings.defaults) } ?? surroundings.defaults
        let projectYAML = surroundings.profiles?.projectText(
            of: loaded.profiles + [profile].compactMap(\.self), prefer: settings.preference(of: loaded.spec))
        return RunRequest(
            runID: .derived(fromKey: ""), pipelineName: loaded.spec.name, pipelineYAML: yaml,
            variables: loaded.variables, projectYAML: projectYAML, profile: profile,
            baseDirectory: surroundings.baseDirectory, engine: spec.engine ?? loaded.spec.engine ?? .auto,
            priority: spec.priority ?? options.priority ?? .normal,
            concurrencyKey: concurrencyKey(of: occasion) ?? options.concurrencyKey
                ?? sink.concurrencyKey(baseDirectory: surroundings.baseDirectory),
            retries: spec.retries ?? options.retries ?? 2,
            timeoutSeconds: (spec.timeout ?? options.timeout).map { $0 / .seconds(1) },
            maxRunning: options.maxRunning, submittedAt: now, submittedBy: surroundings.submittedBy,
            trigger: why(occasion))
    }

    /// For history.
    func why(_ occasion: TriggerOccasion) -> String { "\(spec.name.text): \(occasion.identity)" }

    private func noSink(_ file: String) -> Problem {
        Problem(
            "a run of the fleet needs a sink; add one with \"type: file\" and a path", file: file, path: "sink")
    }

    /// Long ones by their digest: a key has a limit.
    func idempotencyKey(of occasion: TriggerOccasion) -> String {
        let key = "trigger \(spec.name.text.utf8.count):\(spec.name.text) \(occasion.identity)"
        return key.utf8.count <= 1_000 ? key : "trigger \(ContentDigest(of: key))"
    }

    private func concurrencyKey(of occasion: TriggerOccasion) -> String? {
        guard let text = spec.concurrencyKey?.text(of: occasion), !text.isEmpty else { return nil }
        return text
    }

    // MARK: Before anything has landed

    /// What the pipelines write, with samples for what the occasion will bring; their problems otherwise.
    func probe() -> (writes: [PlacePattern], problems: [Problem]) {
        let values = sampleValues
        let fixed = spec.variables.filter(\.value.isFixed).map(\.name)
        let samples = Set(values.filter { !fixed.contains($0.key) }.values)
        do {
            switch spec.target {
            case .pipeline:
                return probe([(targetFile, try load(variables: values))], samples)
            case .workflow:
                let workflow = try loadWorkflow(variables: values)
                let found = probe(workflow.pipelines.map { ($0.file, $0.loaded) }, samples)
                return (found.writes, workflow.warnings + found.problems)
            }
        } catch {
            return ([], error.problems)
        }
    }

    /// For every variable that an occasion has a value for: what is known of it, or a sample.
    var sampleValues: [String: String] {
        let names = spec.certainCaptures + spec.variables.filter { !$0.value.isFixed }.map(\.name)
        let texts = [targetYAML] + pipelines.sorted { $0.key < $1.key }.map(\.value)
        var values = VariableSamples.values(for: names, yaml: texts)
        for variable in spec.variables where variable.value.isFixed {
            values[variable.name] = variable.value.fixedText
        }
        return values
    }

    private func probe(
        _ pipelines: [(file: String, loaded: PipelineLoader.Loaded)], _ samples: Set<String>
    ) -> (writes: [PlacePattern], problems: [Problem]) {
        var writes: [PlacePattern] = []
        var problems: [Problem] = []
        for (file, loaded) in pipelines {
            problems += loaded.warnings
            let advice = "a request would carry it; write ${secret:NAME}, which is looked up where the run executes"
            if let place = loaded.writtenPasswords.first {
                problems.append(
                    Problem("holds a password: \(advice)", file: file, position: place.position, path: place.path))
            }
            if let name = loaded.sensitiveVariables.sorted().first {
                problems.append(Problem("variable \(name) is part of a connection: \(advice)", file: file))
            }
            if let sink = loaded.spec.sink {
                writes += sink.writes(baseDirectory: surroundings.baseDirectory, samples: samples)
            } else {
                problems.append(noSink(file))
            }
        }
        return (writes, problems)
    }
}

extension SinkSpec {
    /// The places that dataset landings of it can name.
    fileprivate func writes(baseDirectory: String, samples: Set<String>) -> [PlacePattern] {
        switch self {
        case .file:
            return PlacePattern(path: concurrencyKey(baseDirectory: baseDirectory), samples: samples).withContents
        case .database(let sink):
            var samples = samples
            var secrets: [String] = []
            // A connection that is a secret as a whole does not even say which kind of database it is.
            let address = try? DatabaseAddress(sink.connection, baseDirectory: baseDirectory) { name in
                secrets.append("secret\(secrets.count)of9f1c")
                return secrets.last
            }
            samples.formUnion(secrets)
            guard let address else {
                return [PlacePattern(endingIn: ".\(sink.table.name)", samples: samples)]
            }
            return [PlacePattern(path: "\(address.server)/\(address.dataset(sink.table))", samples: samples)]
        }
    }
}

extension TriggerText {
    /// Refers to nothing.
    var isFixed: Bool { captures.isEmpty && facts.isEmpty }

    var fixedText: String { parts.map { if case .text(let text) = $0 { text } else { "" } }.joined() }
}
