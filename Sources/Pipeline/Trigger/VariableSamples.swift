/// Values that stand for whatever a trigger will bring, so that its pipeline can be read before anything has landed.
enum VariableSamples {
    /// Unlikely enough that a path which holds it holds it because of the variable.
    static func text(_ index: Int) -> String { "sample\(index)of9f1c" }

    /// For each name a value that reads as the type which the first of the files to declare it does.
    static func values(for names: [String], yaml texts: [String]) -> [String: String] {
        let types = texts.reduce(into: [:]) { types, yaml in types.merge(declaredTypes(yaml)) { first, _ in first } }
        var values: [String: String] = [:]
        for (index, name) in names.enumerated() { values[name] = sample(types[name] ?? .text, index) }
        return values
    }

    private static func sample(_ type: DataType, _ index: Int) -> String {
        switch type {
        case .boolean: "true"
        case .int8, .uint8: String(101 + index % 20)
        case .int16, .int32, .int64, .uint16, .uint32, .uint64, .float32, .float64, .decimal: String(19_191 + index)
        case .date: "1987-11-\(10 + index % 20)"
        case .timestamp, .timestamptz: "1987-11-\(10 + index % 20)T03:04:05"
        default: text(index)
        }
    }

    /// Of a pipeline that may be wrong in every other way: whoever loads it will say so.
    private static func declaredTypes(_ yaml: String) -> [String: DataType] {
        guard case .mapping(let entries)? = try? YAMLDocument.read(yaml).root.content,
            case .mapping(let variables)? = entries.first(where: { $0.key == "variables" })?.value.content
        else { return [:] }
        var types: [String: DataType] = [:]
        for variable in variables {
            guard case .mapping(let fields) = variable.value.content,
                case .scalar(let type)? = fields.first(where: { $0.key == "type" })?.value.content
            else { continue }
            types[variable.key] = DataType(name: type.text)
        }
        return types
    }
}
