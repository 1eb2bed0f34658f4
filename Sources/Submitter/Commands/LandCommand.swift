import ArgumentParser
import Fleet
import Foundation
import Pipeline
import Queue
import Settings

struct LandCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "land",
        abstract: "Say that data has landed: publish a landing by hand.",
        discussion: """
            Triggers make of it what they would make of a notification. The same place with the same revision is the
            same landing: saying it again starts nothing. Without --revision, a file of this machine has the revision
            that its content gives it, and anything else a new one each time.
            """)

    @Argument(help: ArgumentHelp("Where: a URI, or the path of a file.", valueName: "uri"), completion: .file())
    var uri: String

    @Option(help: ArgumentHelp("Tells this landing from others at the same place.", valueName: "text"))
    var revision: String?

    @Option(help: ArgumentHelp("Bytes; of a file of this machine its own.", valueName: "bytes"))
    var size: Int64?

    @Flag(help: "A dataset has landed, as runs say of what they have written.")
    var dataset = false

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let size, size < 0 { throw ValidationError("--size must not be less than nothing") }
        if let revision, revision.isEmpty || revision.utf8.count > LandingLimits.revisionBytes {
            throw ValidationError("--revision must have 1 to \(LandingLimits.revisionBytes) bytes")
        }
        if uri.isEmpty || uri.utf8.count > LandingLimits.uriBytes {
            throw ValidationError("the URI must have 1 to \(LandingLimits.uriBytes) bytes")
        }
    }

    func run() async throws {
        let settings = try services.settings()
        guard let kafka = KafkaSettings(of: settings, clientID: "quicketl-land") else {
            throw Stop(
                .wrongUse, "no brokers are known here; give --kafka or QUICKETL_KAFKA, or start \"quicketl dev\"")
        }
        let landing = landing
        do {
            _ = try LandingMessage.decode(landing.encoded())
        } catch {
            throw Stop(.failed, "\(uri) can't be announced: \(error.detail)")
        }
        let sink = try KafkaRequestSink(settings: kafka, logger: Services.logger)
        do {
            try await Interrupt.ends { try await sink.publish(landing) }
        } catch {
            await sink.close()
            throw error
        }
        await sink.close()
        if output.json {
            try JSONText.show(Landed(uri: landing.uri, revision: landing.revision, kind: landing.kind.rawValue))
        } else {
            Console.say("\(landing.uri)  (\(landing.revision))")
        }
    }

    private var landing: Landing {
        let place =
            uri.contains("://") ? uri : ResolvedPath.absolute(uri, in: FileManager.default.currentDirectoryPath)
        var landing = Landing(
            kind: dataset ? .dataset : .file, uri: place, revision: UUID().uuidString.lowercased(), landedAt: Date())
        if !dataset, landing.uri.hasPrefix("/"), let file = Landing.file(at: landing.uri) { landing = file }
        if let revision { landing.revision = revision }
        landing.size = size ?? landing.size
        return landing
    }

    private struct Landed: Encodable {
        var uri: String
        var revision: String
        var kind: String
    }
}
