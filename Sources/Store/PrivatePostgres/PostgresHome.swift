import Foundation
import Pipeline

/// The directories of a private server.
struct PostgresHome: Sendable, Hashable {
    /// Belongs to the server's user, closed to others.
    var directory: String
    /// Holds the server's socket: `directory`, unless a socket's name would be too long there.
    var socketDirectory: String

    var data: String { "\(directory)/data" }
    var log: String { "\(directory)/server.log" }

    /// A socket's path has at most 107 bytes (103 on macOS), and the server's names have up to 20.
    private static let longestSocketDirectory = 80

    /// Makes the directories where they are missing. As root, a place that the server's user can't reach (below
    /// `/root`, as a rule) is replaced by one below `/var/lib/quicketl`, the same at every start.
    static func prepare(_ wanted: String, for user: ServerUser) throws(PrivatePostgresError) -> PostgresHome {
        var directory = URL(fileURLWithPath: wanted).standardizedFileURL.path
        if let other = user.other, !isReachable(directory, by: other) {
            let name = URL(fileURLWithPath: directory).lastPathComponent
            directory = "/var/lib/quicketl/\(name)-\(ContentDigest(of: directory).description.prefix(12))"
        }
        try make(directory, ownedBy: user)
        var home = PostgresHome(directory: directory, socketDirectory: directory)
        if directory.utf8.count > longestSocketDirectory {
            home.socketDirectory = "/tmp/quicketl-\(ContentDigest(of: directory).description.prefix(16))"
            try make(home.socketDirectory, ownedBy: user)
        }
        return home
    }

    /// The major version that the data belongs to; nil before there is any.
    var dataVersion: Int? {
        // `try?`: no file, no data.
        (try? String(contentsOfFile: "\(data)/PG_VERSION", encoding: .utf8))
            .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    /// Whether the account may pass through every directory above.
    private static func isReachable(_ directory: String, by account: ServerUser.Account) -> Bool {
        var path = (directory as NSString).deletingLastPathComponent
        while true {
            var status = stat()
            if stat(path, &status) == 0 {
                let bit: mode_t =
                    status.st_uid == account.userID ? 0o100 : status.st_gid == account.groupID ? 0o010 : 0o001
                if status.st_mode & bit == 0 { return false }
            }
            if path == "/" || path.isEmpty { return true }
            path = (path as NSString).deletingLastPathComponent
        }
    }

    private static func make(_ directory: String, ownedBy user: ServerUser) throws(PrivatePostgresError) {
        let parent = (directory as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw PrivatePostgresError(.directory, "making \(parent) for a private PostgreSQL failed: \(error)")
        }
        if mkdir(directory, 0o700) == 0 {
            if let other = user.other, chown(directory, other.userID, other.groupID) != 0 {
                throw PrivatePostgresError(
                    .directory, "giving \(directory) to \(other.name) failed: \(String(cString: strerror(errno)))")
            }
        } else if errno != EEXIST {
            throw PrivatePostgresError(
                .directory, "making \(directory) for a private PostgreSQL failed: \(String(cString: strerror(errno)))")
        }
        // Also of a directory that was there: somebody else's must not be trusted with the socket.
        var status = stat()
        let owner = user.other?.userID ?? geteuid()
        guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == owner,
            status.st_mode & 0o077 == 0
        else {
            throw PrivatePostgresError(
                .directory,
                "\(directory) is not a directory that belongs to \(user.other?.name ?? "this user") alone; "
                    + "remove it, or choose another place for the private PostgreSQL")
        }
    }
}
