/// Reads `variables:` of a pipeline: names with a default (`DATE: 2013-01-01`), or with a type and perhaps a default.
struct VariableDeclaration {
    var name: PlacedText
    var type: DataType
    /// With its own references resolved; nil: the variable must be given.
    var fallback: String?

    /// Reads all declarations and puts their defaults into the scope of the load, in the order written: a default may
    /// refer to what was declared before it.
    static func declare(_ value: FieldValue) {
        guard let pairs = value.pairs(of: "variables", allowEmpty: true) else { return }
        let context = value.context
        for pair in pairs {
            guard VariableTemplate.isName(pair.key.text) else {
                context.report(nameRefusal(pair.key.text), at: pair.key.place)
                continue
            }
            context.substitution.declared.append(pair.key.text)
            guard let declaration = declaration(pair) else { continue }
            if let fallback = declaration.fallback {
                context.substitution.scope.declaredDefaults[declaration.name.text] = fallback
                context.substitution.ingredients[declaration.name.text] = ingredients(pair.value)
            }
            declaration.check(pair.value)
        }
    }

    static func nameRefusal(_ name: String) -> String {
        "\"\(name.trimmed(60))\" cannot name a variable; use letters, digits and _, not a digit first"
    }

    private static func declaration(_ pair: FieldValue.Pair) -> VariableDeclaration? {
        guard case .mapping = pair.value.node.content else {
            guard let scalar = scalar(pair.value) else { return nil }
            return VariableDeclaration(name: pair.key, type: .text, fallback: scalar)
        }
        guard let fields = FieldReader(pair.value, PipelineFields.variable) else { return nil }
        var type: DataType? = .text
        if let value = fields.value("type"), let text = value.text(expecting: "the name of a type")?.text {
            type = DataType(name: text)
            if type == nil { value.report(DataType.explanation(ofName: text)) }
        }
        _ = fields.value("description")?.text()
        let fallback = fields.value("default").map(scalar)
        fields.finish()
        guard let type else { return nil }
        if case .some(.none) = fallback { return nil }
        return VariableDeclaration(name: pair.key, type: type, fallback: fallback ?? nil)
    }

    private static func scalar(_ value: FieldValue) -> String? { value.scalar(expecting: "a default")?.text }

    private static func ingredients(_ value: FieldValue) -> Set<String> {
        switch value.node.content {
        case .scalar(let scalar): VariableTemplate(scalar.text).variables
        case .mapping(let entries):
            entries.first { $0.key == "default" }.map {
                ingredients(FieldValue(node: $0.value, path: "", context: value.context))
            } ?? []
        case .sequence: []
        }
    }

    /// Values are not shown: they may be secret.
    private func check(_ value: FieldValue) {
        let scope = value.context.substitution.scope
        let wanted = type.description
        func report(_ subject: String) {
            value.context.report(
                "\(subject) of variable \"\(name.text)\" does not read as \(wanted)"
                    + (type == .date ? " (YYYY-MM-DD)" : ""), at: name.place)
        }
        if let fallback, !VariableDeclaration.reads(fallback, as: type) { report("the default") }
        if let given = scope.given[name.text] {
            if !VariableDeclaration.reads(given, as: type) { report("the value given") }
        } else if let environment = scope.environment[name.text], !VariableDeclaration.reads(environment, as: type) {
            report("the value in the environment")
        } else if let project = scope.project[name.text], scope.environment[name.text] == nil,
            !VariableDeclaration.reads(project, as: type)
        {
            report("the value in the project file")
        }
    }

    static func reads(_ text: String, as type: DataType) -> Bool {
        switch type {
        case .boolean:
            if case .boolean = ScalarMeaning(plain: text) { return true }
            return false
        case .int8: return Int8(text) != nil
        case .int16: return Int16(text) != nil
        case .int32: return Int32(text) != nil
        case .int64: return Int64(text) != nil
        case .uint8: return UInt8(text) != nil
        case .uint16: return UInt16(text) != nil
        case .uint32: return UInt32(text) != nil
        case .uint64: return UInt64(text) != nil
        case .float32, .float64, .decimal:
            switch ScalarMeaning(plain: text) {
            case .integer, .decimal: return true
            default: return false
            }
        case .date: return CalendarText.isDate(text)
        case .timestamp, .timestamptz: return CalendarText.timestamp(text) != nil
        default: return true
        }
    }
}
