import ArgumentParser
import Foundation
import Store

struct DeadShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One dead letter whole: why, where it stood, and the message.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The letter's number.")
    var letter: Int64

    func run() async throws {
        let settings = try services.settings()
        let wanted = letter
        let letter = try await Services.withStore(of: settings) { try await LetterLookup.find(wanted, in: $0) }
        let shown = ShownLetter.whole(letter)
        if output.json { return try JSONText.show(shown) }
        Console.say("letter      \(letter.id)")
        Console.say("stood at    \(letter.place)")
        Console.say("reason      \(Console.coloured(letter.reason, .red))")
        Console.say("received    \(Moment.shown(letter.receivedAt))")
        if letter.replayedAt != nil { Console.say("sent again  \(Moment.shown(letter.replayedAt))") }
        if let key = shown.key { Console.say("key         \(key)") }
        Console.say("detail      \(letter.detail)")
        Console.say("\nmessage, \(letter.payload.count) bytes\(shown.payload == nil ? ", in Base64" : ""):")
        Console.say(shown.payload ?? shown.payloadBase64 ?? "")
    }
}
