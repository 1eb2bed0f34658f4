/// Reads one entry of `checks`.
enum CheckReading {
    static func check(_ value: FieldValue) -> CheckSpec? {
        guard let undecided = FieldReader(value, CheckFields.all.undecided),
            let type = undecided.required("type")?.text(expecting: "the type of a check")
        else { return nil }
        guard let group = CheckFields.all.group(type.text) else {
            let known = CheckFields.all.tags
            let suggestion = Suggestion.phrase(for: type.text.trimmed(60), among: known)
            value.context.report(
                "unknown type of check \"\(type.text.trimmed(60))\""
                    + (suggestion.isEmpty ? "; known are \(known.joined(separator: ", "))" : suggestion),
                at: type.place)
            return nil
        }
        guard let fields = FieldReader(value, group) else { return nil }
        var severity: CheckSpec.Severity? = .error
        if let value = fields.value("severity") { severity = value.choice(CheckSpec.Severity.self, of: "severity") }
        let description = fields.value("description").map { $0.text() != nil } ?? true
        let kind = kind(type.text, fields)
        fields.finish()
        guard let kind, let severity, description else { return nil }
        return CheckSpec(kind, severity: severity, value.place)
    }

    private static func kind(_ type: String, _ fields: FieldReader) -> CheckSpec.Kind? {
        switch type {
        case "not_null": fields.required("columns")?.columns().map { .notNull(columns: $0) }
        case "unique": fields.required("columns")?.columns().map { .unique(columns: $0) }
        case "row_count": rowCount(fields)
        case "accepted_values": acceptedValues(fields)
        case "expression": expression(fields)
        case "contract": ContractReading.contract(fields).map { .contract($0) }
        default: nil
        }
    }

    private static func expression(_ fields: FieldReader) -> CheckSpec.Kind? {
        let threshold =
            fields.value("threshold").map { $0.threshold(of: "the part of the rows that must pass") } ?? .all
        guard let expression = fields.required("expr")?.expression(isCondition: true), let threshold else { return nil }
        return .expression(expression, threshold: threshold)
    }

    private static func rowCount(_ fields: FieldReader) -> CheckSpec.Kind? {
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

    private static func acceptedValues(_ fields: FieldReader) -> CheckSpec.Kind? {
        let column = fields.required("column")?.name(of: "a column")
        let allowNull = fields.value("allow_null").map { $0.boolean() } ?? true
        guard let items = fields.required("values")?.items(of: "values") else {
            return nil
        }
        let values = items.map { LiteralReading.literal($0, orNull: true) }
        guard let column, let allowNull, !values.contains(where: { $0 == nil }) else { return nil }
        return .acceptedValues(column: column, values: values.compactMap { $0?.literal }, allowNull: allowNull)
    }
}
