import Foundation
import Settings

/// The folder of one `quicketl dev`, held by one process at a time.
final class DevelopmentPlace: Sendable {
    let path: String
    private let lock: Int32

    /// Makes the folder and takes its lock.
    init(path given: String) throws {
        let path = URL(fileURLWithPath: given).standardizedFileURL.path
        do {
            try FileManager.default.createDirectory(atPath: path + "/logs", withIntermediateDirectories: true)
        } catch {
            throw Stop(.failed, "\(path) could not be made: \(error.localizedDescription)")
        }
        let lock = open(path + "/dev.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            if lock >= 0 { close(lock) }
            throw Stop(.failed, "another \"quicketl dev\" runs in \(path); stop it, or choose another --directory")
        }
        self.path = path
        self.lock = lock
    }

    deinit { close(lock) }

    func file(_ name: String) -> String { path + "/" + name }

    func folder(_ name: String) -> String { file(name) }
}

extension DevelopmentEnvironment {
    func write() throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Stop(.failed, "\(path) could not be written: \(error.localizedDescription)")
        }
    }

    func remove() {
        // Gone already: that is what was wanted.
        try? FileManager.default.removeItem(atPath: path)
    }
}
