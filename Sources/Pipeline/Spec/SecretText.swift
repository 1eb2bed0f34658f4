/// A text such as a connection URI, whose parts may be references to secrets (`${secret:NAME}`). Only where the run
/// executes do they become values; they are never stored, sent or shown.
public struct SecretText: Hashable, Sendable {
    public enum Segment: Hashable, Sendable {
        case text(String)
        /// `fallback`: what stands behind `:-`, for a secret that is not set.
        case secret(name: String, fallback: String?)
    }

    public var segments: [Segment]
    public var place: FieldPlace

    public init(_ segments: [Segment], _ place: FieldPlace = FieldPlace(path: "")) {
        self.segments = segments
        self.place = place
    }

    /// Names of the secrets that it refers to, in order.
    public var secrets: [String] {
        segments.compactMap { if case .secret(let name, _) = $0 { name } else { nil } }
    }

    /// The whole text. `lookup` answers nil for a secret that is not set; the names of those that then have no value
    /// are thrown. The answer must not be shown or stored.
    public func resolved(_ lookup: (String) -> String?) throws(MissingSecrets) -> String {
        var missing: [String] = []
        var text = ""
        for segment in segments {
            switch segment {
            case .text(let part): text += part
            case .secret(let name, let fallback):
                if let value = lookup(name) ?? fallback { text += value } else { missing.append(name) }
            }
        }
        guard missing.isEmpty else { throw MissingSecrets(names: missing, path: place.path) }
        return text
    }
}

/// Secrets by their names: what a manifest needs so that another worker can connect as well.
extension SecretText: Codable {
    private enum Key: String, CodingKey { case text, secret, fallback }

    public init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        var segments: [Segment] = []
        while !list.isAtEnd {
            let segment = try list.nestedContainer(keyedBy: Key.self)
            if let text = try segment.decodeIfPresent(String.self, forKey: .text) {
                segments.append(.text(text))
            } else {
                segments.append(
                    .secret(
                        name: try segment.decode(String.self, forKey: .secret),
                        fallback: try segment.decodeIfPresent(String.self, forKey: .fallback)))
            }
        }
        self.init(segments, FieldPlace(path: "sink.connection"))
    }

    public func encode(to encoder: any Encoder) throws {
        var list = encoder.unkeyedContainer()
        for segment in segments {
            var container = list.nestedContainer(keyedBy: Key.self)
            switch segment {
            case .text(let text): try container.encode(text, forKey: .text)
            case .secret(let name, let fallback):
                try container.encode(name, forKey: .secret)
                try container.encodeIfPresent(fallback, forKey: .fallback)
            }
        }
    }
}

public struct MissingSecrets: Error, Hashable, Sendable, CustomStringConvertible {
    public var names: [String]
    /// Of the field.
    public var path: String

    public var description: String {
        "\(path): secret \(names.map { "\"\($0)\"" }.joined(separator: ", ")) is not set where the run executes"
    }
}
