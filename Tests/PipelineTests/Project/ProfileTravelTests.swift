import Foundation
import Testing

@testable import Pipeline

/// What a worker, which has no project file, gets of it.
@Suite struct ProfileTravelTests {
    static let project = #"""
        profiles:
          lake: &lake
            type: file
            path: "lake/${DATE}"
            format: csv
            options: {delimiter: ";", null_values: ["-", "n/a"], header: yes, skip_rows: 2, "quote": "\""}
          other: {<<: *lake, path: other}
          "Zürich 🛫: {x}": {type: file, path: "a\tb\\c # d, e", tagged: !!str 5, text: "5", empty: , day: 2024-01-15}
          wh: {type: postgres, host: db, user: "${DB_USER}", password: "${secret:WH}"}
        """#

    private func profiles(_ yaml: String = project) throws -> ProjectProfiles {
        try ProjectLoader.load(yaml: yaml, file: nil, variables: VariableScope()).spec.profiles
    }

    @Test func profilesThatTravelledMeanWhatTheyMeant() throws {
        let before = try profiles()
        let text = try #require(before.projectText(of: before.names))
        let after = try profiles(text)
        #expect(after.names == before.names)
        for (old, new) in zip(before.profiles, after.profiles) {
            #expect(old.fields.map(\.key) == new.fields.map(\.key))
            for (a, b) in zip(old.fields, new.fields) {
                #expect(Self.shape(a.value) == Self.shape(b.value), "\(old.name).\(a.key)")
            }
        }
        // Written once, it is the same for every submission: equal work has an equal digest.
        #expect(after.projectText(of: after.names) == text)
    }

    /// Content and kinds of scalars, without positions and styles.
    private static func shape(_ node: YAMLNode) -> String {
        switch node.content {
        case .mapping(let entries): "{" + entries.map { "\($0.key)=\(shape($0.value))" }.joined(separator: ",") + "}"
        case .sequence(let items): "[" + items.map(shape).joined(separator: ",") + "]"
        case .scalar(let scalar): scalar.meaning == .null ? "null" : "\(scalar.meaning) \(scalar.text)"
        }
    }

    @Test func onlyProfilesThatAreNamedTravel() throws {
        let profiles = try profiles()
        #expect(profiles.projectText(of: []) == nil)
        #expect(profiles.projectText(of: ["none"]) == nil)
        let text = try #require(profiles.projectText(of: ["wh"]))
        #expect(
            text == #"""
                profiles:
                  "wh": {"type": "postgres", "host": "db", "user": "${DB_USER}", "password": "${secret:WH}"}

                """#)
    }

    /// Loads as a submitter does and makes the request of it.
    private func request(_ yaml: String, profile: String? = nil, environment: [String: String] = [:]) throws
        -> (PipelineLoader.Loaded, RunRequest)
    {
        let profiles = try profiles()
        var scope = VariableScope(environment: environment)
        if let profile { scope.profile = try profiles.variables(of: profile) }
        let loaded = try PipelineLoader.load(yaml: yaml, file: "p.yml", variables: scope, profiles: profiles)
        let chosen = loaded.usesProfileVariables ? profile : nil
        var request = RequestSamples.plain
        request.pipelineYAML = yaml
        request.variables = loaded.variables
        request.projectYAML = profiles.projectText(of: loaded.profiles + [chosen].compactMap { $0 })
        request.profile = chosen
        return (loaded, try RunRequest.decode(request.encoded()))
    }

    @Test func aWorkerReadsTheSamePipelineAsItsSubmitter() throws {
        let (loaded, request) = try request(
            "name: p\nsource: {profile: lake}\nsink: {type: file, path: out.csv}",
            environment: ["DATE": "2024-01-15", "HOME": "/root"])
        #expect(request.variables == ["DATE": "2024-01-15"])
        #expect(request.profile == nil)
        #expect(try request.loadPipeline().spec == loaded.spec)
    }

    @Test func whatTheProjectPrefersReachesTheWorkerAndThePipelinesOwnWishCountsBeforeIt() throws {
        for (own, expected) in [("", RunOptions.Preference.cost), ("prefer: speed\n", .speed)] {
            let yaml = own + "name: p\nsource: {type: file, path: in.csv}\nsink: {type: file, path: out.csv}"
            let defaults = ProjectSettings(options: RunOptions(prefer: .cost))
            var loaded = try PipelineLoader.load(yaml: yaml, file: "p.yml", variables: VariableScope())
            loaded.spec = loaded.spec.inProject(defaults: defaults)
            var request = RequestSamples.plain
            request.pipelineYAML = yaml
            request.projectYAML = ProjectProfiles().projectText(of: [], prefer: defaults.preference(of: loaded.spec))
            let read = try RunRequest.decode(request.encoded()).loadPipeline()
            #expect(read.spec.options.prefer == expected)
            #expect(read.spec == loaded.spec)
        }
    }

    @Test func aSecretOfTheChosenProfileStaysAReferenceAndItsOtherFieldsAreResolved() throws {
        let yaml = """
            name: p
            source: {type: database, table: t, connection: "postgresql://${PROFILE_HOST}/shop?password=${PROFILE_PASSWORD}"}
            """
        let (loaded, request) = try request(yaml, profile: "wh", environment: ["DB_USER": "ann", "WH": "hunter2"])
        #expect(request.profile == "wh")
        #expect(request.variables == ["PROFILE_HOST": "db"])
        let payload = String(decoding: try request.encoded(), as: UTF8.self)
        #expect(payload.contains("${secret:WH}") && !payload.contains("hunter2"))
        #expect(try request.loadPipeline().spec == loaded.spec)
    }

    @Test func aVariableInsideAFieldWithASecretTravelsToo() throws {
        let project = "profiles: {wh: {type: database, connection: \"postgresql://${HOST}/d?password=${secret:S}\"}}"
        let profiles = try profiles(project)
        let scope = VariableScope(
            profile: try profiles.variables(of: "wh"), environment: ["HOST": "db.example", "OTHER": "x"])
        let loaded = try PipelineLoader.load(
            yaml: "name: p\nsource: {type: database, table: t, connection: \"${PROFILE_CONNECTION}\"}", file: nil,
            variables: scope, profiles: profiles)
        #expect(loaded.variables == ["HOST": "db.example"])
        #expect(loaded.usesProfileVariables)
    }

    @Test func aRequestThatLacksItsProfileIsAnInvalidPipeline() throws {
        var request = RequestSamples.plain
        request.pipelineYAML = "name: p\nsource: {profile: lake}"
        #expect(throws: InvalidPipeline.self) { try request.loadPipeline() }
        request.projectYAML = "profiles: {lake: {type: file, path: a.csv}}"
        #expect(try request.loadPipeline().spec.sources.count == 1)
        request.profile = "wh"
        #expect(throws: InvalidPipeline.self) { try request.loadPipeline() }
        request.projectYAML = "profiles: ["
        #expect(throws: InvalidPipeline.self) { try request.loadPipeline() }
    }

    @Test func theContentOfARequestIncludesItsProfiles() {
        var request = RequestSamples.plain
        let plain = request.contentDigest
        request.projectYAML = "profiles: {}"
        let with = request.contentDigest
        request.profile = "a"
        #expect(Set([plain, with, request.contentDigest]).count == 3)
    }
}
