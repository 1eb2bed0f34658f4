/// Project file to values, with every problem reported at once. What stands under `settings` belongs to the programs
/// and is left alone.
public enum ProjectLoader {
    public struct Loaded: Sendable {
        public var spec: ProjectSpec
        public var warnings: [Problem]

        public init(spec: ProjectSpec, warnings: [Problem]) {
            self.spec = spec
            self.warnings = warnings
        }
    }

    public static func load(yaml: String, file: String?, variables: VariableScope) throws(InvalidPipeline) -> Loaded {
        guard !isEmpty(yaml) else {
            return Loaded(spec: ProjectSpec(), warnings: [])
        }
        let document = try YAMLDocument.read(yaml, file: file)
        let context = LoadContext(file: file, text: document.text, scope: variables)
        document.problems.forEach(context.report)
        let spec = ProjectReading(context: context).project(document.root)
        let problems = context.sortedProblems
        guard let spec, !problems.contains(where: { $0.severity == .error }) else { throw InvalidPipeline(problems) }
        return Loaded(spec: spec, warnings: problems)
    }

    /// Nothing but blanks and comments.
    private static func isEmpty(_ yaml: String) -> Bool {
        yaml.split(whereSeparator: \.isNewline).allSatisfy { line in
            (line.first { !$0.isWhitespace } ?? "#") == "#"
        }
    }
}

private struct ProjectReading {
    let context: LoadContext

    func project(_ root: YAMLNode) -> ProjectSpec? {
        guard let fields = FieldReader(FieldValue(node: root, path: "", context: context), ProjectFields.project) else {
            return nil
        }
        var spec = ProjectSpec()
        if let value = fields.value("defaults"), value.isGiven, let group = FieldReader(value, ProjectFields.defaults) {
            spec.defaults = settings(group)
            group.finish()
        }
        if let value = fields.value("environments"), value.isGiven { spec.environments = environments(value) }
        if let value = fields.value("profiles"), value.isGiven { spec.profiles = profiles(value) }
        reportUnused(fields)
        fields.finish()
        return spec
    }

    private func settings(_ fields: FieldReader) -> ProjectSettings {
        var settings = ProjectSettings()
        settings.engine = fields.value("engine").flatMap(EngineReading.engine)
        for pair in fields.value("variables")?.pairs(of: "variables to values", allowEmpty: true) ?? [] {
            guard VariableTemplate.isName(pair.key.text) else {
                context.report(VariableDeclaration.nameRefusal(pair.key.text), at: pair.key.place)
                continue
            }
            if let text = pair.value.scalar(expecting: "a value")?.text { settings.variables[pair.key.text] = text }
        }
        settings.options = RunOptionsReading.options(fields)
        reportUnused(fields)
        return settings
    }

    private func reportUnused(_ fields: FieldReader) {
        for field in ProjectFields.unused where fields.group.field(field.name) != nil {
            fields.value(field.name)?.report("\"\(field.name)\" is not used by this program", severity: .warning)
        }
    }

    // MARK: Environments

    private struct Written {
        var name: PlacedText
        var extends: PlacedText?
        var settings: ProjectSettings
    }

    private func environments(_ value: FieldValue) -> [ProjectSpec.Environment] {
        let written = (value.pairs(of: "names to environments", allowEmpty: true) ?? []).compactMap {
            pair -> Written? in
            guard pair.value.isGiven else { return Written(name: pair.key, settings: ProjectSettings()) }
            guard let fields = FieldReader(pair.value, ProjectFields.environment) else { return nil }
            let extends = fields.value("extends")?.name(of: "an environment")
            let settings = settings(fields)
            fields.finish()
            return Written(name: pair.key, extends: extends, settings: settings)
        }
        return written.compactMap { environment in
            merged(environment, written).map { ProjectSpec.Environment(name: environment.name.text, settings: $0) }
        }
    }

    /// With all that it extends; nil, reported, when that leads in a circle or nowhere.
    private func merged(_ environment: Written, _ all: [Written]) -> ProjectSettings? {
        var settings = environment.settings
        var current = environment
        for _ in all {
            guard let wanted = current.extends else { return settings }
            guard let next = all.first(where: { $0.name.text.utf8.elementsEqual(wanted.text.utf8) }) else {
                // The one that says so is reported once, not for each that extends it.
                if current.name == environment.name {
                    let unknown = ProjectSpec.UnknownName(
                        noun: "environment", name: wanted.text, known: all.map(\.name.text))
                    context.report("\(unknown)", at: wanted.place)
                }
                return nil
            }
            settings = settings.over(next.settings)
            current = next
        }
        guard let extends = environment.extends else { return settings }
        context.report(
            "environment \"\(environment.name.text.trimmed(60))\" extends itself in a circle", at: extends.place)
        return nil
    }

    // MARK: Profiles

    private func profiles(_ value: FieldValue) -> ProjectProfiles {
        var profiles = ProjectProfiles()
        for pair in value.pairs(of: "names to profiles", allowEmpty: true) ?? [] {
            guard case .mapping(let entries) = pair.value.node.content else {
                pair.value.report("expected a profile as a mapping of fields, got \(pair.value.node.description)")
                continue
            }
            for entry in entries where entry.key == "profile" {
                context.report(
                    "a profile cannot take the fields of another",
                    at: FieldPlace(path: "\(pair.value.place.path).profile", position: entry.keyPosition))
            }
            profiles.profiles.append(ProjectProfiles.Profile(name: pair.key.text, fields: entries))
        }
        return profiles
    }
}
