import Foundation

/// Where a definition stands in its author's version control, as far as the submitter knew.
public struct SourceCode: Hashable, Sendable, Codable {
    /// As others reach it, without credentials; nil: it has no other place than this machine.
    public var repository: String?
    /// Within the repository.
    public var path: String
    /// That holds exactly this text; nil: none that is checked out does.
    public var commit: String?

    public init(repository: String? = nil, path: String, commit: String? = nil) {
        self.repository = repository
        self.path = path
        self.commit = commit
    }

    /// The address of a remote without what gives access to it; nil: it is a place on this machine, or nothing that we
    /// know.
    public static func repository(ofRemote remote: String) -> String? {
        let text = remote.unicodeScalars
        guard !text.isEmpty, !text.contains(where: { $0.properties.isWhitespace || $0.value < 0x20 }) else {
            return nil
        }
        guard let mark = remote.range(of: "://") else {
            // `git@host:path`: the user is part of how it is reached, and a password cannot be in it.
            guard let colon = remote.firstIndex(of: ":"), !remote[..<colon].contains("/"),
                remote[remote.index(after: colon)...].first != "/" || remote.contains("@")
            else { return nil }
            return remote
        }
        let scheme = remote[..<mark.lowerBound].lowercased()
        guard ["http", "https", "ssh", "git"].contains(scheme) else { return nil }
        let rest = remote[mark.upperBound...].prefix { $0 != "?" && $0 != "#" }
        let authority = rest.prefix { $0 != "/" }
        guard let host = authority.split(separator: "@").last, !host.isEmpty else { return nil }
        let user = scheme == "ssh" ? authority.split(separator: "@").dropLast().first?.split(separator: ":").first : nil
        return "\(scheme)://\(user.map { "\($0)@" } ?? "")\(host)\(rest.dropFirst(authority.count))"
    }

    /// Where a browser finds the repository; nil: it is not known that one does.
    public var page: String? {
        guard let repository else { return nil }
        var page = repository.hasSuffix(".git") ? String(repository.dropLast(4)) : repository
        if page.hasPrefix("https://") || page.hasPrefix("http://") { return page }
        guard !page.contains("://"), let at = page.firstIndex(of: "@"), let colon = page.firstIndex(of: ":"), at < colon
        else { return nil }
        let host = page[page.index(after: at)..<colon]
        page = "https://\(host)/\(page[page.index(after: colon)...].drop { $0 == "/" })"
        return page
    }
}
