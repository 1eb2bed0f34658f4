import ArgumentParser
import Foundation
import Store

struct DeadListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "The latest dead letters first.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "How many at most.")
    var limit = 50

    @Flag(help: "Those that were sent again as well.")
    var all = false

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be between 1 and 10000") }
    }

    func run() async throws {
        let settings = try services.settings()
        let (limit, all) = (limit, all)
        let letters = try await Services.withStore(of: settings) {
            try await $0.history.listDeadLetters(limit: limit, includingReplayed: all)
        }
        if output.json { return try JSONText.show(["dead_letters": letters.map(ShownLetter.init)]) }
        guard !letters.isEmpty else { return Console.note("no dead letters") }
        var table = TextTable(["letter", "stood at", "reason", "received", "sent again", "bytes", "detail"])
        for letter in letters {
            table.add([
                .init(String(letter.id), isNumber: true), .init(letter.place), .init(letter.reason, .red),
                .init(Moment.shown(letter.receivedAt)), .init(Moment.shown(letter.replayedAt)),
                .init(Amount.count(Int64(letter.payload.count)), isNumber: true),
                .init(ShownLetter.line(letter.detail)),
            ])
        }
        table.show()
    }
}

/// A letter as `--json` shows it; its payload only when it is asked for alone.
struct ShownLetter: Encodable {
    var id: Int64
    var topic: String
    var partition: Int
    var offset: Int64
    var reason: String
    var detail: String
    var key: String?
    var payloadBytes: Int
    var receivedAt: Date
    var replayedAt: Date?
    /// One of the two: text where the payload is UTF-8.
    var payload: String?
    var payloadBase64: String?

    init(_ letter: DeadLetterSummary) {
        id = letter.id
        topic = letter.topic
        partition = letter.partition
        offset = letter.offset
        reason = letter.reason
        detail = letter.detail
        key = letter.key.map { String(decoding: $0, as: UTF8.self) }
        payloadBytes = letter.payload.count
        receivedAt = letter.receivedAt
        replayedAt = letter.replayedAt
    }

    static func whole(_ letter: DeadLetterSummary) -> ShownLetter {
        var shown = ShownLetter(letter)
        shown.payload = String(validating: letter.payload, as: UTF8.self)
        if shown.payload == nil { shown.payloadBase64 = letter.payload.base64EncodedString() }
        return shown
    }

    /// The first line, within limits.
    static func line(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return line.count > 100 ? line.prefix(99) + "…" : line
    }
}
