import Foundation
import Pipeline

/// Files that people write: read whole, within a limit, as UTF-8.
enum TextFile {
    /// Bytes. Loaders have limits of their own; this one keeps a path that was mistaken from filling the memory.
    private static let limit = 16 << 20

    static func read(_ path: String) throws(WorkflowLoader.Unreadable) -> String {
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            // Nothing was written; what closing could report is of no interest.
            defer { try? handle.close() }
            data = try handle.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw WorkflowLoader.Unreadable(reason(of: error, path))
        }
        guard data.count <= limit else { throw WorkflowLoader.Unreadable("has more than \(limit >> 20) MiB") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw WorkflowLoader.Unreadable("is not UTF-8 text")
        }
        return text
    }

    private static func reason(of error: any Error, _ path: String) -> String {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            return "it is a folder"
        }
        switch (error as? CocoaError)?.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: return "no such file"
        case .fileReadNoPermission: return "permission denied"
        default: return error.localizedDescription
        }
    }
}
