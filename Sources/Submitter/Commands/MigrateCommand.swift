import ArgumentParser
import Store

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the store's schema up to date; safe to repeat.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let settings = try services.settings()
        let applied = try await Services.withStore(of: settings) { try await $0.migrate() }
        if output.json { return try JSONText.show(["applied": applied]) }
        for migration in applied { Console.say("applied \(migration)") }
        if applied.isEmpty { Console.say("the schema is up to date") }
    }
}
