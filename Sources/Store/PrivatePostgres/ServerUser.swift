import Foundation

/// Whom the server runs as: PostgreSQL refuses to run as root.
struct ServerUser: Sendable, Hashable {
    /// nil when the server runs as we do.
    var other: Account?
    /// What a command begins with to run as that user. A program of the system, because changing the user between fork
    /// and exec of a process with threads can deadlock in the C library (glibc 2.36: setgroups waits for threads that
    /// the child does not have).
    var prefix: [String] = []

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
        for (path, arguments) in changers(account) where FileManager.default.isExecutableFile(atPath: path) {
            return ServerUser(other: account, prefix: [path] + arguments)
        }
        throw PrivatePostgresError(
            .missing,
            "PostgreSQL does not run as root, and neither setpriv nor runuser is there to change the user; "
                + "apt-get install util-linux")
    }

    private static func changers(_ account: Account) -> [(String, [String])] {
        [
            (
                "/usr/bin/setpriv",
                ["--reuid=\(account.userID)", "--regid=\(account.groupID)", "--clear-groups", "--"]
            ),
            ("/usr/sbin/runuser", ["-u", account.name, "--"]),
            ("/sbin/runuser", ["-u", account.name, "--"]),
        ]
    }

    private static func account(named name: String) -> Account? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        return Account(name: name, userID: entry.pw_uid, groupID: entry.pw_gid)
    }
}
