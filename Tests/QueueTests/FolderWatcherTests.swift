import Foundation
import Pipeline
import Support
import Testing

@testable import Queue

/// Nothing here waits for a time to pass: what must not be told of is shown by what comes instead.
@Suite(.timeLimit(.minutes(2))) struct FolderWatcherTests {
    private func inFolder(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "folders-\(UUID().uuidString.lowercased())"
        ).resolvingSymlinksInPath().path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        // The next clean-up of the temporary folder takes what the system refuses to remove.
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private func write(_ path: String, _ text: String = "x", age: TimeInterval = 0) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        if age > 0 {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: path)
        }
    }

    private func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Only a writer's own word, or an hour, makes a file complete.
    private func watcher(_ root: String, settling: Duration = .seconds(3_600)) -> FolderWatcher {
        FolderWatcher(roots: [root], settling: settling, interval: .milliseconds(300), logger: TestBroker.logger) {
            $0.hasSuffix(".csv")
        }
    }

    private struct Reader {
        private var stream: AsyncStream<[Landing]>.Iterator
        private var ahead: [Landing] = []

        init(_ watcher: FolderWatcher) { stream = watcher.landings().makeAsyncIterator() }

        mutating func next() async throws -> Landing {
            while ahead.isEmpty { ahead = try #require(await stream.next()) }
            return ahead.removeFirst()
        }

        /// The names of the next ones, in any order.
        mutating func names(_ count: Int) async throws -> Set<String> {
            var names: Set<String> = []
            while names.count < count { names.insert(try await next().name) }
            return names
        }
    }

    @Test func whatLandedWhileNobodyWatchedIsToldAtTheStart() async throws {
        try await inFolder { folder in
            try makeFolder(folder + "/a/b")
            try write(folder + "/old.csv", age: 7_200)
            try write(folder + "/a/b/deep.csv", age: 7_200)
            try write(folder + "/.hidden.csv", age: 7_200)
            try write(folder + "/other.txt", age: 7_200)
            var reader = Reader(watcher(folder))
            #expect(try await reader.names(2) == ["old.csv", "deep.csv"])
            try write(folder + "/new.csv")
            #expect(try await reader.next().name == "new.csv")
        }
    }

    #if os(Linux)
        @Test func aFileIsCompleteWhenItsWriterClosesItOrMovesItIn() async throws {
            try await inFolder { folder in
                try makeFolder(folder + "/in")
                var reader = Reader(watcher(folder + "/in"))
                try write(folder + "/in/first.csv")
                #expect(try await reader.next().name == "first.csv")
                try Data().write(to: URL(fileURLWithPath: folder + "/half.csv"))
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/in/loop", withDestinationPath: folder + "/in")
                let open = try #require(
                    fopen(folder + "/in/half.csv", "w"))
                fputs("half", open)
                fflush(open)
                try write(folder + "/in/second.csv")
                #expect(try await reader.next().name == "second.csv")
                fclose(open)
                let half = try await reader.next()
                #expect(half.name == "half.csv" && half.size == 4)
                try write(folder + "/made.csv")
                #expect(rename(folder + "/made.csv", folder + "/in/moved.csv") == 0)
                #expect(try await reader.next().name == "moved.csv")
            }
        }

        @Test func foldersThatAppearAreWatchedToo() async throws {
            try await inFolder { folder in
                var reader = Reader(watcher(folder))
                try write(folder + "/ready.csv")
                #expect(try await reader.next().name == "ready.csv")
                try makeFolder(folder + "/x/y")
                // Whether it is there before its folder is watched, or after: either way its writer says so, or the
                // next one's does.
                try makeFolder(folder + "/outside.d")
                try write(folder + "/outside.d/within.csv", age: 7_200)
                try makeFolder(folder + "/away")
                #expect(rename(folder + "/outside.d", folder + "/x/y/moved") == 0)
                var names: Set<String> = []
                while !names.contains("within.csv") { names.insert(try await reader.next().name) }
                try write(folder + "/x/y/moved/later.csv")
                while !names.contains("later.csv") { names.insert(try await reader.next().name) }
            }
        }
    #endif

    @Test func aFileThatNobodyClosedIsToldOnceItHasSettled() async throws {
        try await inFolder { folder in
            let open = try #require(fopen(folder + "/slow.csv", "w"))
            defer { fclose(open) }
            fputs("some", open)
            fflush(open)
            var reader = Reader(watcher(folder, settling: .milliseconds(300)))
            #expect(try await reader.next().size == 4)
            fputs(" more", open)
            fflush(open)
            #expect(try await reader.next().size == 9)
        }
    }

    @Test func aContentHasOneIdentityWhoeverLooks() async throws {
        try await inFolder { folder in
            try write(folder + "/a.csv", age: 7_200)
            var one = Reader(watcher(folder))
            var other = Reader(watcher(folder))
            let landing = try await one.next()
            #expect(try await other.next().identity == landing.identity)
            #expect(Landing.file(at: folder + "/a.csv")?.identity == landing.identity)
            #expect(Landing.file(at: folder) == nil)
            try write(folder + "/a.csv", "y")
            let next = try await one.next()
            #expect(next.uri == landing.uri && next.identity != landing.identity)
        }
    }

    @Test func aFolderThatIsNotThereYetIsWaitedFor() async throws {
        try await inFolder { folder in
            var reader = Reader(watcher(folder + "/later"))
            try makeFolder(folder + "/later")
            try write(folder + "/later/a.csv", age: 7_200)
            #expect(try await reader.next().name == "a.csv")
        }
    }
}
