@testable import Pipeline

/// As much of JSON Schema as the generated schemas use; an unknown keyword is a failure of its own, so that a schema
/// cannot pass by words that nobody reads.
struct SchemaValidator {
    let root: JSONValue

    /// Paths with what is wrong there; empty: valid.
    func problems(_ value: JSONValue) -> [String] { problems(value, root, "") }

    private func problems(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        guard case .object(let keywords) = schema else { return ["\(path): the schema is no object"] }
        return keywords.flatMap { problems(value, $0.name, $0.value, schema, path) }
    }

    private func problems(
        _ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ schema: JSONValue, _ path: String
    ) -> [String] {
        switch keyword {
        case "$schema", "title", "description", "$defs", "then": return []
        case "$ref":
            guard let name = text(argument)?.split(separator: "/").last, let definitions = member("$defs", of: root),
                let definition = member(String(name), of: definitions)
            else { return ["\(path): a reference leads nowhere"] }
            return problems(value, definition, path)
        case "type":
            let wanted = text(argument).map { [$0] } ?? items(argument).compactMap(text)
            return types(of: value).contains(where: wanted.contains) ? [] : ["\(path): is no \(wanted)"]
        case "const", "enum":
            let allowed = keyword == "const" ? [text(argument)] : items(argument).map(text)
            return text(value) != nil && allowed.contains(text(value)) ? [] : ["\(path): is none of \(allowed)"]
        case "pattern":
            guard let text = text(value), let pattern = self.text(argument) else { return [] }
            let isMatch = (try? Regex(pattern))?.firstMatchExists(in: text) ?? false
            return isMatch ? [] : ["\(path): does not match \(pattern)"]
        case "minLength": return text(value)?.isEmpty == true ? ["\(path): is empty"] : []
        case "minimum": return compare(value, argument) { $0 >= $1 } ? [] : ["\(path): is too small"]
        case "maximum": return compare(value, argument) { $0 <= $1 } ? [] : ["\(path): is too great"]
        case "exclusiveMinimum": return compare(value, argument) { $0 > $1 } ? [] : ["\(path): is too small"]
        case "minItems": return isList(value) && items(value).isEmpty ? ["\(path): has no entries"] : []
        case "minProperties": return isObject(value) && members(value).isEmpty ? ["\(path): has no fields"] : []
        case "required":
            guard isObject(value) else { return [] }
            return items(argument).compactMap(text).filter { member($0, of: value) == nil }.map {
                "\(path): \($0) is missing"
            }
        case "properties":
            return members(value).flatMap { field in
                member(field.name, of: argument).map { problems(field.value, $0, "\(path).\(field.name)") } ?? []
            }
        case "additionalProperties":
            let known = member("properties", of: schema).map { members($0).map(\.name) } ?? []
            return members(value).filter { !known.contains($0.name) }.flatMap { field -> [String] in
                if case .bool(let allowed) = argument {
                    return allowed ? [] : ["\(path): \(field.name) is unknown"]
                }
                return problems(field.value, argument, "\(path).\(field.name)")
            }
        case "items":
            guard isList(value) else { return [] }
            return items(value).enumerated().flatMap { problems($1, argument, "\(path)[\($0)]") }
        case "allOf": return items(argument).flatMap { problems(value, $0, path) }
        case "anyOf":
            let all = items(argument).map { problems(value, $0, path) }
            return all.contains(where: \.isEmpty) ? [] : ["\(path): fits nothing"] + (all.last ?? [])
        case "oneOf":
            let fitting = items(argument).filter { problems(value, $0, path).isEmpty }.count
            return fitting == 1 ? [] : ["\(path): fits \(fitting) of several"]
        case "if":
            guard problems(value, argument, path).isEmpty, let then = member("then", of: schema) else { return [] }
            return problems(value, then, path)
        default: return ["\(path): the keyword \(keyword) is not known to this test"]
        }
    }

    // MARK: Values

    private func text(_ value: JSONValue) -> String? { if case .text(let text) = value { text } else { nil } }
    private func items(_ value: JSONValue) -> [JSONValue] { if case .array(let items) = value { items } else { [] } }
    private func members(_ value: JSONValue) -> [JSONMember] {
        if case .object(let members) = value { members } else { [] }
    }
    private func member(_ name: String, of value: JSONValue) -> JSONValue? {
        members(value).first { $0.name == name }?.value
    }
    private func isList(_ value: JSONValue) -> Bool { if case .array = value { true } else { false } }
    private func isObject(_ value: JSONValue) -> Bool { if case .object = value { true } else { false } }

    private func types(of value: JSONValue) -> [String] {
        switch value {
        case .null: ["null"]
        case .bool: ["boolean"]
        case .number(let digits): Int(digits) == nil ? ["number"] : ["number", "integer"]
        case .text: ["string"]
        case .array: ["array"]
        case .object: ["object"]
        }
    }

    private func compare(_ value: JSONValue, _ bound: JSONValue, _ holds: (Double, Double) -> Bool) -> Bool {
        guard case .number(let left) = value, case .number(let right) = bound else { return true }
        return holds(Double(left) ?? .nan, Double(right) ?? .nan)
    }

    // MARK: YAML

    /// As an editor sees the file: YAML 1.2, so dates and `yes` are texts.
    static func value(ofYAML yaml: String) throws -> JSONValue { value(try YAMLDocument.read(yaml).root) }

    private static func value(_ node: YAMLNode) -> JSONValue {
        switch node.content {
        case .sequence(let items): return .array(items.map(value))
        case .mapping(let entries): return .object(entries.map { JSONMember(name: $0.key, value: value($0.value)) })
        case .scalar(let scalar):
            switch scalar.meaning {
            case .null: return .null
            case .boolean(let flag): return ["true", "false"].contains(scalar.text) ? .bool(flag) : .text(scalar.text)
            case .integer(let number): return .number(String(number))
            case .decimal(let digits): return .number(digits)
            case .date, .timestamp, .text, .refused: return .text(scalar.text)
            }
        }
    }
}

extension Regex {
    fileprivate func firstMatchExists(in text: String) -> Bool { (try? firstMatch(in: text)) != nil }
}
