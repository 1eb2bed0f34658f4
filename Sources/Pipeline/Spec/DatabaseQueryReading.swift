/// Reads a query of a database source. Its text belongs to the database and is not parsed, but for one thing: whether
/// a variable stands inside quotes or outside decides what it may be, and where it cannot be safe it is refused.
enum DatabaseQueryReading {
    static let lengthLimit = 100_000

    static func query(_ value: FieldValue) -> DatabaseQuery? {
        guard case .scalar(let scalar) = value.node.content,
            // Reports what is undefined, or no reference, and charges the limits.
            let text = value.text(expecting: "a query", limit: lengthLimit)
        else {
            if case .scalar = value.node.content {} else { _ = value.text(expecting: "a query") }
            return nil
        }
        guard text.text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            value.report("the query is empty")
            return nil
        }
        var scan = QueryScan()
        for part in VariableTemplate(scalar.text).parts {
            switch part {
            case .text(let text, _): scan.read(text)
            case .reference(let reference):
                let outcome = value.context.substitution.resolve([part])
                scan.put(outcome.text, offset: reference.offset)
            }
        }
        scan.finish()
        value.context.report(scan.mistakes, in: scalar, at: value.place)
        return scan.mistakes.isEmpty ? DatabaseQuery(scan.segments, value.place) : nil
    }
}
