/// What an estimate may still look at, over all sources.
struct ListingBudget: Sendable {
    /// Names in folders.
    private(set) var entriesLeft: Int
    /// Names beyond those that are only counted, in a folder that is open anyway.
    private(set) var countedLeft: Int
    let deadline: ContinuousClock.Instant
    private(set) var entries = 0
    private(set) var footers = 0
    private(set) var isOutOfTime = false

    init(entries: Int, deadline: ContinuousClock.Instant) {
        entriesLeft = entries
        countedLeft = entries * 9
        self.deadline = deadline
    }

    var isSpent: Bool { entriesLeft <= 0 || isOutOfTime }

    mutating func takeEntry() {
        entriesLeft -= 1
        entries += 1
        if entries.isMultiple(of: 64) { lookAtClock() }
    }

    /// False: no more of them.
    mutating func takeCounted() -> Bool {
        guard countedLeft > 0, !isOutOfTime else { return false }
        countedLeft -= 1
        if countedLeft.isMultiple(of: 1_024) { lookAtClock() }
        return true
    }

    mutating func takeFooter() {
        footers += 1
        lookAtClock()
    }

    private mutating func lookAtClock() { isOutOfTime = isOutOfTime || ContinuousClock.now >= deadline }

    /// The part of it that one of so many sources may use, so that the first does not use it all.
    func share(of sources: Int) -> ListingBudget {
        var part = self
        part.entriesLeft = max(1, entriesLeft / max(1, sources))
        part.countedLeft = countedLeft / max(1, sources)
        (part.entries, part.footers) = (0, 0)
        return part
    }

    mutating func note(_ used: ListingBudget, of share: ListingBudget) {
        entriesLeft -= share.entriesLeft - used.entriesLeft
        countedLeft -= share.countedLeft - used.countedLeft
        entries += used.entries
        footers += used.footers
        lookAtClock()
    }
}
