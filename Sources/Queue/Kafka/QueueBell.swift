import CRdKafka
import Synchronization

/// Wakes the thread that blocks in a poll of one of librdkafka's queues. May be rung from any thread, before the
/// queue is there (then nothing polls yet) and after it has gone.
final class QueueBell: Sendable {
    /// Safe to pass between threads: librdkafka's queues are thread-safe, and the lock below keeps the queue alive
    /// during each call.
    private struct Queue: @unchecked Sendable { let raw: OpaquePointer }

    private let queue = Mutex<Queue?>(nil)

    /// Takes over a queue of librdkafka.
    func hang(adopting raw: OpaquePointer) {
        let adopted = Queue(raw: raw)
        queue.withLock { $0 = adopted }
    }

    func ring() {
        queue.withLock { if let queue = $0 { rd_kafka_queue_yield(queue.raw) } }
    }

    /// To be called before the client is destroyed.
    func takeDown() {
        queue.withLock {
            if let queue = $0 { rd_kafka_queue_destroy(queue.raw) }
            $0 = nil
        }
    }
}
