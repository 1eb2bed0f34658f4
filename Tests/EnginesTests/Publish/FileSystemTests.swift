import Foundation
import Support
import Testing

@testable import Engines

@Suite struct FileSystemTests {
    @Test("a file is read to its end, or as far as is asked for", arguments: [0, 1, 8191, 8192, 8193, 40000])
    func bytes(size: Int) async throws {
        try await withTemporaryFolder { folder in
            let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try Data(content).write(to: URL(fileURLWithPath: folder + "/file"))
            #expect(try FileSystem.bytes(of: folder + "/file", atMost: 1 << 20) == content)
            #expect(try FileSystem.bytes(of: folder + "/file", atMost: 8192) == Array(content.prefix(8192)))
        }
    }

    @Test("a file that is missing and a folder are told apart")
    func unreadable() async throws {
        try await withTemporaryFolder { folder in
            let missing = #expect(throws: FileSystemError.self) {
                try FileSystem.bytes(of: folder + "/none", atMost: 1)
            }
            #expect(missing?.code == ENOENT)
            let isFolder = #expect(throws: FileSystemError.self) { try FileSystem.bytes(of: folder, atMost: 1) }
            #expect(isFolder?.code == EISDIR)
        }
    }

    @Test("a private folder is its owner's alone, is made with those above it, and is never one that was there")
    func privateFolder() async throws {
        try await withTemporaryFolder { folder in
            let own = folder + "/new/own"
            try FileSystem.makePrivateFolder(own)
            let mode = try FileManager.default.attributesOfItem(atPath: own)[.posixPermissions] as? Int
            #expect(mode == 0o700)
            let again = #expect(throws: FileSystemError.self) { try FileSystem.makePrivateFolder(own) }
            #expect(again?.code == EEXIST)
        }
    }
}
