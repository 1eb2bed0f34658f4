import Synchronization
import Testing

@testable import Fleet

@Suite(.timeLimit(.minutes(1))) struct FairShareTests {
    private func until(_ condition: () -> Bool) async { while !condition() { await Task.yield() } }

    @Test func whatFitsIsTakenAtOnceAndWhatDoesNotWaits() async throws {
        let share = FairShare(100)
        let first = try await share.acquire(60)
        async let second = share.acquire(60)
        await until { share.waitingCount == 1 }
        #expect(share.used == 60)
        share.release(first)
        share.release(try await second)
        #expect(share.used == 0)
    }

    @Test func aRunLargerThanAllRunsAlone() async throws {
        let share = FairShare(100)
        let small = try await share.acquire(10)
        async let large = share.acquire(1000)
        await until { share.waitingCount == 1 }
        share.release(small)
        let taken = try await large
        #expect(taken == 100)
        async let next = share.acquire(1)
        await until { share.waitingCount == 1 }
        share.release(taken)
        share.release(try await next)
    }

    @Test func aStreamOfSmallRunsDoesNotKeepALargeOneWaiting() async throws {
        let share = FairShare(100)
        let order = Noted<[String]>([])
        let running = try await share.acquire(50)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Nobody cancels.
                guard let taken = try? await share.acquire(90) else { return }
                order.change { $0.append("large") }
                share.release(taken)
            }
            await until { share.waitingCount == 1 }
            // Would fit beside what runs, but came later.
            for _ in 0..<20 {
                group.addTask {
                    guard let taken = try? await share.acquire(10) else { return }
                    order.change { $0.append("small") }
                    share.release(taken)
                }
            }
            await until { share.waitingCount == 21 }
            share.release(running)
        }
        #expect(order.value.first == "large")
        #expect(order.value.count == 21)
        #expect(share.used == 0)
    }

    @Test func aCancelledWaiterTakesNothingAndHoldsNobodyUp() async throws {
        let share = FairShare(100)
        let running = try await share.acquire(50)
        let large = Task { try await share.acquire(90) }
        await until { share.waitingCount == 1 }
        async let small = share.acquire(40)
        await until { share.waitingCount == 2 }
        large.cancel()
        await #expect(throws: CancellationError.self) { try await large.value }
        share.release(try await small)
        share.release(running)
        #expect(share.used == 0 && share.waitingCount == 0)
    }

    @Test func neverMoreThanThereIsIsTaken() async {
        let seed = UInt64.random(in: 1...1_000_000)
        let share = FairShare(100)
        let held = Noted<(now: Int64, most: Int64)>((0, 0))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    var generator = Seeded(seed: seed &+ UInt64(number))
                    let task = Task { try await share.acquire(.random(in: 1...120, using: &generator)) }
                    if number.isMultiple(of: 7) { task.cancel() }
                    // A cancelled one has taken nothing.
                    guard let taken = try? await task.value else { return }
                    held.change { $0 = ($0.now + taken, max($0.most, $0.now + taken)) }
                    await Task.yield()
                    held.change { $0.now -= taken }
                    share.release(taken)
                }
            }
        }
        #expect(held.value.most <= 100, "seed \(seed)")
        #expect(share.used == 0, "seed \(seed)")
    }
}

/// Something that several tasks write down.
private final class Noted<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock(\.self) }

    func change(_ body: (inout Value) -> Void) { state.withLock { body(&$0) } }
}
