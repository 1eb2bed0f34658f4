import Foundation

/// Runs deep recursion where the stack is known to be large enough.
///
/// The YAML composer calls itself for every level of nesting, up to the 1,000 that its scanner allows, at about a
/// kilobyte each without optimisation. Threads may have as little as 512 KiB (secondary threads of macOS), so what
/// may be deep goes to a thread of its own. The caller waits, as it would for the work itself.
enum DeepStack {
    /// Bytes; several times what 1,000 levels were seen to take.
    static let size = 8 << 20

    static func run<Value>(_ body: @escaping () -> Value) -> Value {
        let work = Work(body: body)
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            work.value = work.body()
            done.signal()
        }
        thread.stackSize = size
        thread.start()
        done.wait()
        guard let value = work.value else { preconditionFailure("the thread ended without a value") }
        return value
    }

    /// Safe to share although unchecked: the thread alone uses it until it signals, and the caller alone afterwards.
    private final class Work<Value>: @unchecked Sendable {
        let body: () -> Value
        var value: Value?

        init(body: @escaping () -> Value) { self.body = body }
    }
}
