/// Reads a check of type `contract`.
enum ContractReading {
    static func contract(_ fields: FieldReader) -> ContractSpec? {
        let outer = fields.value("strict")
        guard let schema = fields.required("contract_schema"),
            let inner = FieldReader(schema, CheckFields.contractSchema)
        else {
            _ = outer?.boolean()
            return nil
        }
        let columns = inner.required("columns")?.pairs(of: "columns to types").map { $0.map(column) }
        // In the schema it wins over the same beside it.
        let strict = (inner.value("strict") ?? outer).map { $0.boolean() } ?? false
        if inner.value("strict") != nil { _ = outer?.boolean() }
        inner.finish()
        guard let columns, let strict, !columns.contains(where: { $0 == nil }) else { return nil }
        return ContractSpec(columns: columns.compactMap { $0 }, isStrict: strict)
    }

    /// `int64`, or a mapping.
    private static func column(_ pair: FieldValue.Pair) -> ContractSpec.Column? {
        guard case .mapping = pair.value.node.content else {
            return SourceReading.type(pair.value).map { ContractSpec.Column(name: pair.key, type: $0) }
        }
        guard let fields = FieldReader(pair.value, CheckFields.contractColumn) else { return nil }
        let type = fields.value("dtype").flatMap { $0.isGiven ? $0 : nil }.map(SourceReading.type)
        let nullable = fields.value("nullable").map { $0.boolean() } ?? true
        let unique = fields.value("unique").map { $0.boolean() } ?? false
        let checks =
            fields.value("checks").map { value in
                value.items(of: "checks", allowEmpty: true, limit: 100)?.map(check)
            } ?? []
        fields.finish()
        guard let nullable, let unique, let checks, !checks.contains(where: { $0 == nil }) else { return nil }
        if case .some(.none) = type { return nil }
        return ContractSpec.Column(
            name: pair.key, type: type ?? nil, isNullable: nullable, isUnique: unique,
            checks: checks.compactMap { $0 })
    }

    private static func check(_ value: FieldValue) -> PlacedContractCheck? {
        guard case .scalar(let scalar) = value.node.content,
            // Reports what is undefined, and charges the limits.
            value.text(expecting: "a check such as \"ge(0)\"", limit: 10_000) != nil
        else {
            if case .scalar = value.node.content {} else { _ = value.text(expecting: "a check such as \"ge(0)\"") }
            return nil
        }
        var parser = ContractCheckParser(scalar.text, value)
        let check = parser.check()
        value.context.report(parser.mistakes, in: scalar, at: value.place)
        guard let check, parser.mistakes.isEmpty else { return nil }
        return PlacedContractCheck(check, source: scalar.text, value.place)
    }
}
