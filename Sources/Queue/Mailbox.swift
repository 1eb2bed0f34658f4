import Dispatch
import Synchronization

/// Commands from tasks to the thread of a lane. Posting wakes the thread, whether it waits here or in a poll.
final class Mailbox<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var isClosed = false
    }

    /// Wakes a blocking poll.
    let bell = QueueBell()
    private let state = Mutex(State())
    /// Counts posts; waking once too often is harmless.
    private let arrivals = DispatchSemaphore(value: 0)

    /// False when the thread has ended: the command was not taken.
    func post(_ command: sending Command) -> Bool {
        let command = command
        let taken = state.withLock { state in
            if !state.isClosed { state.commands.append(command) }
            return !state.isClosed
        }
        if taken {
            arrivals.signal()
            bell.ring()
        }
        return taken
    }

    func take() -> [Command] {
        state.withLock { state in
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Blocks the lane's thread until something is posted or, with a limit, until that has passed.
    func wait(_ limit: Duration? = nil) {
        if let limit {
            _ = arrivals.wait(timeout: .now() + .milliseconds(Int(limit.wholeMilliseconds)))
        } else {
            arrivals.wait()
        }
    }

    /// No more posts. Answers what came too late to be carried out.
    func close() -> [Command] {
        state.withLock { state in
            state.isClosed = true
            defer { state.commands = [] }
            return state.commands
        }
    }
}
