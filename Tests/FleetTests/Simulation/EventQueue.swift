/// What is to happen when: the earliest first, and of equal times the one that was asked for first.
struct EventQueue {
    struct Event {
        var time: Int64
        fileprivate var order: Int
        var action: () -> Void
    }

    /// A heap.
    private var events: [Event] = []
    private var nextOrder = 0

    mutating func insert(at time: Int64, _ action: @escaping () -> Void) {
        events.append(Event(time: time, order: nextOrder, action: action))
        nextOrder += 1
        var child = events.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            events.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> Event? {
        guard let last = events.indices.last else { return nil }
        events.swapAt(0, last)
        let first = events.removeLast()
        var parent = 0
        while true {
            let (left, right) = (2 * parent + 1, 2 * parent + 2)
            var least = parent
            if left < last, isBefore(left, least) { least = left }
            if right < last, isBefore(right, least) { least = right }
            if least == parent { return first }
            events.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (one, other) = (events[left].time, events[right].time)
        return one == other ? events[left].order < events[right].order : one < other
    }
}
