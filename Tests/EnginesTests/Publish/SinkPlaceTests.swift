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

    @Test(
        "a sink on a server is refused by its scheme, and a colon elsewhere in a path is a letter like others",
        arguments: [
            ("s3://bucket/out.csv", "s3://…"), ("gs+x.1-y://bucket/out.csv", "gs+x.1-y://…"), ("a:b/out.csv", nil),
            ("1s://out.csv", nil), ("://out.csv", nil), ("d/s3://out.csv", nil), ("s3:/out.csv", nil),
            ("é://out.csv", nil),
        ])
    func schemes(path: String, refused: String?) async throws {
        try await withTemporaryFolder { folder in
            guard let refused else {
                _ = try place(path, in: folder)
                return
            }
            let error = #expect(throws: Failure.self) { try place(path, in: folder) }
            #expect(error?.message.contains(refused) == true)
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
