import Pipeline

/// A facet of OpenLineage: its name, the schema that it follows, what it says.
struct Facet {
    var name: String
    /// As published: `1-0-1/NominalTimeRunFacet`.
    var schema: String
    var members: [JSONMember]

    init(_ name: String, _ schema: String, _ members: KeyValuePairs<String, JSONValue?>) {
        self.name = name
        self.schema = schema
        self.members = JSONMember.present(members)
    }

    static func tag(_ key: String, _ value: String, source: String) -> JSONValue {
        .record(["key": .text(key), "value": .text(value), "source": .text(source)])
    }

    func member(producer: String) -> JSONMember {
        let type = schema.split(separator: "/").last ?? ""
        return JSONMember(
            name: name,
            value: .object(
                [
                    JSONMember(name: "_producer", value: .text(producer)),
                    JSONMember(
                        name: "_schemaURL",
                        value: .text("https://openlineage.io/spec/facets/\(schema).json#/$defs/\(type)")),
                ] + members))
    }
}

extension JSONMember {
    /// Those that have a value.
    static func present(_ members: KeyValuePairs<String, JSONValue?>) -> [JSONMember] {
        members.compactMap { name, value in value.map { JSONMember(name: name, value: $0) } }
    }
}

extension JSONValue {
    static func record(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(JSONMember.present(members))
    }

    static func maybe(_ value: (some BinaryInteger)?) -> JSONValue? { value.map { .number(String($0)) } }

    static func maybe(_ value: String?) -> JSONValue? { value.map { .text($0) } }
}
