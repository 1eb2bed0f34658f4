public import Foundation

extension Landing {
    /// Of our own form.
    public static let version = 1

    /// The message in our own form.
    public func encoded() -> Data {
        var json = JSONObjectText()
        json.add("version", verbatim: String(Self.version))
        json.add("kind", text: kind.rawValue)
        json.add("uri", text: uri)
        json.add("revision", text: revision)
        if let size { json.add("size", verbatim: String(size)) }
        if let moment = landedAt.flatMap(RFC3339.text(of:)) { json.add("landed_at", text: moment) }
        return Data(json.closed.utf8)
    }
}
