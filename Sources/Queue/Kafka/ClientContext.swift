import CRdKafka
import Logging
import Synchronization

/// What librdkafka's callbacks of one client find behind its single opaque pointer.
///
/// The client's handle keeps it alive from before `rd_kafka_new` until `rd_kafka_destroy` has returned, after which
/// no callback comes.
final class ClientContext: @unchecked Sendable {
    // Unchecked because of the two closures: they are set before the client exists, and called only by callbacks
    // that librdkafka serves on the thread which polls the client. Everything else may be used from any thread.
    let logger: Logger
    /// Errors of the client as a whole, on the polling thread.
    var onError: (QueueError) -> Void = { _ in }
    /// On the polling thread; must have changed the assignment when it returns.
    var onRebalance: (rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> Void = { _, _ in }
    /// On the polling thread: the result of a commit that nobody waited for.
    var onCommit: (rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> Void = { _, _ in }

    /// When each code was last logged: an unreachable broker reports many times a second.
    private let logged = Mutex<[String: ContinuousClock.Instant]>([:])
    private static let silence: Duration = .seconds(30)

    init(logger: Logger) { self.logger = logger }

    static func of(_ client: OpaquePointer?) -> ClientContext? {
        guard let client, let opaque = rd_kafka_opaque(client) else { return nil }
        return Unmanaged<ClientContext>.fromOpaque(opaque).takeUnretainedValue()
    }

    /// Logs a problem that is expected to pass, each code at most once in half a minute.
    func logPassing(_ error: QueueError) {
        let now = ContinuousClock.now
        let isNew = logged.withLock { logged in
            if let last = logged[error.codeName], now - last < Self.silence { return false }
            logged[error.codeName] = now
            return true
        }
        guard isNew else { return }
        logger.warning("kafka: a problem that may pass", metadata: ["error": "\(error)"])
    }

    /// librdkafka's own log lines. Called from any of its threads: copies and leaves.
    func log(level: Int32, facility: UnsafePointer<CChar>?, line: UnsafePointer<CChar>?) {
        let facility = facility.map { String(cString: $0) } ?? ""
        // Properties for consumers are given to producers too, and the other way round; each ignores the other's.
        let swiftLevel: Logger.Level =
            facility == "CONFWARN" ? .trace : level <= 2 ? .error : level <= 4 ? .info : .debug
        logger.log(
            level: swiftLevel, "librdkafka",
            metadata: ["facility": "\(facility)", "line": "\(line.map { String(cString: $0) } ?? "")"])
    }
}
