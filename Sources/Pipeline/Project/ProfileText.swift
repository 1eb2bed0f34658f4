extension ProjectProfiles {
    /// The profiles with these names, and the project's preference, as the text of a project file that holds nothing
    /// else: what a worker, which has no project file, needs of it. Fields are as written, references to variables and
    /// secrets unresolved.
    ///
    /// nil when there is none of them.
    public func projectText(of names: [String], prefer: RunOptions.Preference? = nil) -> String? {
        let wanted = profiles.filter { profile in names.contains { $0.utf8.elementsEqual(profile.name.utf8) } }
        let preference = prefer.map { "defaults:\n  prefer: \($0.rawValue)\n" }
        guard !wanted.isEmpty else { return preference }
        var text = (preference ?? "") + "profiles:\n"
        for profile in wanted {
            text += "  \(FlowText.quoted(profile.name)): \(FlowText.mapping(profile.fields))\n"
        }
        return text
    }
}

/// Writes YAML in flow style: every text in double quotes and ASCII, everything else as it was written, so that a
/// reader finds the same meanings.
private enum FlowText {
    static func mapping(_ entries: [YAMLNode.Entry]) -> String {
        "{" + entries.map { "\(quoted($0.key)): \(value($0.value))" }.joined(separator: ", ") + "}"
    }

    private static func value(_ node: YAMLNode) -> String {
        switch node.content {
        case .mapping(let entries): mapping(entries)
        case .sequence(let items): "[" + items.map(value).joined(separator: ", ") + "]"
        case .scalar(let scalar):
            switch scalar.meaning {
            case .text: quoted(scalar.text)
            case .null: "null"
            // Digits and words, which need no quotes anywhere.
            case .boolean, .integer, .decimal, .date, .timestamp, .refused: scalar.text
            }
        }
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case " "..."~": result.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return result + "\""
    }
}
