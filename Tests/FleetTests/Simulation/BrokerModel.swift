import Fleet
import Foundation
import Pipeline

/// Partitions with their logs, and a consumer group.
struct BrokerModel {
    struct Assignment {
        var process: Int
        var epoch: Int
    }

    struct Message {
        var payload: Data
        /// nil: it cannot be read.
        var run: RunID?
    }

    static let partitions = 2
    var logs: [[Message]] = Array(repeating: [], count: partitions)
    var committed = Array(repeating: 0, count: partitions)
    var members: [Int] = []
    var assignments: [Assignment?] = Array(repeating: nil, count: partitions)
    var epoch = 0

    /// Hands every partition out anew.
    mutating func rebalance(_ dice: inout Dice) {
        epoch += 1
        for partition in assignments.indices {
            assignments[partition] = members.isEmpty ? nil : Assignment(process: dice.pick(members), epoch: epoch)
        }
    }

    /// As if it had been started anew without a disk.
    mutating func loseEverything() {
        logs = Array(repeating: [], count: Self.partitions)
        committed = Array(repeating: 0, count: Self.partitions)
    }
}

/// The consuming side: at least once, in order within a partition, and never committed before it was accepted.
struct SimulatedStream: RequestStream {
    let world: World
    let process: SimulatedProcess

    private struct Position {
        var epoch: Int
        var next: Int
    }

    func consume(_ accept: @escaping @Sendable ([IncomingMessage]) async throws -> Void) async throws {
        world.join(process)
        defer { world.leave(process) }
        var positions: [Int: Position] = [:]
        while !Task.isCancelled {
            let batch = poll(&positions)
            guard !batch.isEmpty else {
                try await process.sleep(world.schedule.dice.time(200...500))
                continue
            }
            if world.variant == .commitsBeforeAccept { commit(positions) }
            world.moment("batch of \(batch.count) received", process)
            try await accept(batch)
            world.moment("batch of \(batch.count) accepted", process)
            try await process.stay(world.schedule.dice.time(0...3))
            commit(positions)
        }
    }

    private func poll(_ positions: inout [Int: Position]) -> [IncomingMessage] {
        guard process.isAlive, !process.isCutOff else { return [] }
        var batch: [IncomingMessage] = []
        for partition in 0..<BrokerModel.partitions {
            guard let assignment = world.broker.assignments[partition], assignment.process == process.number else {
                positions[partition] = nil
                continue
            }
            let log = world.broker.logs[partition]
            var next = world.broker.committed[partition]
            if let known = positions[partition], known.epoch == assignment.epoch, known.next <= log.count {
                next = known.next
            }
            // Again from the last commit, now and then: delivered twice.
            if world.hasFaults, world.schedule.dice.chance(0.05) {
                if next != world.broker.committed[partition] { world.happened(.deliveredTwice) }
                next = world.broker.committed[partition]
            }
            for offset in min(next, log.count)..<log.count {
                batch.append(
                    IncomingMessage(
                        topic: "runs", partition: Int32(partition), offset: Int64(offset), payload: log[offset].payload)
                )
            }
            positions[partition] = Position(epoch: assignment.epoch, next: log.count)
        }
        return batch
    }

    private func commit(_ positions: [Int: Position]) {
        guard process.isAlive, !process.isCutOff else { return }
        for (partition, position) in positions.sorted(by: { $0.key < $1.key }) {
            // A commit that is lost is made up for by the next one.
            if world.hasFaults, world.schedule.dice.chance(0.1) { continue }
            guard world.broker.assignments[partition]?.epoch == position.epoch,
                position.next <= world.broker.logs[partition].count
            else { continue }
            world.broker.committed[partition] = max(world.broker.committed[partition], position.next)
            world.watch.committed(world, partition)
        }
    }
}

struct SimulatedSinkOfLetters: RequestSink {
    func publish(_ request: RunRequest) async throws {}
    func publish(_ workflow: WorkflowRequest) async throws {}
    func publish(_ letter: DeadLetter) async throws {}
}
