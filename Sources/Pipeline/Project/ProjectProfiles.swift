/// The `profiles` of a project file: fields of sources and sinks under names, unresolved.
public struct ProjectProfiles: Sendable {
    struct Profile: Sendable {
        var name: String
        var fields: [YAMLNode.Entry]
    }

    var profiles: [Profile] = []

    public init() {}

    public var names: [String] { profiles.map(\.name) }

    func profile(_ name: String) -> Profile? { profiles.first { $0.name.utf8.elementsEqual(name.utf8) } }

    /// Variables for `--profile NAME`: `PROFILE_TYPE`, `PROFILE_HOST` and so on, a field each, as written: references
    /// in them, also to secrets, are resolved where the variable is.
    public func variables(of name: String) throws(ProjectSpec.UnknownName) -> [String: String] {
        guard let profile = profile(name) else {
            throw ProjectSpec.UnknownName(noun: "profile", name: name, known: names)
        }
        var variables: [String: String] = [:]
        for field in profile.fields {
            guard case .scalar(let scalar) = field.value.content, scalar.meaning != .null else { continue }
            let suffix = String(
                String.UnicodeScalarView(
                    field.key.uppercased().unicodeScalars.map {
                        VariableReader.isNameScalar($0, first: false) ? $0 : "_"
                    }))
            variables["PROFILE_\(suffix)"] = scalar.text
        }
        return variables
    }
}
