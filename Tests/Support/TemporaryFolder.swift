import Foundation

/// Gives `body` the absolute, resolved path of a new folder and removes it on every exit.
public func withTemporaryFolder<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    let folder = "\(base)/quicketl-test-\(UUID().uuidString.lowercased())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // A folder that cannot be removed is not what any test is about.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Writes a text file, with the folders above it.
public func write(_ text: String, to path: String) throws {
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
}

/// Writes a shell script that can be started at once. Another process writes it: were it this one, a child started
/// at the same moment by another test could hold it open for writing, and starting it would fail ("text file busy").
public func writeScript(_ text: String, to path: String) throws {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", #"printf '%s' "$1" > "$2" && chmod 755 "$2""#, "sh", text, path]
    try shell.run()
    shell.waitUntilExit()
}
