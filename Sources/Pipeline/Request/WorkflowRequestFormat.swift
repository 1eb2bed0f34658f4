public import Foundation

extension WorkflowRequest {
    /// The payload of this request's message, as `docs/messages.md` describes it. Refuses what `decode` would refuse.
    public func encoded() throws(RequestEncodingError) -> Data {
        let problems = formatProblems
        guard problems.isEmpty, let moment = RFC3339.text(of: submittedAt) else {
            throw RequestEncodingError(RunRequest.summary(of: problems))
        }
        var json = JSONObjectText()
        json.add("version", verbatim: String(Self.version))
        json.add("workflow_id", text: workflowID.description)
        json.add("workflow_name", text: name)
        json.add("workflow_yaml", text: yaml)
        json.add("fail_fast", verbatim: plan.failFast ? "true" : "false")
        json.add(
            "stages",
            verbatim: Self.array(
                plan.stages.map { stage in
                    var object = JSONObjectText()
                    object.add("name", text: stage.name)
                    object.add("depends_on", verbatim: Self.array(stage.dependsOn.map { String($0) }))
                    object.add("parallel", verbatim: stage.isParallel ? "true" : "false")
                    object.add("continue_on_failure", verbatim: stage.continuesOnFailure ? "true" : "false")
                    return object.closed
                }))
        var steps: [String] = []
        for (step, work) in zip(plan.steps, work) {
            var object = JSONObjectText()
            object.add("stage", verbatim: String(step.stage))
            object.add("name", text: step.name)
            switch work {
            case .run(let request):
                object.add("run", verbatim: String(decoding: try request.encoded(), as: UTF8.self))
            case .done(let run): object.add("done", text: run.description)
            }
            steps.append(object.closed)
        }
        json.add("steps", verbatim: Self.array(steps))
        var values = JSONObjectText()
        for (name, value) in variables.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            values.add(name, text: value)
        }
        json.add("variables", verbatim: values.closed)
        if let resumeOf { json.add("resume_of", text: resumeOf.description) }
        if let idempotencyKey { json.add("idempotency_key", text: idempotencyKey) }
        json.add("submitted_at", text: moment)
        json.add("submitted_by", text: submittedBy)
        if let trigger { json.add("trigger", text: trigger) }
        let payload = Data(json.closed.utf8)
        guard payload.count <= RequestLimits.messageBytes else {
            throw RequestEncodingError(
                "the workflow has \(payload.count) bytes as one message; the limit is \(RequestLimits.messageBytes): "
                    + "make two workflows of it")
        }
        return payload
    }

    private static func array(_ elements: [String]) -> String { "[" + elements.joined(separator: ",") + "]" }

    /// Reads the payload of a message. Any bytes give a request or an error.
    public static func decode(_ payload: Data) throws(RequestDecodingError) -> WorkflowRequest {
        guard case .workflow(let request) = try RequestMessage.decode(payload) else {
            throw RequestDecodingError(.undecodable, "the message asks for a run, not for a workflow")
        }
        return request
    }

    init(_ members: [JSONMember]) throws(RequestDecodingError) {
        var fields = RequestFields(members)
        let workflowID = fields.text("workflow_id").flatMap { fields.runID("workflow_id", $0) }
        let name = fields.text("workflow_name")
        let yaml = fields.text("workflow_yaml")
        let failFast = fields.bool("fail_fast", default: true)
        let stages = fields.objects("stages", limit: WorkflowLoader.stageLimit).enumerated().map { index, members in
            var stage = RequestFields(members)
            defer { fields.adopt(stage, from: "stages[\(index)]") }
            return WorkflowPlan.Stage(
                name: stage.text("name") ?? "",
                dependsOn: stage.integers("depends_on", limit: WorkflowLoader.stageLimit),
                isParallel: stage.bool("parallel", default: false),
                continuesOnFailure: stage.bool("continue_on_failure", default: false))
        }
        var steps: [WorkflowPlan.Step] = []
        var work: [Work] = []
        for (index, members) in fields.objects("steps", limit: WorkflowLoader.pipelineLimit).enumerated() {
            var step = RequestFields(members)
            steps.append(
                WorkflowPlan.Step(stage: step.optionalInteger("stage") ?? -1, name: step.text("name") ?? ""))
            if let done = step.optionalText("done") {
                if let run = step.runID("done", done) { work.append(.done(run)) }
            } else if let members = step.object("run") {
                var run = RequestFields(members)
                if let request = run.request() { work.append(.run(request)) }
                step.adopt(run, from: "run")
            }
            fields.adopt(step, from: "steps[\(index)]")
        }
        let variables = fields.variables()
        let resumeOf = fields.optionalText("resume_of").flatMap { fields.runID("resume_of", $0) }
        let idempotencyKey = fields.optionalText("idempotency_key")
        let submittedAt = fields.moment("submitted_at")
        let submittedBy = fields.text("submitted_by")
        let trigger = fields.optionalText("trigger")
        guard fields.problems.isEmpty, let workflowID, let name, let yaml, let submittedAt, let submittedBy else {
            throw RequestDecodingError(.undecodable, RunRequest.summary(of: fields.problems))
        }
        self.init(
            workflowID: workflowID, name: name, yaml: yaml,
            plan: WorkflowPlan(stages: stages, steps: steps, failFast: failFast), work: work, variables: variables,
            resumeOf: resumeOf,
            idempotencyKey: idempotencyKey, submittedAt: submittedAt, submittedBy: submittedBy, trigger: trigger)
        let problems = formatProblems
        guard problems.isEmpty else {
            throw RequestDecodingError(.undecodable, RunRequest.summary(of: problems))
        }
    }
}

/// What a message of the topics of runs asks for.
public enum RequestMessage: Sendable {
    case run(RunRequest)
    case workflow(WorkflowRequest)

    /// Any bytes give a request or an error that names every wrong field.
    ///
    /// Within a version fields are only ever added, and optional: unknown ones are ignored, so that workers can be
    /// older than submitters.
    public static func decode(_ payload: Data) throws(RequestDecodingError) -> RequestMessage {
        guard payload.count <= RequestLimits.messageBytes else {
            throw RequestDecodingError(
                .tooLarge, "the message has \(payload.count) bytes; the limit is \(RequestLimits.messageBytes)")
        }
        let value: JSONValue
        do {
            value = try JSONReader.read(Array(payload), nestingLimit: RequestLimits.nesting)
        } catch {
            throw RequestDecodingError(.undecodable, "not JSON at byte \(error.byte): \(error.message)")
        }
        guard case .object(let members) = value else {
            throw RequestDecodingError(.undecodable, "expected an object, found \(value.noun)")
        }
        var fields = RequestFields(members)
        if try fields.version(of: [RunRequest.version, WorkflowRequest.version]) == WorkflowRequest.version {
            return .workflow(try WorkflowRequest(members))
        }
        guard let request = fields.request() else {
            throw RequestDecodingError(.undecodable, RunRequest.summary(of: fields.problems))
        }
        return .run(request)
    }
}
