import Fleet
import Foundation
import Pipeline
import Support
import Testing

@testable import Engines

@Suite struct SinkPlaceTests {
    private func place(_ path: String, in folder: String, roots: [String] = []) throws(Failure) -> SinkPlace {
        try SinkPlace(
            FileSink(path: PlacedText(path), format: .csv), baseDirectory: folder, allowedRoots: roots)
    }

    @Test("paths are relative to the base folder, and symbolic links are followed to where the data is")
    func resolves() async throws {
        try await withTemporaryFolder { folder in
            try FileSystem.makeFolders(folder + "/real/deep")
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "real/deep")
            #expect(try place("a/../b.csv", in: folder).target == folder + "/b.csv")
            #expect(try place("link/new/b.csv", in: folder).target == folder + "/real/deep/new/b.csv")
            #expect(try place("link/", in: folder).target == folder + "/real/deep")
            #expect(try place("file://\(folder)/x", in: "/").target == folder + "/x")
        }
    }

    @Test("a file where a folder is needed, and the reverse, are refused")
    func shapes() async throws {
        try await withTemporaryFolder { folder in
            try FileSystem.makeFolders(folder + "/folder.csv")
            try write("x", to: folder + "/file")
            for path in ["folder.csv", "file"] {
                let error = #expect(throws: Failure.self) { try place(path, in: folder) }
                #expect(error?.kind == .invalidPipeline)
            }
        }
    }

    @Test(
        "a sink outside the allowed roots is denied, by whatever name",
        arguments: ["ROOT", "ROOT/../x", "ROOT-x/y", "ROOT/out/y.csv", "/etc/x"])
    func outside(path: String) async throws {
        try await withTemporaryFolder { folder in
            let root = folder + "/root"
            try FileSystem.makeFolders(root)
            try FileSystem.makeFolders(folder + "/elsewhere")
            try FileManager.default.createSymbolicLink(atPath: root + "/out", withDestinationPath: "../elsewhere")
            let error = #expect(throws: Failure.self) {
                try place(path.replacingOccurrences(of: "ROOT", with: root), in: folder, roots: [root])
            }
            #expect(error?.kind == .accessDenied)
            #expect(try place("root/inside.csv", in: folder, roots: [root]).target == root + "/inside.csv")
        }
    }

    @Test("a sink that is no local path is refused with its scheme only")
    func scheme() {
        let error = #expect(throws: Failure.self) { try place("s3://key:secret@bucket/x", in: "/") }
        #expect(error?.kind == .invalidPipeline)
        #expect(error?.message.contains("secret") == false)
    }
}
