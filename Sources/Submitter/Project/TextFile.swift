import Engines
import Foundation
import Pipeline

/// Files that people write: read whole, within a limit, as UTF-8.
enum TextFile {
    /// Bytes. Loaders have limits of their own; this one keeps a path that was mistaken from filling the memory.
    private static let limit = 16 << 20

    static func read(_ path: String) throws(WorkflowLoader.Unreadable) -> String {
        let bytes: [UInt8]
        do {
            bytes = try FileSystem.bytes(of: path, atMost: limit + 1)
        } catch {
            throw WorkflowLoader.Unreadable(reason(of: error))
        }
        guard bytes.count <= limit else { throw WorkflowLoader.Unreadable("has more than \(limit >> 20) MiB") }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw WorkflowLoader.Unreadable("is not UTF-8 text")
        }
        return text
    }

    private static func reason(of error: FileSystemError) -> String {
        switch error.code {
        case EISDIR: "it is a folder"
        case ENOENT: "no such file"
        case EACCES: "permission denied"
        default: error.reason
        }
    }
}
