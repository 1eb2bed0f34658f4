import Foundation
import Testing

@testable import Pipeline

@Suite struct ScheduleTests {
    private func schedule(
        _ text: String, _ zone: String = "UTC", _ catchUp: Schedule.CatchUp = .none
    ) throws -> Schedule {
        Schedule(try CronExpression(text), timeZone: try #require(TimeZone(identifier: zone)), catchUp: catchUp)
    }

    private func moment(_ text: String) throws -> Date { try #require(RFC3339.date(from: text)) }

    private func moments(_ schedule: Schedule, after start: String, _ count: Int) throws -> [String] {
        var from = try moment(start)
        return try (0..<count).map { _ in
            from = try #require(schedule.next(after: from))
            return String((RFC3339.text(of: from) ?? "").prefix(16))
        }
    }

    @Test(arguments: [
        ("30 6 * * *", ["2013-01-02T06:30", "2013-01-03T06:30"]),
        ("*/20 6-7 * * *", ["2013-01-02T06:00", "2013-01-02T06:20"]),
        ("0 0 29 2 *", ["2016-02-29T00:00", "2020-02-29T00:00"]),
        ("0 9 * * mon-fri", ["2013-01-02T09:00", "2013-01-03T09:00", "2013-01-04T09:00", "2013-01-07T09:00"]),
        // Either day will do.
        ("0 0 13 * 5", ["2013-01-04T00:00", "2013-01-11T00:00", "2013-01-13T00:00"]),
        ("0 0 1 jan,jul *", ["2013-07-01T00:00", "2014-01-01T00:00"]),
        ("@hourly", ["2013-01-02T01:00", "2013-01-02T02:00"]),
        ("0 0 * * 7", ["2013-01-06T00:00"]),
    ])
    func momentsFollowTheFields(text: String, expected: [String]) throws {
        #expect(try moments(schedule(text), after: "2013-01-02T00:00:00Z", expected.count) == expected)
    }

    @Test(arguments: [
        "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *",
        "a * * * *", "1,,2 * * * *", "-1 * * * *", "+1 * * * *", "0 0 31 2 *", "1-2-3 * * * *", "*/5/5 * * * *",
    ])
    func whatIsNoScheduleIsRefused(text: String) {
        #expect(throws: CronExpression.Mistake.self) { try CronExpression(text) }
    }

    @Test func theClockOfTheWallDecides() throws {
        let berlin = try schedule("0 6 * * *", "Europe/Berlin")
        #expect(try moments(berlin, after: "2013-01-02T00:00:00Z", 1) == ["2013-01-02T05:00"])
        #expect(try moments(berlin, after: "2013-07-02T00:00:00Z", 1) == ["2013-07-02T04:00"])
        #expect(berlin.localDate(of: try moment("2013-07-01T23:30:00Z")) == "2013-07-02")
    }

    /// In Berlin the hour from 2 to 3 is left out on 2013-03-31 and shown twice on 2013-10-27.
    @Test func eachDayHasItsRunWhenTheClockIsPutForwardOrBack() throws {
        let daily = try schedule("30 2 * * *", "Europe/Berlin")
        #expect(
            try moments(daily, after: "2013-03-29T12:00:00Z", 3)
                == ["2013-03-30T01:30", "2013-03-31T01:00", "2013-04-01T00:30"])
        #expect(
            try moments(daily, after: "2013-10-25T12:00:00Z", 3)
                == ["2013-10-26T00:30", "2013-10-27T00:30", "2013-10-28T01:30"])
        let hourly = try schedule("30 * * * *", "Europe/Berlin")
        #expect(
            try moments(hourly, after: "2013-10-26T23:45:00Z", 3)
                == ["2013-10-27T00:30", "2013-10-27T01:30", "2013-10-27T02:30"])
    }

    @Test func whatWasMissedIsCaughtUpAsAsked() throws {
        let (last, now) = (try moment("2013-01-02T06:00:00Z"), try moment("2013-01-05T06:00:30Z"))
        func due(_ catchUp: Schedule.CatchUp, _ now: Date) throws -> [String] {
            try schedule("0 6 * * *", "UTC", catchUp).due(after: last, now: now).map {
                String((RFC3339.text(of: $0) ?? "").prefix(10))
            }
        }
        #expect(try due(.none, now) == ["2013-01-05"])
        #expect(try due(.latest, now) == ["2013-01-05"])
        #expect(try due(.all, now) == ["2013-01-03", "2013-01-04", "2013-01-05"])
        let later = now.addingTimeInterval(3_600)
        #expect(try due(.none, later) == [])
        #expect(try due(.latest, later) == ["2013-01-05"])
        #expect(try due(.all, last) == [])
    }

    @Test func catchingUpHasALimit() throws {
        let minutely = try schedule("* * * * *", "UTC", .all)
        let now = try moment("2013-01-05T00:00:00Z")
        let due = minutely.due(after: try moment("2013-01-01T00:00:00Z"), now: now)
        #expect(due.count == Schedule.missedLimit)
        #expect(due.last == now)
    }
}
