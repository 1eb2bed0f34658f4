import Engines
import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Which DuckDB this program would use, as `info` shows it.
struct DuckDBFinding: Encodable {
    var path: String?
    var version: String?
    var extensions: String?
    var problem: String?

    static func look(configured: String?) async -> DuckDBFinding {
        var finding = DuckDBFinding()
        do {
            var environment = ProcessInfo.processInfo.environment
            environment[DuckDBBinary.overrideVariable] = configured
            let binary = try DuckDBBinary.locate(environment: environment)
            finding.path = binary.path
            finding.extensions = binary.extensionDirectory
            let result = try await Subprocess.run(
                .path(FilePath(binary.path)), arguments: ["-version"], output: .string(limit: 4096))
            finding.version = result.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
        } catch {
            finding.problem = "\(error)"
        }
        return finding
    }
}
