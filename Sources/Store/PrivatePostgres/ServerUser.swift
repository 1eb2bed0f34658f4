import Foundation

/// Whom the server runs as: PostgreSQL refuses to run as root.
struct ServerUser: Sendable, Hashable {
    /// nil when the server runs as we do.
    var other: Account?

    struct Account: Sendable, Hashable {
        var name: String
        var userID: uid_t
        var groupID: gid_t
    }

    static func choose() throws(PrivatePostgresError) -> ServerUser {
        guard geteuid() == 0 else { return ServerUser(other: nil) }
        guard let account = account(named: "postgres") else {
            throw PrivatePostgresError(
                .missing,
                "PostgreSQL does not run as root, and there is no user postgres to run it as; "
                    + "apt-get install postgresql makes one")
        }
        return ServerUser(other: account)
    }

    private static func account(named name: String) -> Account? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return Account(name: name, userID: entry.pw_uid, groupID: entry.pw_gid)
    }
}
