import Foundation
import Logging
import Pipeline

/// Tells listeners that runs may be due or have changed: after the commit, in a statement of its own, and at most once
/// per ten milliseconds. A notice that gets lost costs time only, because every listener polls slowly behind it.
actor Notices {
    /// Runs may be due; no payload.
    static let queueChannel = "quicketl_queue"
    /// The payload is the id of the run that changed; empty when too many changed at once.
    static let runsChannel = "quicketl_runs"

    /// Something was put into the outbox; no payload.
    static let outboxChannel = "quicketl_outbox"

    private static let pause = Duration.milliseconds(10)
    private static let mostRuns = 256
    private static let mostTimers = 256

    private let pool: Pool
    private let logger: Logger
    private var isQueueChanged = false
    private var isOutboxFilled = false
    private var changedRuns: [RunID] = []
    private var isOverflown = false
    private var sender: Task<Void, Never>?
    private var timers: [Int: Task<Void, Never>] = [:]
    private var nextTimer = 0
    private var isClosed = false

    init(_ pool: Pool, logger: Logger) {
        self.pool = pool
        self.logger = logger
    }

    /// Returns at once; a sender of its own tells the server. `queueAfter`: when a retry becomes due. Beyond a number of
    /// timers, slow polls have to do.
    func announce(
        queueChanged: Bool = false, runs: [RunID] = [], queueAfter delay: Duration? = nil, outboxFilled: Bool = false
    ) {
        if let delay { announceQueue(after: delay) }
        guard !isClosed, queueChanged || outboxFilled || !runs.isEmpty else { return }
        isQueueChanged = isQueueChanged || queueChanged
        isOutboxFilled = isOutboxFilled || outboxFilled
        if changedRuns.count + runs.count > Self.mostRuns { isOverflown = true } else { changedRuns += runs }
        guard sender == nil else { return }
        // Unstructured: the caller's transaction has been committed, and it does not wait. `close` does.
        sender = Task { await send() }
    }

    private func announceQueue(after delay: Duration) {
        guard !isClosed, timers.count < Self.mostTimers else { return }
        nextTimer += 1
        let id = nextTimer
        // Unstructured, cancelled by `close`.
        timers[id] = Task {
            do { try await Task.sleep(for: delay) } catch { return }
            timers[id] = nil
            announce(queueChanged: true)
        }
    }

    /// Sends what is left.
    func close() async {
        isClosed = true
        for timer in timers.values { timer.cancel() }
        timers = [:]
        await sender?.value
    }

    private func send() async {
        while isQueueChanged || isOutboxFilled || isOverflown || !changedRuns.isEmpty {
            var channels: [String] = []
            var payloads: [String] = []
            if isQueueChanged {
                channels.append(Self.queueChannel)
                payloads.append("")
            }
            if isOutboxFilled {
                channels.append(Self.outboxChannel)
                payloads.append("")
            }
            if isOverflown {
                channels.append(Self.runsChannel)
                payloads.append("")
            }
            if !isOverflown {
                channels += changedRuns.map { _ in Self.runsChannel }
                payloads += changedRuns.map(\.description)
            }
            isQueueChanged = false
            isOutboxFilled = false
            isOverflown = false
            changedRuns = []
            let call = QueueStatements.notify(.texts(channels), .texts(payloads))
            do {
                _ = try await pool.use("notifying") { (on) throws(StoreError) in try on.execute(call) }
            } catch {
                logger.debug("notice not sent", metadata: ["error": "\(error)"])
            }
            // Never cancelled, except with the process.
            try? await Task.sleep(for: Self.pause)
        }
        sender = nil
    }
}
