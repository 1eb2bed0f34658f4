import ArgumentParser
import Store

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the store's schema up to date; safe to repeat.",
        discussion: """
            With --roles also makes the roles quicketl_owner, quicketl_worker and quicketl_reader, and gives each what it
            needs and no more; that takes a user who may make roles. Grant them to the users that your workers,
            submitters and readers log in with: GRANT quicketl_reader TO alice.
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Flag(help: "Also make the roles and give them their rights; repeat it after each update.")
    var roles = false

    func run() async throws {
        let settings = try services.settings()
        let wantsRoles = roles
        let applied = try await Services.withStore(of: settings) { store in
            let applied = try await store.migrate()
            if wantsRoles { try await store.grantRoles() }
            return applied
        }
        if output.json { return try JSONText.show(["applied": applied]) }
        for migration in applied { Console.say("applied \(migration)") }
        if applied.isEmpty { Console.say("the schema is up to date") }
    }
}
