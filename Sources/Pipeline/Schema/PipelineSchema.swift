/// JSON Schemas (draft 2020-12) of pipeline and workflow files, for editors: made from the same description of the
/// fields that the loader reads by. The loader stays the judge: it knows more, such as names of other fields.
public enum PipelineSchema {
    /// Of pipelines.
    ///
    /// `indent`: blanks per level.
    public static func schema(indent: Int = 2) -> String {
        document(PipelineFields.pipeline, title: "quicketl pipeline", indent: indent)
    }

    /// Of workflows.
    public static func workflowSchema(indent: Int = 2) -> String {
        document(WorkflowFields.workflow, title: "quicketl workflow", indent: indent)
    }

    /// Of project files.
    public static func projectSchema(indent: Int = 2) -> String {
        document(ProjectFields.project, title: "quicketl project", indent: indent)
    }

    private static func document(_ group: FieldGroup, title: String, indent: Int) -> String {
        var writer = SchemaWriter()
        var members = [
            JSONMember(name: "$schema", value: .text("https://json-schema.org/draft/2020-12/schema")),
            JSONMember(name: "title", value: .text(title)),
        ]
        members += writer.members(of: group)
        if !writer.definitions.isEmpty { members.append(JSONMember(name: "$defs", value: .object(writer.definitions))) }
        return JSONPrinting.text(.object(members), indent: indent) + "\n"
    }
}

/// Turns forms of fields into schemas, and gathers what they refer to.
private struct SchemaWriter {
    private(set) var definitions: [JSONMember] = []
    /// Names of definitions, those included that are still being written.
    private var names: [String] = []

    // MARK: Groups

    /// `isWhole`: false for `options`, whose fields may stand beside it instead.
    mutating func members(of group: FieldGroup, isWhole: Bool = true) -> [JSONMember] {
        var properties: [JSONMember] = []
        for field in group.fields {
            let form: JSONValue =
                if field.name == "options", case .group(let options) = field.form {
                    .object(members(of: options, isWhole: false))
                } else {
                    schema(of: field.form)
                }
            for name in [field.name] + field.aliases {
                let meaning = name == field.name ? field.meaning : "The same as \(field.name)."
                properties.append(JSONMember(name: name, value: described(form, meaning)))
            }
        }
        var members: [JSONMember] = [
            .init("type", .text("object")), .init("properties", .object(properties)),
            .init("additionalProperties", .bool(false)),
        ]
        let conditions = isWhole ? conditions(of: group) : []
        guard !conditions.isEmpty else { return members }
        let all = JSONValue.array(conditions)
        // A profile may bring whatever is missing.
        members.append(
            group.field("profile") == nil
                ? .init("allOf", all)
                : .init("anyOf", .array([requires("profile"), .object([.init("allOf", all)])])))
        return members
    }

    private func conditions(of group: FieldGroup) -> [JSONValue] {
        var nested: [String] = []
        if case .group(let options)? = group.field("options")?.form { nested = options.names }
        var conditions = group.fields.filter(\.isRequired).map { field -> JSONValue in
            var ways = ([field.name] + field.aliases).map(requires)
            if nested.contains(field.name) {
                ways.append(
                    .object([
                        .init(
                            "properties",
                            .object([.init("options", .object([.init("required", .array([.text(field.name)]))]))])),
                        .init("required", .array([.text("options")])),
                    ]))
            }
            return ways.count == 1 ? ways[0] : .object([.init("anyOf", .array(ways))])
        }
        if !group.alternatives.isEmpty {
            conditions.append(.object([.init("oneOf", .array(group.alternatives.map(requires)))]))
        }
        return conditions
    }

    private func requires(_ name: String) -> JSONValue {
        .object([.init("required", .array([.text(name)]))])
    }

    private func described(_ form: JSONValue, _ meaning: String) -> JSONValue {
        guard case .object(let members) = form, !meaning.isEmpty else { return form }
        return .object([.init("description", .text(meaning))] + members)
    }

