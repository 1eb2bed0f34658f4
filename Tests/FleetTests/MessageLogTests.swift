import Foundation
import Testing

@testable import Fleet

@Suite struct MessageLogTests {
    private let moment = Date(timeIntervalSince1970: 1_700_000_000)

    private func log(_ progress: AttemptProgress...) -> MessageLog {
        var log = MessageLog()
        for one in progress { log.note(one, at: moment) }
        return log
    }

    @Test func phasesTheirTenthsAndWordsAreNotedOnce() {
        let log = log(
            AttemptProgress(phase: "execute"), AttemptProgress(phase: "execute", fraction: 0.05),
            AttemptProgress(phase: "execute", fraction: 0.31), AttemptProgress(phase: "execute", fraction: 0.33),
            AttemptProgress(phase: "execute", said: .init(.warning, "line\n\u{1b}[0m two")),
            AttemptProgress(phase: "check"))
        #expect(log.unsent.map(\.text) == ["execute", "execute 30 %", "line  [0m two", "check"])
        #expect(log.unsent.map(\.level) == [.progress, .progress, .warning, .progress])
        #expect(log.unsent.map(\.ordinal) == [1, 2, 3, 4])
        #expect(log.hasWords)
    }

    @Test func whatHasArrivedIsNotSentAgain() {
        var log = log(AttemptProgress(phase: "execute", said: .init(.info, "a")))
        log.sent(upTo: 1)
        #expect(log.unsent.map(\.text) == ["a"])
        log.sent(upTo: 2)
        #expect(log.unsent.isEmpty && !log.hasWords)
        log.note(AttemptProgress(phase: "check"), at: moment)
        #expect(log.unsent.map(\.ordinal) == [3])
        #expect(!log.hasWords)
    }

    @Test func anAttemptThatSaysTooMuchIsToldSoOnce() {
        var log = MessageLog()
        for number in 0..<1000 {
            log.note(AttemptProgress(phase: "execute", said: .init(.info, "\(number)")), at: moment)
        }
        #expect(log.unsent.count == MessageLog.limit)
        #expect(log.unsent.last?.text == "further messages are left out")
        #expect(log.unsent.last?.level == .warning)
    }

    @Test func aLongTextIsCutBetweenLetters() {
        let text = AttemptMessage(ordinal: 1, at: moment, level: .info, text: String(repeating: "ü", count: 400)).text
        #expect(text.utf8.count <= AttemptMessage.textLimit)
        #expect(text.hasSuffix("ü…"))
    }
}
