import CRdKafka
import Foundation
import Logging
import Synchronization

/// One idempotent producer of librdkafka and the thread that serves its delivery reports.
///
/// The thread keeps this object alive until `close` (or `beginClose`) has been carried out, and is the one that
/// frees the client.
final class ProducerHandle: Sendable {
    /// Safe to pass between threads: librdkafka's clients are thread-safe. `gate` decides who may still call.
    private struct Client: @unchecked Sendable { let raw: OpaquePointer }

    private enum Gate {
        /// Goes to `closing`.
        case open(Client)
        /// The thread sends what is queued. Goes to `closed`.
        case closing([CheckedContinuation<Void, Never>])
        case closed
    }

    private let gate: Mutex<Gate>
    private let context: ClientContext
    private let bell = QueueBell()
    private let closeLimit: Duration
    let loans = LoanCount()

    init(_ settings: KafkaSettings, logger: Logger) throws(QueueError) {
        let configuration = ClientConfiguration()
        try configuration.set("enable.idempotence", "true")
        try configuration.set("acks", "all")
        // Send at once; what comes while a request is under way still travels together.
        try configuration.set("linger.ms", "0")
        try configuration.set("message.timeout.ms", String(settings.deliveryLimit.wholeMilliseconds))
        // As Java clients choose it, so that every producer puts a key into the same partition.
        try configuration.set("partitioner", "murmur2_random")
        // Dead letters hold messages of others, up to what the broker takes.
        try configuration.set("message.max.bytes", "8388608")
        try configuration.apply(settings)
        context = ClientContext(logger: logger)
        context.onError = { [weak context] error in context?.logPassing(error) }
        configuration.installCallbacks(context)
        configuration.installDeliveryReport { client, message, _ in
            guard let message, let loan = message.pointee._private else { return }
            // On the producer's own thread, within its poll. Resuming a task only queues it.
            let code = message.pointee.err
            let delivery = PendingDelivery.reclaim(loan)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return delivery.settle(nil) }
            let topic = message.pointee.rkt.flatMap { rd_kafka_topic_name($0) }.map { String(cString: $0) } ?? "a topic"
            var error = QueueError(code, operation: "publication to \(topic)")
            // The message's own code does not say whether the client can go on.
            if error.kind != .closed, rd_kafka_fatal_error(client, nil, 0) != RD_KAFKA_RESP_ERR_NO_ERROR {
                error.kind = .fatal
            }
            delivery.settle(error)
        }
        let client = Client(raw: try configuration.makeClient(RD_KAFKA_PRODUCER))
        gate = Mutex(.open(client))
        closeLimit = settings.closeLimit
        bell.hang(adopting: rd_kafka_queue_get_main(client.raw))
        Lane.start("quicketl.producer") { self.serve(client) }
    }

    /// Returns when all in-sync replicas have the message. Fails within the delivery limit, or about a second later.
    ///
    /// After an error or a cancellation the message may have been written all the same: publishing again is safe
    /// where its receiver knows it by an id.
    func publish(
        topic: String, key: Data?, headers: [(name: String, value: Data)], payload: Data
    ) async throws {
        let delivery = PendingDelivery(loans)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard delivery.wait(continuation) else { return }
                if let refusal = handOver(delivery, topic: topic, key: key, headers: headers, payload: payload) {
                    delivery.settle(refusal)
                }
            }
        } onCancel: {
            delivery.cancel()
        }
    }

    /// nil when librdkafka has taken the message and will report on it.
    private func handOver(
        _ delivery: PendingDelivery, topic: String, key: Data?, headers: [(name: String, value: Data)], payload: Data
    ) -> QueueError? {
        let operation = "publication to \(topic)"
        guard let list = rd_kafka_headers_new(headers.count) else {
            return QueueError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, operation: operation)
        }
        for header in headers {
            let code = header.value.withUnsafeBytes {
                rd_kafka_header_add(list, header.name, -1, $0.baseAddress, $0.count)
            }
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
                rd_kafka_headers_destroy(list)
                return QueueError(code, operation: operation)
            }
        }
        // Under the lock, so that the client cannot be freed meanwhile. The call copies and does not block.
        return gate.withLock { gate in
            guard case .open(let client) = gate else {
                rd_kafka_headers_destroy(list)
                return QueueError(
                    .closed, codeName: "CLOSED", operation: operation, message: "the producer is closed")
            }
            let loan = delivery.lend()
            let code = payload.withUnsafeBytes { payload in
                // An empty key is a key, and needs an address; no key has none.
                (key ?? Data()).withUnsafeBytes { keyBytes in
                    withUnsafePointer(to: 0 as UInt8) { anywhere in
                        let address = keyBytes.baseAddress ?? UnsafeRawPointer(anywhere)
                        return quicketl_produce(
                            client.raw, topic, key == nil ? nil : address, keyBytes.count, payload.baseAddress,
                            payload.count, list, loan)
                    }
                }
            }
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            // Refused: headers and loan are ours again, and no report will come.
            rd_kafka_headers_destroy(list)
            _ = PendingDelivery.reclaim(loan)
            return QueueError(code, operation: operation)
        }
    }

    // MARK: Closing

    /// Sends what is queued within the closing limit, fails the rest, frees the client. Cancellation does not reach it.
    func close() async {
        await withCheckedContinuation { continuation in
            let isClosed = gate.withLock { gate in
                switch gate {
                case .open:
                    gate = .closing([continuation])
                    return false
                case .closing(let waiting):
                    gate = .closing(waiting + [continuation])
                    return false
                case .closed:
                    return true
                }
            }
            if isClosed { continuation.resume() } else { bell.ring() }
        }
    }

    /// The same without waiting.
    func beginClose() {
        gate.withLock { if case .open = $0 { $0 = .closing([]) } }
        bell.ring()
    }

    private var isOpen: Bool {
        gate.withLock { if case .open = $0 { true } else { false } }
    }

    /// The thread's whole life.
    private func serve(_ client: Client) {
        // The bell ends a poll early; the second is only a limit behind it.
        while isOpen { rd_kafka_poll(client.raw, 1000) }
        rd_kafka_flush(client.raw, closeLimit.wholeMilliseconds)
        // What could not be sent is reported as purged, so that no task waits forever and no loan is lost.
        rd_kafka_purge(client.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        rd_kafka_flush(client.raw, 1000)
        bell.takeDown()
        rd_kafka_destroy(client.raw)
        let waiting = gate.withLock { gate in
            defer { gate = .closed }
            if case .closing(let waiting) = gate { return waiting }
            return []
        }
        for continuation in waiting { continuation.resume() }
    }
}
