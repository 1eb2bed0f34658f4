import Foundation
import Pipeline
import Testing

@Suite struct RFC3339Tests {
    @Test(
        "a moment is written in UTC to the millisecond",
        arguments: [
            (0.0, "1970-01-01T00:00:00.000Z"), (1_357_021_800.25, "2013-01-01T06:30:00.250Z"),
            (951_782_399.9996, "2000-02-29T00:00:00.000Z"), (-0.001, "1969-12-31T23:59:59.999Z"),
            (-62_135_596_800, "0001-01-01T00:00:00.000Z"), (253_402_300_799.999, "9999-12-31T23:59:59.999Z"),
        ])
    func written(seconds: Double, text: String) {
        #expect(RFC3339.text(of: Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test(
        "a moment outside the years 1 to 9999 has no text",
        arguments: [-62_135_596_801.0, 253_402_300_800, .infinity, .nan])
    func outside(seconds: Double) {
        #expect(RFC3339.text(of: Date(timeIntervalSince1970: seconds)) == nil)
    }

    @Test(
        "offsets and fractions are understood",
        arguments: [
            ("2013-01-01T06:30:00Z", 1_357_021_800.0), ("2013-01-01t06:30:00z", 1_357_021_800),
            ("2013-01-01T07:30:00+01:00", 1_357_021_800), ("2012-12-31T22:00:00-08:30", 1_357_021_800),
            ("2013-01-01T06:30:00.25Z", 1_357_021_800.25), ("2013-01-01T06:30:00.123456789Z", 1_357_021_800.123456),
            ("2000-02-29T00:00:00Z", 951_782_400),
        ])
    func read(text: String, seconds: Double) {
        #expect(RFC3339.date(from: text) == Date(timeIntervalSince1970: seconds))
    }

    @Test(
        "what is no time of day of the calendar is refused",
        arguments: [
            "", "2013-01-01", "2013-01-01T06:30:00", "2013-01-01 06:30:00Z", "2013-13-01T06:30:00Z",
            "2013-02-29T06:30:00Z", "1900-02-29T06:30:00Z", "2013-01-00T06:30:00Z", "2013-01-01T24:00:00Z",
            "2013-01-01T06:60:00Z", "2013-01-01T06:30:60Z", "2013-01-01T06:30:00.Z", "2013-01-01T06:30:00.1234567890Z",
            "2013-01-01T06:30:00+1:00", "2013-01-01T06:30:00+24:00", "2013-01-01T06:30:00ZZ", "0000-01-01T00:00:00Z",
            "+013-01-01T06:30:00Z", "0001-01-01T00:00:00+00:01", "２013-01-01T06:30:00Z",
        ])
    func refused(text: String) {
        #expect(RFC3339.date(from: text) == nil)
    }

    @Test("a moment that was written is read back")
    func roundTrip() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        for step in 0..<2_000 {
            // Some thousand moments over all years, whichever way the seed falls.
            let milliseconds = Int64((seed &+ UInt64(step) &* 0x9E37_79B9_7F4A_7C15) % 253_402_300_799_999)
            let moment = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            let text = RFC3339.text(of: moment)
            #expect(text.flatMap { RFC3339.date(from: $0) } == moment, "seed \(seed), step \(step)")
        }
    }
}
