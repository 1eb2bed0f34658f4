/// Reads one entry of `checks`.
enum CheckReading {
    private static let implemented = ["not_null", "unique", "row_count", "accepted_values", "expression"]

    static func check(_ value: FieldValue) -> CheckSpec? {
        guard var fields = FieldReader(value, noun: "a check") else { return nil }
        guard let type = fields.required("type", example: "type: not_null")?.text(expecting: "the type of a check")
        else {
            return nil
        }
        guard implemented.contains(type.text) else {
            let suggestion = Suggestion.phrase(for: type.text.trimmed(60), among: implemented + ["contract"])
            fields.context.report(
                type.text == "contract"
                    ? "not yet: checks of type \"contract\""
                    : "unknown type of check \"\(type.text.trimmed(60))\""
                        + (suggestion.isEmpty ? "; known are \(implemented.joined(separator: ", "))" : suggestion),
                at: type.place)
            return nil
        }
        guard var fields = FieldReader(value, noun: type.text) else { return nil }
        _ = fields.value("type")
        var severity: CheckSpec.Severity? = .error
        if let value = fields.value("severity") { severity = value.choice(CheckSpec.Severity.self, of: "severity") }
        let kind = kind(type.text, &fields)
        fields.finish()
        guard let kind, let severity else { return nil }
        return CheckSpec(kind, severity: severity, value.place)
    }

    private static func kind(_ type: String, _ fields: inout FieldReader) -> CheckSpec.Kind? {
        switch type {
        case "not_null":
            return fields.required("columns", example: "columns: [id]")?.columns().map { .notNull(columns: $0) }
        case "unique":
            return fields.required("columns", example: "columns: [id]")?.columns().map { .unique(columns: $0) }
        case "row_count": return rowCount(&fields)
        case "accepted_values": return acceptedValues(&fields)
        case "expression":
            return fields.required("expr", example: "expr: amount >= 0")?.expression().map { .expression($0) }
        default: return nil
        }
    }

    private static func rowCount(_ fields: inout FieldReader) -> CheckSpec.Kind? {
        let least = fields.value("min")
        let most = fields.value("max")
        guard least != nil || most != nil else {
            fields.context.report("row_count needs \"min\" or \"max\"; write min: 1", at: fields.place)
            return nil
        }
        let min = least?.integer("a number of rows", in: 0...Int64.max)
        let max = most?.integer("a number of rows", in: 0...Int64.max)
        guard (least == nil) == (min == nil), (most == nil) == (max == nil) else { return nil }
        if let min, let max, min > max {
            most?.report("max (\(max)) is less than min (\(min)); no table can pass")
            return nil
        }
        return .rowCount(min: min, max: max)
    }

    private static func acceptedValues(_ fields: inout FieldReader) -> CheckSpec.Kind? {
        let column = fields.required("column", example: "column: status")?.name(of: "a column")
        let allowNull = fields.value("allow_null").map { $0.boolean() } ?? true
        guard let items = fields.required("values", example: "values: [new, paid]")?.items(of: "values") else {
            return nil
        }
        let values = items.map(literal)
        guard let column, let allowNull, !values.contains(where: { $0 == nil }) else { return nil }
        return .acceptedValues(column: column, values: values.compactMap { $0 }, allowNull: allowNull)
    }

    /// The value as YAML types it; what came from a variable is text, which takes the column's type.
    private static func literal(_ item: FieldValue) -> Literal? {
        if case .scalar(let scalar) = item.node.content, scalar.meaning == .null { return .null }
        guard let scalar = item.scalar(expecting: "a value") else { return nil }
        switch scalar.meaning {
        case .null: return .null
        case .boolean(let value):
            if !["true", "false"].contains(scalar.text.lowercased()) {
                item.report(
                    "\(scalar.text) unquoted is the boolean \(value) in YAML; write \"\(scalar.text)\" in "
                        + "quotes if it is text",
                    severity: .warning)
            }
            return .boolean(value)
        case .integer(let value): return .integer(value)
        case .decimal(let text):
            guard text.lowercased().contains("e") else { return .decimal(text) }
            guard let value = Double(text), value.isFinite else {
                item.report("the number is beyond what a double can hold")
                return nil
            }
            return .double(value)
        case .date(let text): return .date(text)
        case .timestamp(let text): return .timestamp(text)
        case .text, .refused: return .text(scalar.text)
        }
    }
}
