import Foundation

/// A file system in memory that holds next to nothing.
enum SmallDisk {
    static let isPossible = geteuid() == 0

    static func with<Result>(_ path: String, megabytes: Int, _ body: () async throws -> Result) async throws -> Result {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try await command("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path])
        let result: Result
        do { result = try await body() } catch {
            // `try?`: the first error is what matters; what stays mounted is empty.
            try? await command("/usr/bin/umount", ["-l", path])
            throw error
        }
        try await command("/usr/bin/umount", ["-l", path])
        return result
    }

    static func grow(_ path: String, megabytes: Int) async throws {
        try await command("/usr/bin/mount", ["-o", "remount,size=\(megabytes)m", path])
    }

    private static func command(_ program: String, _ arguments: [String]) async throws {
        let ended = try await Program.execute(program, arguments)
        guard ended.code == 0 else { throw Program.Unexpected("\(program): \(ended.errors)") }
    }
}
