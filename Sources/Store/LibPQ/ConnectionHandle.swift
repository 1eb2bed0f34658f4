internal import CLibPQ
import Dispatch
import Synchronization

/// Owns one `PGconn`, and the object that cancels what runs on it.
///
/// Safe to share although unchecked: `raw` is used on the connection's lane only. The one call made from elsewhere is
/// `PQcancel`, which opens a connection of its own and works on the cancel object, which a mutex guards.
final class ConnectionHandle: @unchecked Sendable {
    /// nil before `adopt` and after `finish`.
    private(set) var raw: OpaquePointer?
    private let cancellation = Mutex(Cancellation())
    /// `PQcancel` waits for the server: never on a thread of the caller.
    private static let cancelQueue = DispatchQueue(label: "quicketl.store.cancel", attributes: .concurrent)

    private struct Cancellation: @unchecked Sendable {
        /// Freed in `finish`, under the mutex.
        var object: OpaquePointer?
        /// Which exchange may be cancelled; nil while none runs.
        var exchange: UInt64?
    }

    /// From here on the connection is ours to finish. At most once, on the lane.
    func adopt(_ raw: OpaquePointer) {
        self.raw = raw
        let object = PQgetCancel(raw)
        cancellation.withLock { $0.object = object }
    }

    deinit { finish() }

    /// Closes the connection and frees it. Harmless when repeated. On the lane, or when nobody else is left.
    func finish() {
        cancellation.withLock { state in
            if let object = state.object { PQfreeCancel(object) }
            state = Cancellation()
        }
        if let raw { PQfinish(raw) }
        raw = nil
    }

    func began(_ exchange: UInt64) { cancellation.withLock { $0.exchange = exchange } }

    /// Waits for a cancel request under way, so that it can't hit the exchange after this one.
    func ended() { cancellation.withLock { $0.exchange = nil } }

    /// Asks the server to stop `exchange`, unless it has ended. Returns at once; any thread.
    func requestCancel(of exchange: UInt64) {
        Self.cancelQueue.async { [self] in
            cancellation.withLock { state in
                guard state.exchange == exchange, let object = state.object else { return }
                var message = [CChar](repeating: 0, count: 256)
                // The answer does not matter: when the request did not arrive, the statement's own limit ends it.
                _ = PQcancel(object, &message, Int32(message.count))
            }
        }
    }
}
