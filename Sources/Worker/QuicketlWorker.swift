import ArgumentParser
import Engines
import Fleet
import Foundation
import Logging
import Queue
import Settings
import Store

@main
struct QuicketlWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quicketl-worker",
        abstract: "Accepts run requests, executes them, and records what happened.",
        discussion: """
            Start as many as you like, anywhere that reaches PostgreSQL, Kafka and the data.

            SIGTERM or SIGINT: takes no more work and lets running attempts finish for --drain-limit seconds; a second
            signal stops them at once. Runs that were stopped go back to the queue.
            Exit codes: 0 after a drain; 2 wrong use of the command line or settings; 3 a service could not be reached.
            """,
        version: ProgramVersion.text)

    @OptionGroup var options: WorkerOptions

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var worker = command as? QuicketlWorker {
                try await worker.run()
            } else {
                try command.run()
            }
        } catch {
            leave(after: error)
        }
    }

    mutating func run() async throws {
        let settings = try options.settings()
        let logger = try Log.start(settings)
        try await WorkerProcess(settings: settings, stopsWithInput: options.stopWithInput, logger: logger).run()
    }

    private static func leave(after error: any Error) -> Never {
        switch error {
        case let error as SettingsError: say("\(error)", code: 2)
        case let error as any TransientError: say("\(error)", code: error.isTransient ? 3 : 1)
        case let failure as Failure: say("\(failure)", code: 1)
        default:
            let code = exitCode(for: error)
            if code == .success {
                print(fullMessage(for: error))
                Foundation.exit(0)
            }
            say(fullMessage(for: error), code: 2)
        }
    }

    private static func say(_ text: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data("quicketl-worker: \(text)\n".utf8))
        Foundation.exit(code)
    }
}
