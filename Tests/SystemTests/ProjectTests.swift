import Foundation
import Testing

/// The project file on the command line: environments, profiles, defaults.
@Suite struct ProjectTests {
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("id;city\n1;Oslo\n2;Bergen\n", to: "in.csv")
        try folder.write(
            """
            defaults: {variables: {CITY: Oslo, NAME: default}}
            environments:
              base: {variables: {NAME: base}}
              prod: {extends: base, variables: {CITY: Bergen}}
            profiles:
              raw: {type: file, path: in.csv, options: {delimiter: ";"}}
              target: {folder: out/profile, password: "${secret:TARGET}"}
            """, to: "quicketl.yml")
        try folder.write(
            """
            name: p
            source: {profile: raw}
            transforms: [{op: filter, predicate: "city = '${CITY}'"}]
            sink: {type: file, path: "${PROFILE_FOLDER:-out}/${NAME}_${CITY}.csv"}
            """, to: "below/p.yml")
        return folder
    }

    @Test(
        "values come from --var, then the environment, then --env, then the defaults",
        arguments: [
            (["run", "below/p.yml"], [:], "out/default_Oslo.csv"),
            (["run", "--env", "base", "below/p.yml"], [:], "out/base_Oslo.csv"),
            (["run", "below/p.yml", "--env", "prod"], [:], "out/base_Bergen.csv"),
            (["run", "below/p.yml", "--env", "prod"], ["NAME": "env"], "out/env_Bergen.csv"),
            (["run", "below/p.yml", "--env", "prod", "-v", "NAME=var"], ["NAME": "env"], "out/var_Bergen.csv"),
            (["run", "below/p.yml", "-p", "target"], [:], "out/profile/default_Oslo.csv"),
            (["run", "--profile", "target", "below/p.yml"], ["PROFILE_FOLDER": "e"], "out/profile/default_Oslo.csv"),
        ] as [([String], [String: String], String)])
    func order(arguments: [String], environment: [String: String], file: String) async throws {
        let folder = try folder()
        let ended = try await Program.run(arguments, in: folder.path, environment: environment)
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(folder.exists(file), "\((try? folder.names(in: "out")) ?? [])")
    }

    @Test func theProjectFileIsTheNearestOneUpward() async throws {
        let folder = try folder()
        try folder.write("id;city\n1;Oslo\n", to: "below/in.csv")
        let ended = try await Program.run(["run", "p.yml"], in: folder.path + "/below")
        #expect(ended.code == 0, "\(ended.errors)")
        #expect(folder.exists("below/out/default_Oslo.csv"))
        try folder.write("profiles: {raw: {type: file, path: in.csv}}", to: "below/quicketl.yml")
        let nearer = try await Program.run(["validate", "p.yml", "--json"], in: folder.path + "/below")
        #expect(nearer.code == 1)
        #expect(try nearer.json["errors"]?.list.first?["message"]?.text?.contains("CITY") == true)
    }

    @Test(
        "every command that reads a pipeline reads its project",
        arguments: [["validate"], ["validate", "--with-data"], ["explain"], ["run", "--dry-run"]])
    func commands(command: [String]) async throws {
        let folder = try folder()
        let ended = try await Program.run(command + ["below/p.yml", "--env", "prod"], in: folder.path)
        #expect(ended.code == 0, "\(ended.errors)")
        let wrong = try await Program.run(command + ["below/p.yml", "--env", "prd"], in: folder.path)
        #expect(wrong.code == 2)
        #expect(wrong.errors.contains("did you mean \"prod\""), "\(wrong.errors)")
        let unknown = try await Program.run(command + ["below/p.yml", "-p", "nothing", "--json"], in: folder.path)
        #expect(unknown.code == 2)
        #expect(try unknown.json["error"]?.text?.contains("nothing") == true)
    }

    @Test func aProjectFileWithMistakesIsAnErrorWithItsPlace() async throws {
        let folder = try folder()
        try folder.write("defaults: {engine: duckbd}\nenvironments: {a: {extends: b}}\n", to: "quicketl.yml")
        let ended = try await Program.run(["validate", "below/p.yml", "--json"], in: folder.path)
        #expect(ended.code == 1)
        let errors = try ended.json["errors"]?.list ?? []
        #expect(errors.map { $0["file"]?.text } == ["quicketl.yml", "quicketl.yml"])
        #expect(errors.map { $0["line"]?.number } == [1, 2])
    }

    @Test func withoutAProjectFileItsOptionsAreWrongUse() async throws {
        let folder = try folder()
        try FileManager.default.removeItem(atPath: folder.path + "/quicketl.yml")
        let ended = try await Program.run(["run", "below/p.yml", "--env", "prod"], in: folder.path)
        #expect(ended.code == 2)
        #expect(ended.errors.contains("quicketl.yml"))
    }

    @Test func workersGetTheProfilesOfTheSubmittersProject() async throws {
        let folder = try folder()
        try folder.write("id;city\n1;Oslo\n1;Oslo\n3;Oslo\n", to: "in.csv")
        try folder.write(
            """
            name: p
            source: {profile: raw}
            checks:
              - {type: unique, columns: [id], severity: warn}
              - {type: accepted_values, column: city, values: [Bergen], severity: warn}
            sink: {type: file, path: "${PROFILE_FOLDER}/${CITY}.csv"}
            """, to: "below/p.yml")
        try await TemporaryFleet.run(workers: 1, in: folder) { fleet in
            // From here on only the request knows of profiles.
            let submitted = try await fleet.quicketl("submit", "below/p.yml", "--env", "prod", "-p", "target")
            #expect(submitted.code == 0, "\(submitted.errors)")
            try FileManager.default.removeItem(atPath: folder.path + "/quicketl.yml")
            let run = submitted.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let shown = try await fleet.until(run) { ["succeeded", "failed"].contains($0["state"]?.text) }
            #expect(shown["state"]?.text == "succeeded", "\(shown)")
            #expect(folder.exists("out/profile/Bergen.csv"))
            let checks = shown["checks"]?.list ?? []
            #expect(checks.map { $0["samples"] } == [.list([.text("1")]), .list([.text("Oslo")])])
            let people = try await fleet.quicketl("runs", "show", run)
            #expect(people.output.contains("such as Oslo"), "\(people.output)")
        }
    }
}
