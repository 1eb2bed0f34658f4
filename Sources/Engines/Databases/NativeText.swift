import Pipeline

/// Names and texts as a database's own language writes them.
struct NativeText: Sendable {
    var kind: DatabaseAddress.Kind

    func identifier(_ name: String) -> String {
        kind == .mysql ? enclosed(name, by: "`") : DuckDBText.identifier(name)
    }

    /// MySQL takes a backslash in a text for an escape, as its servers are set up.
    func literal(_ text: String) -> String {
        guard kind == .mysql else { return DuckDBText.literal(text) }
        return enclosed(text, by: "'", doublingToo: "\\")
    }

    func table(_ schema: String, _ name: String) -> String { "\(identifier(schema)).\(identifier(name))" }

    private func enclosed(
        _ text: String, by quote: Unicode.Scalar, doublingToo other: Unicode.Scalar? = nil
    ) -> String {
        var result = String.UnicodeScalarView([quote])
        for scalar in text.unicodeScalars {
            if scalar == quote || scalar == other { result.append(scalar) }
            result.append(scalar)
        }
        result.append(quote)
        return String(result)
    }
}
