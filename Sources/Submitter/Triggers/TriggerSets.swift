import Foundation
import Logging
import Pipeline

/// The triggers of a process, read anew whenever one of their files has changed. A set that is refused changes nothing:
/// the last good one stays.
struct TriggerSets {
    let path: String
    let scope: ScopeOptions
    let logger: Logger

    private static let poll = Duration.seconds(2)

    struct Loaded {
        var triggers: [LoadedTrigger]
        var warnings: [Problem]
        var files: TriggerFiles
    }

    /// Throws for a set that is refused.
    func load() throws -> Loaded {
        let log = TriggerFiles.Log(folder: path)
        let loaded = try TriggerFolder.load(path, scope, log: log)
        return Loaded(
            triggers: loaded.triggers, warnings: loaded.warnings, files: TriggerFiles(log))
    }

    /// Returns with the next good set; nil when its task is cancelled.
    func next(after last: Loaded) async -> Loaded? {
        var files = last.files
        while !Task.isCancelled {
            // Cancelled at the end: the loop's condition ends it.
            try? await Task.sleep(for: Self.poll)
            guard !Task.isCancelled, files.haveChanged else { continue }
            let log = TriggerFiles.Log(folder: path)
            do {
                let loaded = try TriggerFolder.load(path, scope, log: log)
                files = TriggerFiles(log)
                for warning in loaded.warnings { logger.warning("\(warning)") }
                return Loaded(triggers: loaded.triggers, warnings: loaded.warnings, files: files)
            } catch {
                // What was looked for is watched as well: mending any of it is a change.
                files = TriggerFiles(log)
                logger.error(
                    "the trigger files have changed and are refused; the last good ones stay",
                    metadata: ["error": "\(Ending(of: error).message ?? "\(error)")"])
            }
        }
        return nil
    }
}
