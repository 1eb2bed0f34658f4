import Fleet
import Foundation
import Pipeline

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One child that executes statements, one caller at a time.
///
/// Its calls block a lane of their own. Cancelling the caller's task kills the child's process group, waits for its
/// end, and throws `CancellationError`. After any error the child is dead: it stops at the first error by itself.
actor DuckDBProcess {
    /// What is kept of the error output, from its beginning.
    static let errorLimitBytes = 64 << 10

    private let lane: BlockingLane
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    nonisolated let child: SupervisedChild
    /// The child's own: spilled data and whatever a run keeps to itself. Absolute, resolved.
    nonisolated let folder: String
    private let marker: String
    private var output: DuckDBOutput
    private var buffer = [UInt8](repeating: 0, count: 1 << 14)
    private let resultLimitBytes: Int
    private(set) var runs = 0
    /// `1.5.5`.
    private(set) var version = ""

    /// Starts a child, connects it with databases and applies `settings`; the only way to get one.
    static func start(
        _ settings: DuckDBSettings, attaching attachments: [DatabaseAttachment] = []
    ) async throws -> DuckDBProcess {
        let process = try await BlockingLane.run { try DuckDBProcess(settings) }
        do {
            let opening = settings.opening(folder: process.folder)
            let confinement = settings.confinement(folder: process.folder)
            let answers = try await process.execute(
                ["SELECT library_version AS version FROM pragma_version()"] + opening
                    + (attachments.isEmpty ? confinement : []))
            let version = try answers[0].rows().first?["version"] ?? nil
            guard let version, version.hasPrefix("v\(DuckDBBinary.supportedVersion).") else {
                throw Failure(
                    .engineLost,
                    "starting DuckDB failed: \(settings.binary.path) has version \(version ?? "unknown"), but "
                        + "\(DuckDBBinary.supportedVersion) is needed; run `make setup`, or set "
                        + "\(DuckDBBinary.overrideVariable) to another")
            }
            await process.note(version: version)
            if !attachments.isEmpty {
                for attachment in attachments { try await process.attach(attachment) }
                _ = try await process.execute(confinement)
            }
            return process
        } catch {
            await process.close()
            if let error = error as? DuckDBError {
                // Nothing of a run is in these statements, so DuckDB's own words may be told.
                let words = if case .refused(let text) = error.cause { text } else { error.failure.message }
                throw Failure(.engineLost, "starting \(settings.binary.path) failed: \(words)")
            }
            throw error
        }
    }

    /// Nothing of the child's words is told: they may hold the connection.
    private nonisolated func attach(_ attachment: DatabaseAttachment) async throws {
        let statements = attachment.statements
        do {
            _ = try await execute(statements)
        } catch let error as DuckDBError {
            guard case .refused(let text) = error.cause else { throw error }
            if statements[error.statement].hasPrefix("LOAD ") {
                throw Failure(
                    .engineLost,
                    "DuckDB has no usable extension for databases of kind \(attachment.address.kind.rawValue); run "
                        + "`make setup`")
            }
            throw DatabaseErrorText(text, address: attachment.address).connecting
        }
    }

    private init(_ settings: DuckDBSettings) throws(Failure) {
        let unique = UUID().uuidString.lowercased()
        folder = FileSystem.join(FileSystem.resolved(settings.temporaryDirectory), "quicketl-\(unique)")
        do {
            try FileSystem.makePrivateFolder(folder)
        } catch {
            throw Failure(.accessDenied, "making the temporary folder \(folder) failed: \(error.reason)")
        }
        do {
            // No environment: a child needs none, and what it does not have it cannot tell.
            child = try SupervisedChild(
                executable: settings.binary.path, arguments: ["-batch", "-bail", "-no-init", "-json"],
                environment: ["HOME": folder, "LC_ALL": "C"], folder: folder)
        } catch {
            // It is empty, and temporary.
            FileSystem.removeEmptyFolder(folder)
            throw Failure(.engineLost, error.message)
        }
        marker = "\u{1e}\(unique)"
        resultLimitBytes = settings.resultLimitBytes
        output = DuckDBOutput(marker: marker, maximumBytes: resultLimitBytes)
        lane = BlockingLane(label: "quicketl.duckdb")
    }

    /// Executes statements in order, sent together, and answers with one result each.
    ///
    /// Throws `DuckDBError` for the first that fails; none after it is executed.
    nonisolated func execute(
        _ statements: [String], progress: (@Sendable (Double) -> Void)? = nil,
        warning: (@Sendable (String) -> Void)? = nil
    ) async throws -> [DuckDBResult] {
        try await withTaskCancellationHandler {
            try await exchange(statements, progress: progress, warning: warning)
        } onCancel: {
            child.kill()
        }
    }

    func countRun() { runs += 1 }

    private func note(version: String) { self.version = String(version.drop { $0 == "v" }) }

    /// Whether the child could take another run.
    nonisolated var isUsable: Bool { child.isRunning }

    /// Kills the child, waits for its end and removes its folder. May be called again.
    func close() {
        child.kill()
        child.reap()
        // Left behind, it costs some space in the temporary folder and nothing else.
        try? FileSystem.removeTree(folder)
    }

    // MARK: - Speaking to the child

    private func exchange(
        _ statements: [String], progress: (@Sendable (Double) -> Void)?, warning: (@Sendable (String) -> Void)?
    ) throws -> [DuckDBResult] {
        guard !statements.isEmpty else { return [] }
        guard child.isRunning else { throw ending(errors: [], statement: 0) }
        var unsent = ArraySlice(
            Array(statements.map { "\(DuckDBText.statement($0));\n.print \(marker)\n" }.joined().utf8))
        var results: [DuckDBResult] = []
        var errors: [UInt8] = []
        var open = (output: true, error: true)
        while open.output || open.error {
            var waits = [
                pollfd(fd: open.output ? child.output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: open.error ? child.error : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: unsent.isEmpty ? -1 : child.input, events: Int16(POLLOUT), revents: 0),
            ]
            guard poll(&waits, nfds_t(waits.count), -1) >= 0 else {
                if errno == EINTR { continue }
                child.kill()
                throw ending(errors: errors, statement: results.count)
            }
            if waits[2].revents != 0 { send(&unsent) }
            if waits[1].revents != 0 {
                open.error = receive(from: child.error) {
                    errors += $0.prefix(Self.errorLimitBytes - errors.count)
                }
            }
            if waits[0].revents != 0 {
                var events: [DuckDBOutput.Event] = []
                var isTooLarge = false
                open.output = receive(from: child.output) { bytes in
                    do throws(DuckDBOutput.Limit) { events = try output.take(bytes) } catch { isTooLarge = true }
                }
                if isTooLarge {
                    child.kill()
                    child.reap()
                    throw DuckDBError(
                        cause: .answerTooLarge(limitBytes: resultLimitBytes), statement: results.count)
                }
                for event in events {
                    switch event {
                    case .progress(let fraction): progress?(fraction)
                    case .warning(let text): warning?(text)
                    case .result(let bytes): results.append(DuckDBResult(bytes: bytes))
                    }
                }
                if results.count == statements.count { return results }
            }
        }
        throw ending(errors: errors, statement: results.count)
    }

    /// Waits for the end of a child that has closed its output, and says why.
    private func ending(errors: [UInt8], statement: Int) -> any Error {
        let ending = child.reap()
        if child.wasKilled { return CancellationError() }
        let text = String(decoding: errors, as: UTF8.self)
        if case .exit(1) = ending, !text.isEmpty { return DuckDBError(cause: .refused(text), statement: statement) }
        return DuckDBError(cause: .died(ending), statement: statement)
    }

    /// Sends what fits. A child that has gone takes nothing more; its output then says why.
    private func send(_ unsent: inout ArraySlice<UInt8>) {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        let sent = unsent.withUnsafeBytes { systemSend(child.input, $0.baseAddress, min($0.count, 1 << 16), flags) }
        if sent > 0 {
            unsent = unsent.dropFirst(sent)
        } else if sent < 0, errno != EINTR, errno != EAGAIN {
            unsent = []
        }
    }

    /// Reads what is there; false at the end of the stream.
    private func receive(from descriptor: Int32, _ take: (ArraySlice<UInt8>) -> Void) -> Bool {
        let count = read(descriptor, &buffer, buffer.count)
        guard count != 0 else { return false }
        guard count > 0 else { return errno == EINTR || errno == EAGAIN }
        take(buffer[..<count])
        return true
    }
}

/// Outside the actor, whose own `send` hides the system's.
private func systemSend(_ socket: Int32, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: Int32) -> Int {
    send(socket, bytes, count, flags)
}
