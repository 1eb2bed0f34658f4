public import Foundation
public import Pipeline

/// What triggers need to remember, as the trigger process sees it. Errors conform to `TransientError`.
public protocol TriggerStore: Sendable {
    /// Adds landings to the open groups that they belong to, each landing once for all time; makes a group due, or puts
    /// off when it will be. Durable when it returns. Repeated: nothing changes.
    func join(_ landings: [GroupedLanding]) async throws
    /// Closes groups that are due, so that later landings begin new ones, and answers closed groups until they are
    /// removed: at least once each, perhaps to several processes.
    func takeDueGroups(of triggers: [String], limit: Int) async throws -> [DueGroup]
    /// Forgets groups whose runs are on record. Repeated: nothing changes.
    func removeGroups(_ groups: [UUID]) async throws
    /// The time until the next open group is due; nil when none has a time.
    func timeUntilDue(of triggers: [String]) async throws -> Duration?
    /// The moment up to which each schedule has been carried out; `start` for one that is new.
    func schedules(_ triggers: [String], start: Date) async throws -> [String: Date]
    /// Never goes back.
    func advanceSchedule(_ trigger: String, to moment: Date) async throws
}

/// A landing that waits for others of its group.
public struct GroupedLanding: Sendable {
    public var trigger: String
    public var entry: GroupEntry

    public init(trigger: String, entry: GroupEntry) {
        self.trigger = trigger
        self.entry = entry
    }
}

/// A group that waits no longer.
public struct DueGroup: Sendable {
    /// Drawn with its first landing: the identity of its run.
    public var id: UUID
    public var trigger: String
    public var captures: [String: String]

    public init(id: UUID, trigger: String, captures: [String: String]) {
        self.id = id
        self.trigger = trigger
        self.captures = captures
    }
}
