import Foundation
import Pipeline
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Where definitions stand in git, if they do and there is one: what their runs tell others of them. Nobody waits long
/// for it, and no submission fails for it.
struct SourceCodes: Sendable {
    private var known: [String: SourceCode?] = [:]

    /// Of what was looked at.
    subscript(_ file: String) -> SourceCode? { known[file] ?? nil }

    /// Each file once.
    mutating func look(at file: String, yaml: String) async {
        guard known[file] == nil else { return }
        known[file] = .some(await Self.find(file, yaml))
    }

    private static let limit = Duration.seconds(2)

    private static func find(_ file: String, _ yaml: String) async -> SourceCode? {
        await withTaskGroup(of: SourceCode?.self) { group in
            group.addTask { await look(file, yaml) }
            group.addTask {
                // Cancelled when git was faster.
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private static func look(_ file: String, _ yaml: String) async -> SourceCode? {
        let url = URL(fileURLWithPath: file).standardizedFileURL
        let (folder, name) = (url.deletingLastPathComponent().path, url.lastPathComponent)
        guard let found = await git(["rev-parse", "--show-prefix", "HEAD"], in: folder) else { return nil }
        // The folder within the repository, empty at its top, and the commit.
        let lines = found.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 2, !lines[1].isEmpty else { return nil }
        // Untracked: it is not of this repository.
        guard let committed = await git(["cat-file", "blob", "HEAD:./\(name)"], in: folder) else { return nil }
        let remote = await git(["config", "--get", "remote.origin.url"], in: folder)?
            .split(separator: "\n").first.map { String($0) }
        return SourceCode(
            repository: remote.flatMap(SourceCode.repository(ofRemote:)), path: "\(lines[0])\(name)",
            commit: committed.utf8.elementsEqual(yaml.utf8) ? String(lines[1]) : nil)
    }

    /// What it prints; nil: it is not there, or has nothing to say. None of these commands runs anything of the
    /// repository's, changes it or asks for credentials.
    private static func git(_ arguments: [String], in folder: String) async -> String? {
        let result = try? await Subprocess.run(
            .name("git"), arguments: Arguments(arguments),
            environment: .inherit.updating(["GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"]),
            workingDirectory: FilePath(folder), output: .string(limit: 1 << 20), error: .discarded)
        guard let result, case .exited(0) = result.terminationStatus else { return nil }
        return result.standardOutput
    }
}
