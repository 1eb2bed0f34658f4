public import Foundation

/// When a trigger of the clock is due: a cron expression by the clock of a time zone.
public struct Schedule: Sendable {
    /// What becomes of moments that passed while no trigger process ran.
    public enum CatchUp: String, Sendable, CaseIterable {
        /// They are left out.
        case none
        /// The latest of them.
        case latest
        /// All of them, the oldest first, at most `Schedule.missedLimit`.
        case all
    }

    public var expression: CronExpression
    public var timeZone: TimeZone
    public var catchUp: CatchUp

    public static let missedLimit = 1_000
    /// A moment that passed not longer ago was not missed: somebody is only late.
    public static let lateness: TimeInterval = 60
    /// Nobody catches up with more than a year and a month.
    private static let reach: TimeInterval = 400 * 86_400
    /// Nothing is looked for further ahead: `0 0 29 2 *` has eight years between two moments at most.
    private static let horizon: TimeInterval = 9 * 366 * 86_400

    init(_ expression: CronExpression, timeZone: TimeZone, catchUp: CatchUp = .none) {
        self.expression = expression
        self.timeZone = timeZone
        self.catchUp = catchUp
    }

    /// The first moment after `moment`, a whole minute.
    ///
    /// A time of day that the clock of the wall leaves out (it is put forward) is due at once after the gap; one that it
    /// shows twice is due the first time only. Where every hour is meant, each minute counts as it passes.
    public func next(after moment: Date) -> Date? {
        let limit = moment.timeIntervalSince1970 + Self.horizon
        var seconds = (moment.timeIntervalSince1970 / 60).rounded(.down) * 60 + 60
        while seconds < limit {
            let offset = self.offset(at: seconds)
            let local = LocalMinute(seconds: seconds + offset)
            if isDue(local, seconds, offset) { return Date(timeIntervalSince1970: seconds) }
            if expression.holds(month: local.month, day: local.day, weekday: local.weekday) {
                seconds += 60
            } else {
                // To the end of the local day, but not over a change of the offset.
                let jump = Double(1_440 - local.minuteOfDay) * 60
                seconds += self.offset(at: seconds + jump) == offset ? jump : 60
            }
        }
        return nil
    }

    /// Moments after `last` up to `now` for which a run is to be started, the oldest first.
    public func due(after last: Date, now: Date) -> [Date] {
        var due: [Date] = []
        var from = last
        // What would not be used need not be counted: without catching up only the latest minutes matter.
        let reach = catchUp == .none ? Self.lateness + 1 : Self.reach
        from = max(from, now.addingTimeInterval(-reach))
        while let moment = next(after: from), moment <= now {
            due.append(moment)
            if due.count > Self.missedLimit { due.removeFirst() }
            from = moment
        }
        switch catchUp {
        case .all: return due
        case .latest: return due.suffix(1)
        case .none: return due.filter { now.timeIntervalSince($0) <= Self.lateness }
        }
    }

    private func offset(at seconds: Double) -> Double {
        Double(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: seconds)))
    }

    private func isDue(_ local: LocalMinute, _ seconds: Double, _ offset: Double) -> Bool {
        if isMatch(local) {
            guard !expression.isEveryHour else { return true }
            // Shown before, three hours ago at most, when the offset was larger?
            let before = self.offset(at: seconds - 3 * 3_600)
            guard before > offset else { return true }
            return self.offset(at: seconds - (before - offset)) != before
        }
        guard !expression.isEveryHour else { return false }
        let before = self.offset(at: seconds - 60)
        guard offset > before else { return false }
        // The minutes that the clock has just left out.
        return stride(from: seconds + before, to: seconds + offset, by: 60).contains {
            isMatch(LocalMinute(seconds: $0))
        }
    }

    private func isMatch(_ local: LocalMinute) -> Bool {
        expression.minutes.contains(local.minuteOfDay % 60) && expression.hours.contains(local.minuteOfDay / 60)
            && expression.holds(month: local.month, day: local.day, weekday: local.weekday)
    }

    /// What the clock of the wall shows at a moment.
    public func localDate(of moment: Date) -> String {
        let text = RFC3339.text(of: moment.addingTimeInterval(offset(at: moment.timeIntervalSince1970))) ?? ""
        return String(text.prefix(10))
    }
}

/// A minute on the clock of the wall.
private struct LocalMinute {
    var month: Int
    var day: Int
    /// 0 is Sunday.
    var weekday: Int
    var minuteOfDay: Int

    /// Since 1970 by the local clock.
    init(seconds: Double) {
        let minutes = Int((seconds / 60).rounded(.down))
        let days = Int((Double(minutes) / 1_440).rounded(.down))
        minuteOfDay = minutes - days * 1_440
        // 1970-01-01 was a Thursday.
        weekday = ((days + 4) % 7 + 7) % 7
        (_, month, day) = RFC3339.civil(fromDays: days)
    }
}
