import Fleet
import Foundation
import Synchronization

/// A live bar on a terminal; a line for each new phase elsewhere.
final class ProgressLine: Sendable {
    private struct State {
        var phase = ""
        var percent: Int?
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
        let percent = progress.percent
        let (isNewPhase, isNew) = state.withLock { state in
            let isNewPhase = state.phase != progress.phase
            let isNew = isNewPhase || state.percent != percent
            state = State(phase: progress.phase, percent: percent)
            return (isNewPhase, isNew)
        }
        if Console.drawsLines {
            guard isNew else { return }
            let filled = (percent ?? 0) / 5
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
            let digits = percent.map { String(format: "%3d%%", $0) } ?? "    "
            // The bar first: it is what a narrow terminal has room for.
            Console.replaceLine("\(bar) \(digits) \(label): \(progress.phase)")
        } else if isNewPhase {
            Console.note("\(label): \(progress.phase)")
        }
    }

    func finish() { if !isQuiet { Console.replaceLine("") } }
}

extension AttemptProgress {
    /// 0 to 100.
    var percent: Int? { fraction.map { Int((min(max($0, 0), 1) * 100).rounded()) } }
}
