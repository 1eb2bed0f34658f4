import ArgumentParser
import Fleet
import Foundation
import Pipeline

/// A folder of trigger files, and the project that they stand in.
struct TriggerFolder: ParsableArguments {
    static let defaultName = "triggers"

    @Argument(
        help: ArgumentHelp("The folder with trigger files (*.yml), or one file.", valueName: "folder"),
        completion: .directory)
    var path = TriggerFolder.defaultName

    @OptionGroup var scope: ScopeOptions

    func load() throws -> TriggerLoader.Loaded { try Self.load(path, scope) }

    /// `log`: hears of every file that is looked for, before it is read.
    static func load(
        _ path: String, _ scope: ScopeOptions, log: TriggerFiles.Log? = nil
    ) throws -> TriggerLoader.Loaded {
        let log = log ?? TriggerFiles.Log(folder: path)
        log.note(FileManager.default.currentDirectoryPath + "/" + Project.fileName)
        let project = try scope.project()
        if let file = project.file { log.note(file) }
        let files = try files(in: path)
        for file in files { log.note(file.path) }
        var loaded = try TriggerLoader.load(
            files,
            in: LoadedTrigger.Surroundings(
                baseDirectory: FileManager.default.currentDirectoryPath, submittedBy: Submission.submitter,
                scope: project.scope(given: scope.given), profiles: project.profiles, defaults: project.spec.defaults,
                environment: project.environment, profile: project.profile?.name),
            read: { path throws(WorkflowLoader.Unreadable) in
                log.note(path)
                return try TextFile.read(path)
            })
        loaded.warnings = project.warnings + loaded.warnings
        return loaded
    }

    /// Whether there is anything to be started from it.
    static func holdsTriggers(_ path: String) -> Bool {
        // A folder that is not there holds none.
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).contains(where: isTriggerFile)
    }

    /// Of the trigger files in a folder; none of one that is not there.
    static func names(in path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).filter(isTriggerFile).sorted()
    }

    private static func isTriggerFile(_ name: String) -> Bool {
        !name.hasPrefix(".") && (name.hasSuffix(".yml") || name.hasSuffix(".yaml"))
    }

    /// In the order of their names. Folders below are not looked into: pipelines may stand there.
    private static func files(in path: String) throws -> [TriggerLoader.File] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Stop(
                .failed, "\(path): no such folder or file; trigger files stand in a folder, by default \(defaultName)")
        }
        var paths = [path]
        if isFolder.boolValue {
            let names: [String]
            do {
                names = try FileManager.default.contentsOfDirectory(atPath: path)
            } catch {
                throw Stop(.failed, "folder \(path) could not be read: \(error.localizedDescription)")
            }
            let folder = path.hasSuffix("/") ? path : path + "/"
            paths = names.filter(isTriggerFile).sorted().map { folder + $0 }
        }
        guard !paths.isEmpty else { throw Stop(.failed, "\(path) holds no trigger files (*.yml)") }
        guard paths.count <= TriggerLoader.fileLimit else {
            throw Stop(.failed, "\(path) holds more than \(TriggerLoader.fileLimit) trigger files")
        }
        var files: [TriggerLoader.File] = []
        for path in paths {
            do {
                files.append(TriggerLoader.File(path: path, yaml: try TextFile.read(path)))
            } catch {
                throw Stop(.failed, "\(path) could not be read: \(error.reason)")
            }
        }
        return files
    }
}
