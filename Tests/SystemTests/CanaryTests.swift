import Foundation
import Support
import Testing

/// Secrets in every place that can hold one, searched for in everything that is kept, sent or shown.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CanaryTests {
    /// Each begins alike, so that one search finds them all; none is a name of anything.
    private enum Canary {
        static let mark = "Kanari3n"
        static let environment = mark + "-environment"
        static let file = mark + "-file"
        static let unnamed = mark + "-unnamed"
        static let variable = mark + "-variable"
        static let written = mark + "-written"
        static let row = mark + "-row"
        static let token = mark + "-token"
        static let unreachable = mark + "-unreachable"
    }

    /// Not secret: what the search has to find in each of the places, or it could not find a canary there.
    private static let known = "kn0wn_thing"

    /// Where the search does not look: it is full of them.
    private static let rows = "in/data/rows.csv"

    private static func load(
        _ name: String, _ connection: String, table: String = "orders", from file: String = "in.csv"
    )
        -> String
    {
        """
        name: \(name)
        source: {type: file, path: \(file)}
        sink: {type: database, connection: "\(connection)", table: \(table)}
        """
    }

    @Test func noSecretIsKeptSentOrShownAnywhere() async throws {
        let folder = try TemporaryFolder()
        let secrets = try TemporaryFolder()
        try folder.write("id,name\n1,ada\n2,bob\n", to: "in.csv")
        // Values that no database and no cast takes.
        try folder.write("id,name\n7,\(Canary.row)\n8,\(Canary.row)\n", to: Self.rows)
        let elsewhere = try TemporaryFolder()
        let ear = try EventEar()
        defer { ear.close() }
        let environment = [
            "QUICKETL_SECRETS_DIRECTORY": secrets.path, "QUICKETL_SECRET_INNER": Canary.environment,
            "SHOP_PASSWORD": Canary.unnamed, "QUICKETL_LINEAGE_URL": "http://127.0.0.1:\(ear.port)/",
            "QUICKETL_LINEAGE_TOKEN": Canary.token,
        ]
        try await TemporaryFleet.run(in: folder, environment: environment) { fleet in
            let store = try #require(try fleet.setting("QUICKETL_STORE"))
            let wanted = "SELECT count(*) AS n FROM event_delivery WHERE wanted_until > now()"
            while try await fleet.native(wanted, store).contains("0") {}
            let place = store.replacing("postgresql://quicketl@", with: "")
            try secrets.write("postgresql://quicketl:\(Canary.file)@\(place)\n", to: "WAREHOUSE")
            try secrets.write("postgresql://nobody:\(Canary.unreachable)@127.0.0.1:1/x\n", to: "NOWHERE")
            _ = try await fleet.native("CREATE TABLE strict (id bigint, name text PRIMARY KEY)", store)

            let inner = "postgresql://quicketl:${secret:INNER}@\(place)"
            let cast = """
                name: cast
                source: {type: file, path: \(Self.rows)}
                transforms:
                - {op: cast, columns: {name: int64}}
                sink: {type: file, path: out.parquet}
                """
            // What it is, what becomes of it; nil: it is not even taken in.
            let trials: [(name: String, yaml: String, arguments: [String], state: String?)] = [
                (Self.known, Self.load(Self.known, "${secret:WAREHOUSE}"), [], "succeeded"),
                ("inner", Self.load("inner", inner), [], "succeeded"),
                ("nowhere", Self.load("nowhere", "${secret:NOWHERE}"), ["--retries", "0"], "failed"),
                ("unnamed", Self.load("unnamed", "${secret:SHOP_PASSWORD}"), [], "failed"),
                (
                    "refused", Self.load("refused", "${secret:WAREHOUSE}", table: "strict", from: Self.rows), [],
                    "failed"
                ),
                ("cast", cast, [], "failed"),
                ("given", Self.load("given", "postgresql://u:${PW}@h/x"), ["--var", "PW=\(Canary.variable)"], nil),
            ]
            var shown = ""
            for trial in trials {
                try folder.write(trial.yaml, to: "\(trial.name).yml")
                let ended = try await Program.run(
                    ["submit", "\(trial.name).yml", "--wait", "--json"] + trial.arguments, in: folder.path)
                shown += ended.output + ended.errors
                guard let state = trial.state else {
                    #expect(ended.code != 0, "\(trial.name)")
                    continue
                }
                #expect(try ended.json["state"]?.text == state, "\(trial.name): \(ended.errors)\(ended.output)")
                let run = try #require(try ended.json["run_id"]?.text)
                for command in [["show"], ["show", "--json"], ["logs"], ["events"]] {
                    let told = try await Program.run(["runs"] + command + [run], in: folder.path)
                    shown += told.output + told.errors
                }
            }
            // A definition with a password in it stays where its author wrote it, and goes nowhere.
            try elsewhere.write(Self.load("written", "postgresql://u:\(Canary.written)@h/x"), to: "written.yml")
            for command in ["submit", "validate", "explain"] {
                let told = try await fleet.quicketl(command, "\(elsewhere.path)/written.yml")
                if command == "submit" { #expect(told.code != 0) }
                shown += told.output + told.errors
            }
            let end = ContinuousClock.now + .seconds(60)
            while ear.accepted.count < 12, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }

            let everything = [
                (
                    "tables", Self.known,
                    try await fleet.native("SELECT database_to_xml(true, true, '')::text AS x", store)
                ),
                ("files and logs", "attempt settled", try fleet.everyFile()),
                ("events", Self.known, ear.accepted.map(\.body).joined(separator: "\n")),
                ("what commands show", Self.known, shown),
            ]
            for (place, known, text) in everything {
                #expect(text.contains(known), "the search sees the \(place)")
                if let found = text.range(of: Canary.mark) {
                    let around = text[..<found.lowerBound].suffix(200)
                    Issue.record("a secret is in the \(place), after: \(around)")
                }
            }
        }
    }
}
