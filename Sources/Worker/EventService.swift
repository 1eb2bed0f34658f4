import Fleet
import ServiceLifecycle

/// The deliverer of lineage events under the service group.
struct EventService: Service {
    let deliverer: EventDeliverer

    func run() async throws {
        await cancelWhenGracefulShutdown { await deliverer.run() }
    }
}
