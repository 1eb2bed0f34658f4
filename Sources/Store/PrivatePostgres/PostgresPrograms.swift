import Foundation

/// Where one version of PostgreSQL's programs is installed.
struct PostgresPrograms: Sendable, Hashable {
    var directory: String
    var majorVersion: Int

    static let oldestVersion = 15

    func path(_ program: String) -> String { "\(directory)/\(program)" }

    /// Debian's and Homebrew's places, then PATH; the newest first, and only `version` where one is given, because a
    /// data directory belongs to one major version.
    static func find(version: Int?, environment: [String: String] = ProcessInfo.processInfo.environment)
        throws(PrivatePostgresError) -> PostgresPrograms
    {
        let found = candidates(environment).filter { programs in
            ["initdb", "pg_ctl", "postgres"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: programs.path($0))
            }
        }
        let usable = found.filter {
            $0.majorVersion >= oldestVersion && (version ?? $0.majorVersion) == $0.majorVersion
        }
        if let best = usable.max(by: { $0.majorVersion < $1.majorVersion }) { return best }
        if let version {
            throw PrivatePostgresError(
                .missing,
                "the data directory was made by PostgreSQL \(version), whose programs are not installed; install them "
                    + "(apt-get install postgresql-\(version)) or move the directory away")
        }
        throw PrivatePostgresError(
            .missing,
            "PostgreSQL \(oldestVersion) or newer is not installed: apt-get install postgresql, or "
                + "brew install postgresql@17; or set QUICKETL_STORE to a server")
    }

    private static func candidates(_ environment: [String: String]) -> [PostgresPrograms] {
        let roots = [
            ("/usr/lib/postgresql", ""), ("/opt/homebrew/opt", "postgresql@"), ("/usr/local/opt", "postgresql@"),
            ("/usr", "pgsql-"),
        ]
        var candidates: [PostgresPrograms] = []
        for (root, prefix) in roots {
            // `try?`: a place that is not there holds no programs.
            for name in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] where name.hasPrefix(prefix)
            {
                guard let version = Int(name.dropFirst(prefix.count)) else { continue }
                candidates.append(PostgresPrograms(directory: "\(root)/\(name)/bin", majorVersion: version))
            }
        }
        for directory in (environment["PATH"] ?? "").split(separator: ":").map(String.init) {
            // Where the program really is names its version in most installations.
            let real = URL(fileURLWithPath: "\(directory)/postgres").resolvingSymlinksInPath().path
            guard let version = version(inPath: real) else { continue }
            candidates.append(
                PostgresPrograms(directory: (real as NSString).deletingLastPathComponent, majorVersion: version))
        }
        return candidates
    }

    /// The last part of a path that holds a version: `/…/postgresql@17/17.2/bin/postgres`.
    static func version(inPath path: String) -> Int? {
        for part in path.split(separator: "/").reversed() {
            let digits = part.drop { !$0.isNumber }.prefix { $0.isNumber }
            if let version = Int(digits), (9...99).contains(version) { return version }
        }
        return nil
    }
}
