import CRdKafka
public import Logging
public import ServiceLifecycle
import Synchronization

/// A broker inside this process, for development and tests: librdkafka's mock cluster, which speaks the real protocol
/// over TCP on 127.0.0.1, consumer groups included.
///
/// It keeps everything in memory: its log ends with the process, and a partition keeps its latest 5 MiB or 100,000
/// messages only. It has no permissions and no TLS, takes commits of group members that it does not know, and cannot
/// be asked to make topics (a topic that is named makes itself, with 4 partitions). A fetch that finds nothing is
/// answered only when its wait is over, and a group's first join takes three seconds, during which its members'
/// sessions must not end: clients should use `clientProperties`.
public final class EmbeddedBroker: Service {
    /// What makes clients of this broker quick. A real broker needs none of it.
    public static let clientProperties = [
        "fetch.wait.max.ms": "3", "session.timeout.ms": "6000", "heartbeat.interval.ms": "1000",
    ]

    /// Safe to pass between threads: librdkafka's mock functions lock or queue by themselves, and the lock around
    /// the state keeps the cluster alive during each call.
    struct Cluster: @unchecked Sendable {
        fileprivate let client: OpaquePointer
        let raw: OpaquePointer
    }

    /// `127.0.0.1:port`; the system chose the port.
    public let address: String
    /// nil once stopped.
    private let cluster: Mutex<Cluster?>
    private let context: ClientContext

    private init(_ cluster: Cluster, _ context: ClientContext) {
        address = rd_kafka_mock_cluster_bootstraps(cluster.raw).map { String(cString: $0) } ?? ""
        self.cluster = Mutex(cluster)
        self.context = context
    }

    deinit {
        // Forgotten to stop: nobody can reach it any more, and its threads should not outlive it.
        if let cluster = cluster.withLock({ $0 }) {
            let context = context
            Lane.start("quicketl.broker") { Self.destroy(cluster, context) }
        }
    }

    /// Listens when it returns, with all topics of `topics` made (dead letters with one partition).
    public static func start(
        topics: Topics, partitions: Int = TopicAdmin.defaultPartitions, logger: Logger
    ) async throws(QueueError) -> EmbeddedBroker {
        let started = await Lane.run("quicketl.broker") { () -> Result<EmbeddedBroker, QueueError> in
            do throws(QueueError) {
                let broker = try start(logger)
                for topic in topics.all {
                    try broker.createTopic(topic, partitions: topic == topics.dead ? 1 : partitions)
                }
                return .success(broker)
            } catch {
                return .failure(error)
            }
        }
        return try started.get()
    }

    /// Waits for graceful shutdown or cancellation, then stops.
    public func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // Asked to stop in a hurry; stopping waits for nobody.
        }
        await stop()
    }

    /// Drops all connections and everything kept. Repeatable.
    public func stop() async {
        let cluster = cluster.withLock { cluster in
            defer { cluster = nil }
            return cluster
        }
        guard let cluster else { return }
        let context = context
        await Lane.run("quicketl.broker") { Self.destroy(cluster, context) }
    }

    /// Drops connections and takes no new ones, until `comeUp`; what it keeps stays. For tests of outages.
    func goDown() throws(QueueError) { try withCluster { _ = rd_kafka_mock_broker_set_down($0.raw, -1) } }

    func comeUp() throws(QueueError) { try withCluster { _ = rd_kafka_mock_broker_set_up($0.raw, -1) } }

    /// Answers everything so late, for tests of a broker that hangs. Unlike `goDown`, it keeps its port meanwhile.
    package func answer(after delay: Duration) throws(QueueError) {
        try withCluster { _ = rd_kafka_mock_broker_set_rtt($0.raw, -1, Int32(delay / .milliseconds(1))) }
    }

    /// The cluster, while it lives. The calls made in `body` may block for the broker's thread, shortly.
    func withCluster<Value>(_ body: (Cluster) throws(QueueError) -> Value) throws(QueueError) -> Value {
        try cluster.withLock { cluster throws(QueueError) in
            guard let cluster else {
                throw QueueError(
                    .closed, codeName: "CLOSED", operation: "use of the embedded broker", message: "it is stopped")
            }
            return try body(cluster)
        }
    }

    private func createTopic(_ topic: String, partitions: Int) throws(QueueError) {
        try withCluster { cluster throws(QueueError) in
            let code = rd_kafka_mock_topic_create(cluster.raw, topic, Int32(clamping: max(1, partitions)), 1)
            if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw QueueError(code, operation: "creation of \(topic)") }
        }
    }

    private static func start(_ logger: Logger) throws(QueueError) -> EmbeddedBroker {
        let configuration = ClientConfiguration()
        let context = ClientContext(logger: logger)
        configuration.installCallbacks(context)
        // The cluster needs a client for its book-keeping, which connects to nothing.
        let client = try configuration.makeClient(RD_KAFKA_PRODUCER)
        guard let raw = rd_kafka_mock_cluster_new(client, 1) else {
            rd_kafka_destroy(client)
            throw QueueError(
                .unclassified, codeName: "MOCK", operation: "start of the embedded broker",
                message: "it could not listen on 127.0.0.1")
        }
        return EmbeddedBroker(Cluster(client: client, raw: raw), context)
    }

    /// Blocks until the broker's threads have ended.
    private static func destroy(_ cluster: Cluster, _ context: ClientContext) {
        rd_kafka_mock_cluster_destroy(cluster.raw)
        rd_kafka_destroy(cluster.client)
        withExtendedLifetime(context) {}
    }
}
