import Fleet
import Foundation
import Settings
import Testing

@Suite struct SettingsTests {
    /// A folder of its own, with files; gone with the closure.
    private func inFolder<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("below"), withIntermediateDirectories: true)
        for (name, text) in files {
            let file = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try body(folder.appendingPathComponent("below").path)
    }

    @Test func flagsWinOverEnvironmentOverFileOverDevelopmentOverDefault() throws {
        let files = [
            "quicketl.yml": "settings: {topic_prefix: from-file, group: from-file, slots: 3}\n",
            ".quicketl/dev.env":
                "export QUICKETL_GROUP='from-dev'\nexport QUICKETL_STORE='host=/run/x user='\\''u'\\'''\n",
        ]
        try inFolder(files) { folder in
            let settings = try Settings.resolve(
                flags: [.slots: "5"],
                environment: ["QUICKETL_SLOTS": "4", "QUICKETL_TOPIC_PREFIX": "from-environment"],
                directory: folder)
            #expect(settings.text(.slots) == "5")
            #expect(settings.origin(of: .slots) == .flag)
            #expect(settings.text(.topicPrefix) == "from-environment")
            #expect(settings.origin(of: .topicPrefix) == .environment(variable: "QUICKETL_TOPIC_PREFIX"))
            #expect(settings.text(.group) == "from-file")
            #expect(settings.text(.store) == "host=/run/x user='u'")
            #expect(settings.origin(of: .logLevel) == .builtIn)
            #expect(settings.text(.kafka) == nil)
        }
    }

    @Test func kafkaPropertiesComeFromEverywhereTheStrongestLast() throws {
        let files = [
            "quicketl.yml": "settings:\n  kafka_properties: {security.protocol: plaintext, linger.ms: 5}\n",
            ".quicketl/dev.env": "export QUICKETL_KAFKA_FETCH_WAIT_MAX_MS='5'\n",
        ]
        try inFolder(files) { folder in
            let settings = try Settings.resolve(
                kafkaProperties: ["linger.ms": "1"], environment: ["QUICKETL_KAFKA_SECURITY_PROTOCOL": "ssl"],
                directory: folder)
            #expect(
                settings.kafkaProperties == ["security.protocol": "ssl", "linger.ms": "1", "fetch.wait.max.ms": "5"])
        }
    }

    @Test func sparksPropertiesComeFromEverywhereTheStrongestLast() throws {
        let files = ["quicketl.yml": "settings:\n  spark_properties: {spark.a: 1, spark.b: 1, spark.c: 1}\n"]
        try inFolder(files) { folder in
            let settings = try Settings.resolve(
                sparkProperties: ["spark.c": "3"],
                environment: ["QUICKETL_SPARK_PROPERTIES": "spark.b = x=2 ; spark.c=2\nspark.camelCase=2"],
                directory: folder)
            #expect(
                settings.sparkProperties == [
                    "spark.a": "1", "spark.b": "x=2", "spark.c": "3", "spark.camelCase": "2",
                ])
            let error = #expect(throws: SettingsError.self) {
                try Settings.resolve(environment: ["QUICKETL_SPARK_PROPERTIES": "canary"], directory: folder)
            }
            #expect(error?.description.contains("QUICKETL_SPARK_PROPERTIES") == true)
            #expect(error?.description.contains("canary") == false)
        }
    }

    @Test func aSettingThatIsNoneNamesFileAndPlace() throws {
        try inFolder(["quicketl.yml": "settings:\n  slotz: 3\n"]) { folder in
            let error = #expect(throws: SettingsError.self) {
                try Settings.resolve(environment: [:], directory: folder)
            }
            #expect(error?.description.contains("quicketl.yml:2:3: settings.slotz") == true)
        }
    }

    @Test func aValueThatDoesNotReadNamesTheSettingAndWhereItCameFrom() throws {
        let settings = try Settings.resolve(environment: ["QUICKETL_SLOTS": "many"], directory: "/")
        let error = #expect(throws: SettingsError.self) { try settings.count(.slots) }
        #expect(error?.description.contains("setting slots (from environment (QUICKETL_SLOTS))") == true)
    }

    @Test func limitsThatDoNotFitTogetherAreRefused() throws {
        try inFolder([:]) { folder in
            let fast = try Settings.resolve(
                environment: [
                    "QUICKETL_RENEWAL_INTERVAL": "0.5", "QUICKETL_LEASE_TRUST": "3", "QUICKETL_RETRY_CAP": "60",
                ],
                directory: folder)
            let limits = try FleetLimits(of: fast)
            #expect(limits.renewalInterval == .milliseconds(500))
            #expect(limits.leaseTrust == .seconds(3))
            #expect(limits.retry.cap == .seconds(60))
            let late = try Settings.resolve(environment: ["QUICKETL_COUNTER_STILL_FOR": "5"], directory: folder)
            let error = #expect(throws: SettingsError.self) { try FleetLimits(of: late) }
            #expect(error?.description.contains("judge") == true)
        }
    }
}
