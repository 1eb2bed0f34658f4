/// Reads the fields of a workflow file.
struct WorkflowReading {
    let context: LoadContext

    /// nil when a part is missing that nothing can stand in for; why has been reported.
    func workflow(_ root: YAMLNode) -> WorkflowSpec? {
        guard let fields = FieldReader(FieldValue(node: root, path: "", context: context), WorkflowFields.workflow)
        else { return nil }
        let variables = fields.value("variables").map(variables) ?? [:]
        // They stand below the command line and may be used in the file itself.
        context.substitution.scope.declaredDefaults.merge(variables) { $1 }
        let name = fields.required("name")?.name(of: "the workflow")
        let description = fields.value("description")?.text(limit: 100_000)?.text ?? ""
        let failFast = fields.value("fail_fast").map { $0.boolean() } ?? true
        let items = fields.required("stages")?.items(of: "stages", limit: WorkflowLoader.stageLimit)
        let stages = items?.map(stage)
        fields.finish()
        if let stages { checkStages(stages.compactMap { $0 }, isComplete: !stages.contains { $0 == nil }) }
        guard let name, let failFast, let stages else { return nil }
        return WorkflowSpec(
            name: name.text, description: description, variables: variables, failFast: failFast,
            stages: stages.compactMap { $0 })
    }

    /// Scalars, taken as the text that they are written as.
    private func variables(_ value: FieldValue) -> [String: String] {
        guard value.isGiven else { return [:] }
        var variables: [String: String] = [:]
        for pair in value.pairs(of: "variables to values", allowEmpty: true) ?? [] {
            guard VariableTemplate.isName(pair.key.text) else {
                context.report(VariableDeclaration.nameRefusal(pair.key.text), at: pair.key.place)
                continue
            }
            if let text = pair.value.scalar(expecting: "a value")?.text { variables[pair.key.text] = text }
        }
        return variables
    }

    private func stage(_ value: FieldValue) -> WorkflowSpec.Stage? {
        guard let fields = FieldReader(value, WorkflowFields.stage) else { return nil }
        let name = fields.required("name")?.name(of: "the stage")
        let description = fields.value("description")?.text(limit: 100_000)?.text ?? ""
        let isParallel = fields.value("parallel").map { $0.boolean() } ?? false
        let dependsOn = fields.value("depends_on").flatMap { $0.isGiven ? $0 : nil }.map(stageNames) ?? []
        let continues = fields.value("continue_on_failure").map { $0.boolean() } ?? false
        let pipelines = fields.required("pipelines")?.items(of: "pipelines", limit: WorkflowLoader.pipelineLimit)?
            .map(reference)
        fields.finish()
        guard let name, let isParallel, let dependsOn, let continues, let pipelines,
            !pipelines.contains(where: { $0 == nil })
        else { return nil }
        return WorkflowSpec.Stage(
            name: name, description: description, pipelines: pipelines.compactMap { $0 }, isParallel: isParallel,
            dependsOn: dependsOn, continuesOnFailure: continues)
    }

    private func stageNames(_ value: FieldValue) -> [PlacedText]? {
        if case .scalar = value.node.content { return value.name(of: "a stage").map { [$0] } }
        guard let items = value.items(of: "names of stages", allowEmpty: true) else { return nil }
        let names = items.map { $0.name(of: "a stage") }
        context.reportRepeated(names.compactMap { $0 }, noun: "stage")
        return names.contains { $0 == nil } ? nil : names.compactMap { $0 }
    }

    private func reference(_ value: FieldValue) -> WorkflowSpec.Reference? {
        guard let fields = FieldReader(value, WorkflowFields.pipeline) else { return nil }
        let path = fields.required("path")?.path()
        let name = fields.value("name").flatMap { $0.isGiven ? $0 : nil }?.name(of: "the pipeline")?.text
        let variables = fields.value("variables").map(variables) ?? [:]
        fields.finish()
        guard let path else { return nil }
        return WorkflowSpec.Reference(path: path, name: name ?? Self.fileName(path.text), variables: variables)
    }

    /// `ingest_users` of `pipelines/bronze/ingest_users.yml`.
    private static func fileName(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
        return String(name[..<dot])
    }

    // MARK: Stages among each other

    /// `isComplete`: all stages could be read, so that a name which is not there is a mistake of its own.
    private func checkStages(_ stages: [WorkflowSpec.Stage], isComplete: Bool) {
        context.reportRepeated(stages.map(\.name), noun: "the stage")
        let names = stages.map(\.name.text)
        for stage in stages where isComplete {
            for wanted in stage.dependsOn where !names.contains(where: { $0.utf8.elementsEqual(wanted.text.utf8) }) {
                let suggestion = Suggestion.phrase(for: wanted.text.trimmed(60), among: names)
                context.report(
                    "there is no stage \"\(wanted.text.trimmed(60))\""
                        + (suggestion.isEmpty ? "; known are \(names.joined(separator: ", "))" : suggestion),
                    at: wanted.place)
            }
        }
        reportCircles(WorkflowSpec(name: "", stages: stages))
    }

    /// Each circle once, at the stage in it that stands first.
    private func reportCircles(_ spec: WorkflowSpec) {
        var reported: Set<Int> = []
        for start in spec.stages.indices where !reported.contains(start) {
            guard let circle = circle(from: start, spec) else { continue }
            reported.formUnion(circle)
            let names = (circle + [start]).map { "\"\(spec.stages[$0].name.text.trimmed(60))\"" }
            context.report(
                circle.count == 1
                    ? "stage \(names[0]) depends on itself"
                    : "stages depend on each other in a circle: \(names.joined(separator: " on "))",
                at: spec.stages[start].dependsOn.first?.place ?? spec.stages[start].name.place)
        }
    }

    /// The shortest way from a stage over what it depends on back to itself.
    private func circle(from start: Int, _ spec: WorkflowSpec) -> [Int]? {
        var cameFrom: [Int: Int] = [:]
        var pending = [start][...]
        while let stage = pending.popFirst() {
            for next in spec.dependencies(of: stage) {
                if next == start {
                    var way = [stage]
                    while way[0] != start, let before = cameFrom[way[0]] { way.insert(before, at: 0) }
                    return way
                }
                if cameFrom[next] == nil {
                    cameFrom[next] = stage
                    pending.append(next)
                }
            }
        }
        return nil
    }
}
