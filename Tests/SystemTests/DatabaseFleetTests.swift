import Foundation
import Testing

/// A fleet that reads and writes a database whose credentials only its workers know.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DatabaseFleetTests {
    private static let secret = "Geheim-4711-topsecret"

    private static let load = """
        name: load
        source: {type: file, path: in.csv}
        checks:
          - {type: row_count, min: 1}
        sink:
          type: database
          connection: "${secret:WAREHOUSE}"
          table: orders
          mode: append
        """

    private static let read = """
        name: read
        source:
          type: database
          connection: "${secret:WAREHOUSE}"
          query: "SELECT id, amount FROM orders WHERE amount > ${LEAST}"
        sink: {type: file, path: out.csv}
        """

    private static let refused = """
        name: refused
        source: {type: file, path: in.csv}
        sink:
          type: database
          connection: "${secret:WAREHOUSE}"
          table: strict
        """

    @Test func runsLoadAndReadADatabaseAndNobodyTellsItsPassword() async throws {
        let folder = try TemporaryFolder()
        try folder.write("id,amount\n1,5\n2,7\n", to: "in.csv")
        try folder.write(Self.load, to: "load.yml")
        try folder.write(Self.read, to: "read.yml")
        try folder.write(Self.refused, to: "refused.yml")
        let secrets = try TemporaryFolder()
        try await TemporaryFleet.run(in: folder, environment: ["QUICKETL_SECRETS_DIRECTORY": secrets.path]) { fleet in
            // The fleet's own PostgreSQL is the warehouse as well; it asks for no password, and is told one.
            let store = try #require(try fleet.setting("QUICKETL_STORE"))
            let warehouse = store.replacing("postgresql://quicketl@", with: "postgresql://quicketl:\(Self.secret)@")
            #expect(warehouse != store)
            try secrets.write(warehouse + "\n", to: "WAREHOUSE")

            for _ in 1...2 {
                let ended = try await fleet.quicketl("submit", "load.yml", "--key", "once", "--wait", "--json")
                #expect(ended.code == 0, "\(ended.errors)\(ended.output)")
                #expect(try ended.json["state"]?.text == "succeeded")
            }
            let read = try await fleet.quicketl("submit", "read.yml", "--var", "LEAST=6", "--wait", "--json")
            #expect(read.code == 0, "\(read.errors)\(read.output)")
            let text = try String(contentsOfFile: folder.path + "/out.csv", encoding: .utf8)
            #expect(text == "id,amount\n2,7\n")

            // What the database refuses ends the run, and does not hold up the next one.
            _ = try await fleet.native(
                "CREATE TABLE strict (id bigint PRIMARY KEY CHECK (id > 1), amount bigint)", store)
            let refused = try await fleet.quicketl("submit", "refused.yml", "--wait", "--json")
            #expect(refused.code == 1, "\(refused.output)")
            #expect(try refused.json["state"]?.text == "failed", "\(refused.output)")

            // Everything that is kept or shown.
            let stored = try await fleet.native("SELECT database_to_xml(true, true, '')::text AS x", store)
            #expect(stored.contains("load"), "the store was read")
            #expect(!stored.contains(Self.secret))
            let run = try #require(try read.json["run_id"]?.text)
            let shown = try await fleet.quicketl("runs", "show", run, "--json").output
            let failed = try #require(try refused.json["run_id"]?.text)
            var told = ""
            for (command, run) in [("events", run), ("events", failed), ("logs", failed)] {
                told += try await fleet.quicketl("runs", command, run).output
            }
            #expect(told.contains("COMPLETE") && told.contains("FAIL"))
            for output in [
                shown, told, read.output, read.errors, refused.output, refused.errors, try fleet.everyFile(),
            ] {
                #expect(!output.contains(Self.secret))
            }
        }
    }
}

extension RunningFleet {
    /// From what `quicketl dev` wrote for other commands.
    func setting(_ name: String) throws -> String? {
        let text = try String(contentsOfFile: folder.path + "/.quicketl/dev.env", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.contains("\(name)=") }
        return line.map { String($0.drop { $0 != "'" }.dropFirst().dropLast()) }
    }

    /// What PostgreSQL answers to SQL, through DuckDB.
    func native(_ sql: String, _ store: String) async throws -> String {
        let quoted = sql.replacing("'", with: "''")
        let statement =
            sql.hasPrefix("SELECT")
            ? "SELECT * FROM postgres_query('p', '\(quoted)')" : "CALL postgres_execute('p', '\(quoted)')"
        return try await Program.duckdb(
            "SET extension_directory = '\(Program.root)/.tools/duckdb-extensions'; LOAD postgres_scanner; "
                + "ATTACH '\(store)' AS p (TYPE postgres); \(statement)", in: folder.path)
    }

    /// All texts below the fleet's folder, its servers' data aside, which `native` reads.
    func everyFile() throws -> String {
        let files = FileManager.default.enumerator(atPath: folder.path)
        var text = ""
        while let name = files?.nextObject() as? String {
            // Not a file, or not a text.
            guard !name.contains("/data/"), let data = FileManager.default.contents(atPath: "\(folder.path)/\(name)")
            else { continue }
            text += String(decoding: data, as: UTF8.self)
        }
        return text
    }
}
