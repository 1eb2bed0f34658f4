import CRdKafka
import Logging

/// A configuration of librdkafka under construction. Frees it on every path on which no client took it over.
final class ClientConfiguration {
    private let raw: OpaquePointer
    private var isTakenOver = false
    /// Kept to take them out of librdkafka's error texts.
    private var secrets: [String] = []

    init() { raw = rd_kafka_conf_new() }

    deinit { if !isTakenOver { rd_kafka_conf_destroy(raw) } }

    func set(_ name: String, _ value: String) throws(QueueError) {
        // librdkafka's own text repeats the value, which may be a secret that stands at the wrong property.
        let reason: String
        switch rd_kafka_conf_set(raw, name, value, nil, 0) {
        case RD_KAFKA_CONF_OK: return
        case RD_KAFKA_CONF_UNKNOWN:
            reason = "this librdkafka (\(String(cString: rd_kafka_version_str()))) does not know it"
        default: reason = "its value is not allowed"
        }
        throw QueueError(
            .configuration, codeName: "INVALID_SETTING", operation: "configuration of Kafka",
            message: "property \(name.prefix(100)): \(reason)")
    }

    /// Brokers, client id and, last so that it wins, what the operator passes through.
    func apply(_ settings: KafkaSettings) throws(QueueError) {
        try settings.check()
        try set("bootstrap.servers", settings.brokers)
        try set("client.id", settings.clientID)
        // Waiting to fill packets costs up to 40 ms on every small request.
        try set("socket.nagle.disable", "true")
        try set("socket.keepalive.enable", "true")
        // A broker that is back is noticed within two seconds, not ten.
        try set("reconnect.backoff.max.ms", "2000")
        for (name, value) in settings.properties.sorted(by: { $0.key < $1.key }) {
            secrets.append(value)
            try set(name, value)
        }
    }

    /// Callbacks that every client has. Each runs on the thread that polls the client, but for the log's, which runs
    /// on any thread of librdkafka.
    func installCallbacks(_ context: ClientContext) {
        rd_kafka_conf_set_opaque(raw, Unmanaged.passUnretained(context).toOpaque())
        rd_kafka_conf_set_log_cb(raw) { client, level, facility, line in
            ClientContext.of(client)?.log(level: level, facility: facility, line: line)
        }
        rd_kafka_conf_set_error_cb(raw) { client, code, reason, _ in
            guard let context = ClientContext.of(client) else { return }
            let code = rd_kafka_resp_err_t(rawValue: code)
            var detail = reason.map { String(cString: $0) }
            var kindOverride: QueueError.Kind?
            if code == RD_KAFKA_RESP_ERR__FATAL, let client {
                var text = [CChar](repeating: 0, count: 512)
                let cause = rd_kafka_fatal_error(client, &text, text.count)
                detail = QueueError(cause, operation: "").codeName + ": " + text.untilZero
                kindOverride = .fatal
            }
            var error = QueueError(code, operation: "connection to Kafka", detail: detail)
            if let kindOverride { error.kind = kindOverride }
            context.onError(error)
        }
    }

    func installDeliveryReport(
        _ callback:
            @convention(c) (
                OpaquePointer?, UnsafePointer<rd_kafka_message_t>?, UnsafeMutableRawPointer?
            ) -> Void
    ) {
        rd_kafka_conf_set_dr_msg_cb(raw, callback)
    }

    func installConsumerCallbacks() {
        rd_kafka_conf_set_rebalance_cb(raw) { client, code, partitions, _ in
            ClientContext.of(client)?.onRebalance(code, partitions)
        }
        rd_kafka_conf_set_offset_commit_cb(raw) { client, code, offsets, _ in
            ClientContext.of(client)?.onCommit(code, offsets)
        }
    }

    /// The client takes the configuration over when it comes into being; otherwise it is freed here.
    func makeClient(_ type: rd_kafka_type_t) throws(QueueError) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        guard let client = rd_kafka_new(type, raw, &text, text.count) else {
            var reason = text.untilZero
            for secret in secrets where secret.utf8.count > 3 { reason = reason.replacing(secret, with: "***") }
            throw QueueError(
                .configuration, codeName: "INVALID_SETTING", operation: "start of a Kafka client", message: reason)
        }
        isTakenOver = true
        return client
    }
}

extension [CChar] {
    /// A C string in a fixed buffer.
    var untilZero: String {
        String(decoding: prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