    /// A reference; the definition is written when it is first needed.
    private mutating func reference(_ variant: FieldVariant) -> JSONValue {
        let reference = JSONValue.object([.init("$ref", .text("#/$defs/\(variant.name)"))])
        guard !names.contains(variant.name) else { return reference }
        names.append(variant.name)
        var branches: [JSONValue] = []
        for (tag, group) in variant.cases {
            let name = "\(variant.name)_\(tag)"
            definitions.append(.init(name, .object(members(of: group))))
            let condition = JSONValue.object([
                .init("properties", .object([.init(variant.tag, .object([.init("const", .text(tag))]))])),
                .init("required", .array([.text(variant.tag)])),
            ])
            branches.append(
                .object([
                    .init("if", condition), .init("then", .object([.init("$ref", .text("#/$defs/\(name)"))])),
                ]))
        }
        var members: [JSONMember] = [
            .init("type", .text("object")),
            .init("properties", .object([.init(variant.tag, .object([.init("enum", texts(variant.tags))]))])),
        ]
        let takesProfiles = variant.cases.contains { $0.group.field("profile") != nil }
        members.append(
            takesProfiles
                ? .init("anyOf", .array([requires(variant.tag), requires("profile")]))
                : .init("required", .array([.text(variant.tag)])))
        members.append(.init("allOf", .array(branches)))
        definitions.append(.init(variant.name, .object(members)))
        return reference
    }

    // MARK: Forms

    private mutating func schema(of form: FieldForm) -> JSONValue {
        switch form {
        case .any: return .object([])
        case .text, .expression: return scalar(["string", "number", "boolean"])
        case .name:
            return .object([
                .init("type", texts(["string", "number", "boolean"])), .init("minLength", .number("1")),
            ])
        case .literal(let orNull):
            return scalar(["string", "number", "boolean"] + (orNull ? ["null"] : []))
        case .boolean:
            return either([
                scalar(["boolean"]),
                text(matching: "^([Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$"),
                variable,
            ])
        case .integer(let range):
            var members: [JSONMember] = [
                .init("type", .text("integer")), .init("minimum", .number(String(range.lowerBound))),
            ]
            if range.upperBound < .max { members.append(.init("maximum", .number(String(range.upperBound)))) }
            return either([.object(members), text(matching: "^[+-]?[0-9][0-9_]*$"), variable])
        case .fraction:
            return either([
                .object([
                    .init("type", .text("number")), .init("minimum", .number("0")), .init("maximum", .number("1")),
                ]), text(matching: "^(0?\\.[0-9]+|[01](\\.0*)?)$"), variable,
            ])
        case .duration:
            return either([
                .object([.init("type", .text("number")), .init("exclusiveMinimum", .number("0"))]),
                text(matching: "^[0-9.]+[smhd]?$"), variable,
            ])
        case .typeName:
            return either([.object([.init("enum", texts(CastType.names))]), scalar(["string"])])
        case .choice(let words):
            return words.count == 1
                ? .object([.init("const", .text(words[0]))])
                : either([.object([.init("enum", texts(words))]), variable])
        case .list(let item, let allowEmpty):
            return .object(
                [.init("type", .text("array")), .init("items", schema(of: item))]
                    + (allowEmpty ? [] : [.init("minItems", .number("1"))]))
        case .mapping(let value, let allowEmpty):
            return .object(
                [.init("type", .text("object")), .init("additionalProperties", schema(of: value))]
                    + (allowEmpty ? [] : [.init("minProperties", .number("1"))]))
        case .group(let group): return .object(members(of: group))
        case .variant(let variant): return reference(variant)
        case .either(let forms): return either(forms.map { schema(of: $0) })
        }
    }

    /// A text that a variable completes, of which nothing more is known here.
    private var variable: JSONValue { text(matching: "\\$\\{") }

    private func scalar(_ types: [String]) -> JSONValue {
        .object([.init("type", types.count == 1 ? .text(types[0]) : texts(types))])
    }

    private func text(matching pattern: String) -> JSONValue {
        .object([.init("type", .text("string")), .init("pattern", .text(pattern))])
    }

    private func either(_ forms: [JSONValue]) -> JSONValue { .object([.init("anyOf", .array(forms))]) }

    private func texts(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.text)) }
}

extension JSONMember {
    fileprivate init(_ name: String, _ value: JSONValue) { self.init(name: name, value: value) }
}
