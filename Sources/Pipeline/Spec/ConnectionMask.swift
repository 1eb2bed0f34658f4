/// What may be shown of a connection: where it leads, not who goes there with which password.
enum ConnectionMask {
    /// `postgresql://***@host:5432/db`; without a scheme only `***`.
    static func shown(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return "***" }
        let rest = text[scheme.upperBound...]
        let at = rest.lastIndex(of: "@")
        let tail = at.map { rest[rest.index(after: $0)...] } ?? rest
        let options = rest.firstIndex { $0 == "?" || $0 == "#" }
        // A password that was not percent-encoded may hold any of the marks: then nobody can say where it ends.
        if let at, let options, options < at { return text[..<scheme.upperBound] + "***" }
        let place = tail.prefix { $0 != "?" && $0 != "#" }
        return text[..<scheme.upperBound] + (at == nil ? "" : "***@") + place + (options == nil ? "" : "?***")
    }
}

extension SecretText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Masked: without user, password and options.
    public var description: String {
        // Secrets stand as marks that no text holds, so that none of their characters is taken for one of a URI.
        var names: [String] = []
        var text = ""
        for segment in segments {
            switch segment {
            case .text(let part): text += part
            case .secret(let name, _):
                text += "\u{0}"
                names.append(name)
            }
        }
        if segments.count == 1, let name = names.first { return "${secret:\(name)}" }
        return ConnectionMask.shown(text).replacing("\u{0}", with: "${secret}")
    }

    public var debugDescription: String { description }

    /// Keeps `dump` and test reports from walking into the segments.
    public var customMirror: Mirror { Mirror(self, children: ["shown": description]) }
}
