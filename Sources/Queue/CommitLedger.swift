import Fleet

/// Decides which offsets may be committed. Pure: told what happened, it answers what to commit.
///
/// Each assignment of a partition has an epoch of its own. What was handed over under an earlier one is never
/// committed: after a rebalance the partition may be further on with somebody else, and a late commit would set it
/// back. An offset here is the position to continue from, one after the last message accepted.
struct CommitLedger {
    /// Says under which assignment a message was received.
    struct Epoch: Hashable, Sendable { fileprivate var number: UInt64 }

    /// What a batch moves forward in one partition, once it is accepted.
    struct Mark: Hashable, Sendable {
        var epoch: Epoch
        var position: Int64
    }

    private struct Assignment {
        var epoch: Epoch
        /// The position behind what the store has accepted; nil before the first batch.
        var accepted: Int64?
        /// What the broker has confirmed.
        var committed: Int64?

        var pending: Int64? { accepted == committed ? nil : accepted }
    }

    private var assignments: [TopicPartition: Assignment] = [:]
    /// What was sent and not answered yet. One commit at a time: the next one waits and takes everything with it.
    private var underWay: [TopicPartition: Mark]?
    private var epochs: UInt64 = 0

    var partitions: Set<TopicPartition> { Set(assignments.keys) }

    func epoch(of partition: TopicPartition) -> Epoch? { assignments[partition]?.epoch }

    mutating func assign(_ partitions: [TopicPartition]) {
        for partition in partitions {
            epochs += 1
            assignments[partition] = Assignment(epoch: Epoch(number: epochs))
        }
    }

    /// Forgets the partitions. Answers what had been accepted and not confirmed: the last chance to commit it.
    mutating func revoke(_ partitions: [TopicPartition]) -> [TopicPartition: Int64] {
        var pending: [TopicPartition: Int64] = [:]
        for partition in partitions {
            if let position = assignments.removeValue(forKey: partition)?.pending { pending[partition] = position }
        }
        return pending
    }

    /// A batch was accepted. Marks of another epoch are void.
    mutating func accept(_ marks: [TopicPartition: Mark]) {
        for (partition, mark) in marks where assignments[partition]?.epoch == mark.epoch {
            assignments[partition]?.accepted = mark.position
        }
    }

    /// What to send now; nil while a commit is under way or when all is confirmed.
    mutating func beginCommit() -> [TopicPartition: Int64]? {
        guard underWay == nil else { return nil }
        let pending = assignments.compactMapValues { assignment in
            assignment.pending.map { Mark(epoch: assignment.epoch, position: $0) }
        }
        guard !pending.isEmpty else { return nil }
        underWay = pending
        return pending.mapValues(\.position)
    }

    /// The answer to the commit under way: confirmed for these partitions. The others stay pending.
    mutating func endCommit(confirmed: Set<TopicPartition>) {
        for (partition, mark) in underWay ?? [:]
        where confirmed.contains(partition) && assignments[partition]?.epoch == mark.epoch {
            assignments[partition]?.committed = mark.position
        }
        underWay = nil
    }
}

/// Messages handed over together, in offset order within each partition.
struct Batch: Sendable {
    var messages: [IncomingMessage]
    var marks: [TopicPartition: CommitLedger.Mark]
}
