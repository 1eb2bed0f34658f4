import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Queue
import Settings
import Store

/// How the program ends: the exit code, and what to say on the way.
struct Ending {
    enum Code: Int32 {
        case failed = 1
        case wrongUse = 2
        case serviceUnreachable = 3
        case interrupted = 130
    }

    var code: Code?
    var message: String?
    private let error: any Error

    init(of error: any Error) {
        self.error = error
        switch error {
        case let ending as Stop:
            code = ending.code
            message = ending.message
        case is CancellationError:
            code = .interrupted
            message = "interrupted"
        case let invalid as InvalidPipeline:
            code = .failed
            message = invalid.description
        case let failure as Failure:
            code = failure.kind == .unreachable ? .serviceUnreachable : .failed
            message = failure.description
        case let refused as RefusedByTarget:
            code = .failed
            message = refused.failure.description
        case let error as PrivatePostgresError:
            code = .failed
            message = error.description
        case let error as SettingsError:
            code = .wrongUse
            message = error.description
        case let error as any TransientError:
            code = error.isTransient ? .serviceUnreachable : .failed
            message = "\(error)"
        default:
            break
        }
    }

    /// `asJSON`: also says the message as an object on stdout, unless the command has said something there itself.
    func leave(_ command: any ParsableCommand.Type, asJSON: Bool = false) -> Never {
        guard let code else {
            // The parser's own: help and version go to stdout with 0, everything else is wrong use.
            let known = command.exitCode(for: error)
            let text = command.fullMessage(for: error)
            if known == .success {
                print(text)
                exit(0)
            }
            if !text.isEmpty {
                Self.say(text, asJSON: asJSON)
                Console.note(text)
            }
            exit(error is ExitCode ? known.rawValue : Code.wrongUse.rawValue)
        }
        if let message, !message.isEmpty {
            Self.say(message, asJSON: asJSON)
            Console.note("quicketl: \(message)")
        }
        exit(code.rawValue)
    }

    private static func say(_ message: String, asJSON: Bool) {
        // Texts encode always.
        guard asJSON, !Console.hasSaid, let object = try? JSONText.text(["error": message]) else { return }
        Console.say(object)
    }
}

/// Ends a command with a code; `message` goes to stderr.
struct Stop: Error {
    var code: Ending.Code
    var message: String?

    init(_ code: Ending.Code, _ message: String? = nil) {
        self.code = code
        self.message = message
    }
}
