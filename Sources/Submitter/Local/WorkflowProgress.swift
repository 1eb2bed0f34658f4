import Fleet
import Foundation
import Synchronization

/// What runs at the moment in one line of a terminal; elsewhere a line for each new phase. Each end of a pipeline is a
/// line that stays.
final class WorkflowProgress: Sendable {
    private struct State {
        var done = 0
        /// In the order in which they began.
        var running: [(name: String, progress: AttemptProgress)] = []
    }

    private let total: Int
    private let isQuiet: Bool
    private let state = Mutex(State())

    init(total: Int, isQuiet: Bool) {
        self.total = total
        self.isQuiet = isQuiet
    }

    func show(_ progress: AttemptProgress, of name: String) {
        guard !isQuiet else { return }
        let (text, isNewPhase) = state.withLock { state in
            let index = state.running.firstIndex { $0.name == name }
            let isNewPhase = index.map { state.running[$0].progress.phase != progress.phase } ?? true
            if let index {
                state.running[index].progress = progress
            } else {
                state.running.append((name, progress))
            }
            return (line(state), isNewPhase)
        }
        if Console.drawsLines {
            Console.replaceLine(text)
        } else if isNewPhase {
            Console.note("\(name): \(progress.phase)")
        }
    }

    func ended(_ result: RunResult, of name: String) {
        guard !isQuiet else { return }
        let text = state.withLock { state in
            state.done += 1
            state.running.removeAll { $0.name == name }
            return line(state)
        }
        Console.replaceLine(text)
        Console.note("\(name): \(result.error.map { "failed: \($0)" } ?? ShownResult.line(of: result))")
    }

    func finish() { if !isQuiet { Console.replaceLine("") } }

    private func line(_ state: State) -> String {
        let running = state.running.map { one in
            "\(one.name) \(one.progress.phase)\(one.progress.percent.map { " \($0)%" } ?? "")"
        }
        return "\(state.done)/\(total)  \(running.joined(separator: ", "))"
    }
}
