import ArgumentParser
import Engines
import Fleet
import Foundation
import Settings

struct InfoCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show the version, the engines found, and each setting with where it came from.")

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: [.long, .customShort("b")], help: "Show only the engines.")
    var backends = false

    @Flag(name: [.long, .customShort("c")], help: "Check that the engines work; they always are.")
    var check = false

    func run() async throws {
        let settings = try services.settings()
        let shown = SettingName.allCases.map { name in
            ShownSetting(
                name: name.rawValue,
                value: settings.text(name).map { Secret.isSecret(name.rawValue) ? "****" : Secret.masked($0) },
                origin: settings.origin(of: name)?.description ?? "not set", summary: name.summary)
        }
        let duckdb = await DuckDBFinding.look(configured: settings.text(.duckdb))
        let properties = settings.kafkaProperties.sorted { $0.key < $1.key }
            .map {
                ShownSetting(name: $0.key, value: Secret.isSecret($0.key) ? "****" : $0.value, origin: "", summary: "")
            }
        if output.json {
            try JSONText.show(
                Everything(
                    version: ProgramVersion.text, duckdb: duckdb, settings: shown, kafkaProperties: properties))
            return
        }
        Console.say("quicketl \(ProgramVersion.text)")
        if let path = duckdb.path {
            Console.say("duckdb   \(duckdb.version ?? "") at \(path)")
        } else {
            Console.say("duckdb   not usable: \(duckdb.problem ?? "")")
        }
        Console.say("spark    \(spark)")
        guard !backends else { return }
        Console.say("")
        var table = TextTable(["setting", "value", "from", "what it is"])
        for setting in shown {
            table.add([
                .init(setting.name), .init(setting.value ?? "-"), .init(setting.origin, .grey), .init(setting.summary),
            ])
        }
        table.show()
        for property in properties { Console.say("kafka property \(property.name) = \(property.value ?? "")") }
    }

    /// Starts nothing.
    private var spark: String {
        let settings = SparkSettings()
        switch settings.place {
        case .remote: return "attached to the server of SPARK_REMOTE"
        case .databricks: return "attached to the cluster of DATABRICKS_CLUSTER_ID"
        case .own(let master):
            do {
                return "\(try settings.home()) on master \(master)"
            } catch {
                return "not usable: \(error.message)"
            }
        }
    }

    private struct ShownSetting: Encodable {
        var name: String
        var value: String?
        var origin: String
        var summary: String
    }

    private struct Everything: Encodable {
        var version: String
        var duckdb: DuckDBFinding
        var settings: [ShownSetting]
        var kafkaProperties: [ShownSetting]
    }
}

/// Hides passwords in connection strings and URIs.
enum Secret {
    static func masked(_ text: String) -> String {
        text.replacing(/(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)/.ignoresCase()) { "\($0.output.1)****" }
            .replacing(/(:\/\/[^:@\/\s]*:)[^@\/\s]*@/) { "\($0.output.1)****@" }
    }

    static func isSecret(_ property: String) -> Bool {
        ["password", "secret", "token", "jaas", "key.pem"].contains { property.lowercased().contains($0) }
    }
}
