import Fleet
import Foundation
import Synchronization

/// A live bar on a terminal; a line for each new phase elsewhere.
final class ProgressLine: Sendable {
    private struct State {
        var phase = ""
        var percent = -1
    }

    private let label: String
    private let isQuiet: Bool
    private let state = Mutex(State())

    init(label: String, isQuiet: Bool) {
        self.label = label
        self.isQuiet = isQuiet
    }

    func show(_ progress: AttemptProgress) {
        guard !isQuiet else { return }
        let percent = progress.fraction.map { Int(($0 * 100).rounded()) } ?? -1
        let (isNewPhase, isNew) = state.withLock { state in
            let isNewPhase = state.phase != progress.phase
            let isNew = isNewPhase || state.percent != percent
            state = State(phase: progress.phase, percent: percent)
            return (isNewPhase, isNew)
        }
        if Console.errorIsTerminal {
            guard isNew else { return }
            let filled = max(0, percent) / 5
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
            Console.replaceLine(
                "\(label)  \(bar) \(percent < 0 ? "    " : String(format: "%3d%%", percent)) \(progress.phase)")
        } else if isNewPhase {
            Console.note("\(label): \(progress.phase)")
        }
    }

    func finish() { if !isQuiet { Console.replaceLine("") } }
}
