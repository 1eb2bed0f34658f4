import Testing

@testable import Queue

@Suite struct CommitLedgerTests {
    private let p0 = TopicPartition(topic: "t", partition: 0)
    private let p1 = TopicPartition(topic: "t", partition: 1)

    private func mark(_ ledger: CommitLedger, _ partition: TopicPartition, _ position: Int64) throws
        -> CommitLedger.Mark
    {
        CommitLedger.Mark(epoch: try #require(ledger.epoch(of: partition)), position: position)
    }

    @Test("nothing is committed before it is accepted")
    func nothingAtFirst() {
        var ledger = CommitLedger()
        ledger.assign([p0])
        #expect(ledger.beginCommit() == nil)
    }

    @Test("commits go one at a time, and the next takes along what was accepted meanwhile")
    func oneAtATime() throws {
        var ledger = CommitLedger()
        ledger.assign([p0, p1])
        ledger.accept([p0: try mark(ledger, p0, 5)])
        #expect(ledger.beginCommit() == [p0: 5])
        ledger.accept([p0: try mark(ledger, p0, 8), p1: try mark(ledger, p1, 2)])
        #expect(ledger.beginCommit() == nil)
        ledger.endCommit(confirmed: [p0])
        #expect(ledger.beginCommit() == [p0: 8, p1: 2])
        ledger.endCommit(confirmed: [p0, p1])
        #expect(ledger.beginCommit() == nil)
    }

    @Test("a commit that failed is tried again")
    func failedCommit() throws {
        var ledger = CommitLedger()
        ledger.assign([p0, p1])
        ledger.accept([p0: try mark(ledger, p0, 5), p1: try mark(ledger, p1, 3)])
        _ = ledger.beginCommit()
        ledger.endCommit(confirmed: [p1])
        #expect(ledger.beginCommit() == [p0: 5])
    }

    @Test("revoking answers what is accepted and not confirmed, a commit under way included")
    func revoking() throws {
        var ledger = CommitLedger()
        ledger.assign([p0, p1])
        ledger.accept([p0: try mark(ledger, p0, 5), p1: try mark(ledger, p1, 3)])
        _ = ledger.beginCommit()
        #expect(ledger.revoke([p0, p1]) == [p0: 5, p1: 3])
        #expect(ledger.revoke([p0]) == [:])
        #expect(ledger.partitions.isEmpty)
    }

    @Test("what was received under an earlier assignment is never committed")
    func lateAccept() throws {
        var ledger = CommitLedger()
        ledger.assign([p0])
        let old = try mark(ledger, p0, 9)
        _ = ledger.revoke([p0])
        ledger.accept([p0: old])
        #expect(ledger.beginCommit() == nil)
        ledger.assign([p0])
        ledger.accept([p0: old])
        #expect(ledger.beginCommit() == nil)
    }

    @Test("a confirmation that comes after a new assignment does not count for it")
    func lateConfirmation() throws {
        var ledger = CommitLedger()
        ledger.assign([p0])
        ledger.accept([p0: try mark(ledger, p0, 5)])
        _ = ledger.beginCommit()
        _ = ledger.revoke([p0])
        ledger.assign([p0])
        ledger.accept([p0: try mark(ledger, p0, 5)])
        ledger.endCommit(confirmed: [p0])
        #expect(ledger.beginCommit() == [p0: 5])
    }

    @Test("a log that begins anew may set a position back")
    func backwards() throws {
        var ledger = CommitLedger()
        ledger.assign([p0])
        ledger.accept([p0: try mark(ledger, p0, 100)])
        _ = ledger.beginCommit()
        ledger.endCommit(confirmed: [p0])
        ledger.accept([p0: try mark(ledger, p0, 1)])
        #expect(ledger.beginCommit() == [p0: 1])
    }
}
