import Foundation
import Synchronization

/// Collects what happens, and lets a test wait until enough has.
final class Recorder<Element: Sendable>: Sendable {
    private struct Waiter: Sendable {
        var condition: @Sendable ([Element]) -> Bool
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Int: Waiter] = [:]
        var cancelled: Set<Int> = []
        var nextID = 0
    }

    private let state = Mutex(State())

    var elements: [Element] { state.withLock { $0.elements } }

    func record(_ new: Element...) { record(contentsOf: new) }

    func record(contentsOf new: [Element]) {
        let satisfied = state.withLock { state in
            state.elements += new
            let ready = state.waiters.filter { $0.value.condition(state.elements) }
            for id in ready.keys { state.waiters[id] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in satisfied { continuation.resume() }
    }

    /// Throws when it takes longer than a minute, saying what was waited for.
    func wait(for what: String, _ condition: @escaping @Sendable ([Element]) -> Bool) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.suspend(until: condition) }
            group.addTask {
                try await Task.sleep(for: .seconds(60))
                throw WaitedTooLong(what: what)
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func suspend(until condition: @escaping @Sendable ([Element]) -> Bool) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if condition(state.elements) || state.cancelled.contains(id) { return true }
                    state.waiters[id] = Waiter(condition: condition, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.cancelled.insert(id)
                return state.waiters.removeValue(forKey: id)
            }
            waiter?.continuation.resume()
        }
    }
}

struct WaitedTooLong: Error, CustomStringConvertible {
    var what: String
    var description: String { "waited a minute in vain for \(what)" }
}
