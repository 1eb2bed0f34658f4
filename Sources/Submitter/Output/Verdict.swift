import Pipeline

/// What `validate` has to say about a file.
struct Verdict: Encodable {
    enum Kind: String { case pipeline, workflow, triggers }

    private var kind: Kind
    private var file: String
    var name: String?
    /// Of valid triggers, their names.
    var triggers: [String] = []
    private var errors: [Problem] = []
    private var warnings: [Problem] = []

    /// `body` looks at the file, and answers with warnings; what it throws is judged as well.
    init(_ kind: Kind, of file: String, _ body: (inout Verdict) async throws -> [Problem]) async throws {
        self.kind = kind
        self.file = file
        do {
            warnings = try await body(&self)
        } catch let invalid as InvalidPipeline {
            errors = invalid.problems.filter { $0.severity == .error }
            warnings = invalid.problems.filter { $0.severity == .warning }
        } catch let stop as Stop where stop.code == .failed {
            // The file could not be read.
            errors = [Problem(stop.message ?? "", file: file)]
        }
    }

    /// Ends the command with 1 when the file is not valid.
    func show(asJSON: Bool) throws {
        if asJSON {
            try JSONText.show(self)
        } else {
            for problem in warnings + errors { Console.note(problem.description) }
            if let name, errors.isEmpty {
                Console.say(
                    kind == .triggers
                        ? "\(file): valid triggers: \(name)" : "\(file): \(kind.rawValue) \"\(name)\" is valid")
            }
        }
        guard !errors.isEmpty else { return }
        let count = errors.count == 1 ? "1 problem" : "\(errors.count) problems"
        throw Stop(.failed, asJSON ? nil : "\(file) is not valid: \(count)")
    }

    private enum Key: String, CodingKey {
        case valid, errors, warnings
        case pipelineName = "pipeline_name"
        case workflowName = "workflow_name"
        case triggers
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(errors.isEmpty, forKey: .valid)
        switch kind {
        case .pipeline: try container.encode(name, forKey: .pipelineName)
        case .workflow: try container.encode(name, forKey: .workflowName)
        case .triggers: try container.encode(triggers, forKey: .triggers)
        }
        try container.encode(errors.map(ShownProblem.init), forKey: .errors)
        try container.encode(warnings.map(ShownProblem.init), forKey: .warnings)
    }
}

/// A problem as `--json` shows it.
private struct ShownProblem: Encodable {
    var file: String?
    var line: Int?
    var column: Int?
    var path: String
    var message: String

    init(_ problem: Problem) {
        file = problem.file
        line = problem.position?.line
        column = problem.position?.column
        path = problem.path
        message = problem.message
    }

    private enum CodingKeys: String, CodingKey { case file, line, column, path, message }

    /// Every key, whatever is known.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(file, forKey: .file)
        try container.encode(line, forKey: .line)
        try container.encode(column, forKey: .column)
        try container.encode(path, forKey: .path)
        try container.encode(message, forKey: .message)
    }
}
