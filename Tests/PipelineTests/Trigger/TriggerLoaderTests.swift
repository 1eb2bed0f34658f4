import Foundation
import Testing

@testable import Pipeline

@Suite struct TriggerLoaderTests {
    private static let pipeline = """
        name: daily_sales
        variables:
          DATE: {type: date}
          REGION: all
        source: {type: file, path: "/data/raw/${DATE}/*.parquet"}
        sink: {type: file, path: "/data/out/${REGION}/${DATE}.parquet"}
        priority: low
        """

    private func load(
        _ triggers: [String: String], pipelines: [String: String] = ["pipelines/p.yml": TriggerLoaderTests.pipeline]
    ) throws -> [LoadedTrigger] {
        let files = triggers.sorted { $0.key < $1.key }.map { TriggerLoader.File(path: $0.key, yaml: $0.value) }
        return try TriggerLoader.load(
            files, in: LoadedTrigger.Surroundings(baseDirectory: "/base", submittedBy: "a@b")
        ) { path throws(WorkflowLoader.Unreadable) in
            guard let yaml = pipelines[path] else { throw WorkflowLoader.Unreadable("no such file") }
            return yaml
        }.triggers
    }

    private func problems(
        _ triggers: [String: String], pipelines: [String: String] = ["pipelines/p.yml": TriggerLoaderTests.pipeline]
    ) throws -> [String] {
        try #require(throws: InvalidPipeline.self) { try load(triggers, pipelines: pipelines) }.problems
            .map(\.description)
    }

    private func trigger(_ on: String, _ more: String = "") -> [String: String] {
        ["triggers/t.yml": "name: t\non: \(on)\npipeline: pipelines/p.yml\n\(more)"]
    }

    private static let sales = Landing(
        uri: "s3://lake/raw/sales/date=2013-01-02/a.parquet", revision: "sequencer=1", size: 5)

    @Test func theExampleOfTheManualMakesARequest() throws {
        let loaded = try load([
            "triggers/t.yml": """
            name: sales_daily
            on: {landing: "s3://lake/raw/sales/date={DATE}/{FILE}.parquet"}
            when: each
            pipeline: pipelines/p.yml
            variables: {REGION: north}
            """
        ])
        let effects = loaded[0].spec.effects(of: Self.sales)
        guard effects.count == 1, case .run(let occasion) = effects[0] else {
            Issue.record("\(effects)")
            return
        }
        let now = Date(timeIntervalSince1970: 1_357_108_200)
        let request = try loaded[0].request(for: occasion, at: now)
        #expect(request.variables == ["DATE": "2013-01-02", "REGION": "north"])
        #expect(request.concurrencyKey == "/data/out/north/2013-01-02.parquet")
        #expect(request.baseDirectory == "/base" && request.priority == .low)
        #expect(request.trigger == "sales_daily: \(Self.sales.identity)")
        // The same landing is the same run, whenever it is looked at; another one is not.
        let again = try loaded[0].request(for: occasion, at: now.addingTimeInterval(60))
        #expect(again.runID == request.runID && again.contentDigest == request.contentDigest)
        var next = Self.sales
        next.revision = "sequencer=2"
        let other = try loaded[0].request(for: TriggerOccasion(.landing(next), captures: occasion.captures), at: now)
        #expect(other.runID != request.runID)
    }

    @Test func conditionsOnSizeAndNameHold() throws {
        let on = "{landing: \"s3://lake/raw/**/{FILE}\", min_size: 5, max_size: 1KB, name: \"*.parquet\"}"
        let spec = try load(trigger(on, "variables: {DATE: 2013-01-01}"))[0].spec
        #expect(spec.effects(of: Self.sales).count == 1)
        for change in [
            { (landing: inout Landing) in landing.size = 4 }, { $0.size = 1_001 }, { $0.size = nil },
            { $0.uri += ".tmp" }, { $0.kind = .dataset },
        ] {
            var other = Self.sales
            change(&other)
            #expect(spec.effects(of: other).isEmpty)
        }
    }

    @Test func valuesMayNameWhatLanded() throws {
        let loaded = try load(
            trigger(
                "{landing: \"s3://lake/{A}/sales/date={DAY}/{FILE}.parquet\"}",
                "variables: {DATE: \"{DAY}\", REGION: \"{A}-{landing.name}-{landing.size}-{{x}}\"}\nconcurrency_key: \"k{DAY}\""
            ))
        guard case .run(let occasion)? = loaded[0].spec.effects(of: Self.sales).first else {
            Issue.record("nothing matched")
            return
        }
        let request = try loaded[0].request(for: occasion, at: Date(timeIntervalSince1970: 0))
        #expect(request.variables == ["DATE": "2013-01-02", "REGION": "raw-a.parquet-5-{x}"])
        #expect(request.concurrencyKey == "k2013-01-02")
    }

    @Test func aValueThatThePipelineRefusesMakesNoRequest() throws {
        let loaded = try load(trigger("{landing: \"/in/{DATE}.csv\"}"))
        let landing = Landing(uri: "/in/yesterday.csv", revision: "1")
        guard case .run(let occasion)? = loaded[0].spec.effects(of: landing).first else {
            Issue.record("nothing matched")
            return
        }
        #expect(throws: InvalidPipeline.self) { try loaded[0].request(for: occasion, at: Date()) }
    }

    @Test func landingsOfAGroupShareTheirFolderOrWhatIsAskedFor() throws {
        func keys(_ more: String, _ uris: String...) throws -> [String] {
            let spec = try load(trigger("{landing: \"/in/{DATE}/{HOUR}-{FILE}.csv\"}", more))[0].spec
            return uris.flatMap { spec.effects(of: Landing(uri: $0, revision: "1")) }.map {
                if case .join(let entry) = $0 { entry.key } else { "none" }
            }
        }
        #expect(
            try keys("when: quiet 60s", "/in/2013-01-01/1-a.csv", "/in/2013-01-01/2-b.csv", "/in/2013-01-02/1-a.csv")
                == ["DATE=10:2013-01-01", "DATE=10:2013-01-01", "DATE=10:2013-01-02"])
        #expect(
            try keys("when: quiet 60s\nfor: [DATE, HOUR]", "/in/2013-01-01/1-a.csv", "/in/2013-01-01/2-b.csv")
                == ["DATE=10:2013-01-01 HOUR=1:1", "DATE=10:2013-01-01 HOUR=1:2"])
    }

    @Test func severalLandingsWaitForEachOther() throws {
        let spec = try load(
            trigger("[{landing: \"/in/a/{DATE}/{X}.csv\"}, {dataset: \"/out/b/{DATE}\"}]"))[0].spec
        #expect(spec.when == .all && spec.groupedBy == ["DATE"])
        let effects =
            spec.effects(of: Landing(uri: "/in/a/2013-01-01/f.csv", revision: "1"))
            + spec.effects(of: Landing(kind: .dataset, uri: "/out/b/2013-01-01", revision: "1"))
        let entries = effects.compactMap { if case .join(let entry) = $0 { entry } else { nil } }
        #expect(entries.map(\.part) == [0, 1] && entries.allSatisfy { $0.parts == 2 && $0.quiet == nil })
        #expect(Set(entries.map(\.key)) == ["DATE=10:2013-01-01"])
    }

    @Test func aMarkerStartsTheFolder() throws {
        let spec = try load(trigger("{landing: \"/in/{DATE}/{FILE}.csv\"}", "when: marker _SUCCESS"))[0].spec
        #expect(spec.effects(of: Landing(uri: "/in/2013-01-01/a.csv", revision: "1")).isEmpty)
        guard case .run(let occasion)? = spec.effects(of: Landing(uri: "/in/2013-01-01/_SUCCESS", revision: "1")).first
        else {
            Issue.record("the marker did not match")
            return
        }
        #expect(occasion.captures == ["DATE": "2013-01-01"])
    }

    @Test func aScheduleMakesARequestPerMoment() throws {
        let loaded = try load(
            trigger(
                "{schedule: \"0 6 * * *\", timezone: Europe/Berlin, catchup: true}",
                "variables: {DATE: \"{schedule.date}\"}"))
        guard case .schedule(let schedule) = loaded[0].spec.source else {
            Issue.record("no schedule")
            return
        }
        #expect(schedule.catchUp == .all)
        let moment = try #require(schedule.next(after: Date(timeIntervalSince1970: 1_357_108_200)))
        let occasion = TriggerOccasion(.moment(moment, localDate: schedule.localDate(of: moment)))
        let request = try loaded[0].request(for: occasion, at: moment)
        #expect(request.variables["DATE"] == "2013-01-03")
        #expect(request.trigger == "t: schedule 2013-01-03T05:00:00.000Z")
    }

    @Test(arguments: [
        ("{landing: \"/in/{DATE}.csv\"}", "wehn: each", "unknown field \"wehn\""),
        ("{landing: \"/in/{DATE}{B}.csv\"}", "", "something must stand"),
        ("{landing: \"/in/{DATE}.csv\", dataset: \"/x\"}", "", "either \"landing\" or \"dataset\""),
        ("{landing: \"/in/{DATE}.csv\", min_size: 2KB, max_size: 1KB}", "", "min_size is larger"),
        ("{landing: \"/in/{DATE}.csv\"}", "when: sometimes", "expected each, quiet 60s"),
        ("{landing: \"/in/{DATE}.csv\"}", "when: quiet soon", "quiet 60s"),
        ("{landing: \"/in/{DATE}.csv\"}", "when: all", "needs several landings"),
        ("{landing: \"/in/{DATE}.csv\"}", "when: quiet 5s\nfor: [FILE]", "not captured by everything"),
        ("{landing: \"/in/{DATE}.csv\"}", "variables: {REGION: \"{FILE}\"}", "no capture that every occasion has"),
        ("{landing: \"/in/{DATE}.csv\"}", "variables: {REGION: \"{schedule.date}\"}", "landings have no schedule"),
        ("{schedule: \"0 6 * *\"}", "", "five fields"),
        ("{schedule: \"0 6 * * *\", timezone: Mars}", "", "no time zone"),
        ("{schedule: \"0 6 * * *\"}", "when: each", "a schedule has no"),
        ("{landing: \"/in/{FILE}.csv\"}", "", "DATE"), ("{landing: \"/in/{DATE}.csv\"}", "workflow: w.yml", "not both"),
    ])
    func mistakesAreNamed(on: String, more: String, part: String) throws {
        let found = try problems(trigger(on, more))
        #expect(found.contains { $0.contains(part) }, "\(found)")
    }

    @Test func problemsOfAllFilesAreReportedAtOnceWithTheirPlaces() throws {
        let found = try problems([
            "triggers/a.yml": "name: a\non: {landing: \"/in/{DATE}.csv\"}\npipeline: nothing.yml\n",
            "triggers/b.yml": "name: b\non: {landing: 7x{}\npipeline: pipelines/p.yml\n",
            "triggers/c.yml": "name: c\non:\n  landing: \"/in/{DATE\"\npipeline: pipelines/p.yml\n",
        ])
        #expect(found.contains { $0.contains("triggers/a.yml:3:11") && $0.contains("nothing.yml") }, "\(found)")
        #expect(found.contains { $0.contains("triggers/b.yml") }, "\(found)")
        #expect(found.contains { $0.contains("triggers/c.yml:3:12: error: on.landing") }, "\(found)")
    }

    @Test func twoTriggersOfOneNameAreRefused() throws {
        let yaml = "name: t\non: {landing: \"/in/{DATE}.csv\"}\npipeline: pipelines/p.yml\n"
        #expect(try problems(["a.yml": yaml, "b.yml": yaml]).contains { $0.contains("stands in a.yml as well") })
    }

    @Test func aPipelineIsFoundBesideItsTriggerFirst() throws {
        let yaml = "name: t\non: {landing: \"/in/{DATE}.csv\"}\npipeline: p.yml\n"
        let beside = try load(["x/t.yml": yaml], pipelines: ["p.yml": "", "x/p.yml": Self.pipeline])
        #expect(beside[0].targetFile == "x/p.yml")
    }

    @Test func triggersThatWouldStartEachOtherForEverAreRefused() throws {
        func copy(_ from: String, _ to: String) -> String {
            "name: c\nsource: {type: file, path: \"\(from)\"}\nsink: {type: file, path: \"\(to)\"}\n"
        }
        func on(_ name: String, _ on: String, _ pipeline: String) -> String {
            "name: \(name)\non: \(on)\npipeline: \(pipeline)\n"
        }
        let circle = [
            "a.yml": on("a", "{dataset: \"/lake/silver/{DAY}\"}", "ab.yml"),
            "b.yml": on("b", "{landing: \"/lake/gold/{DAY}/{FILE}.parquet\"}", "ba.yml"),
        ]
        let found = try problems(
            circle,
            pipelines: [
                "ab.yml": copy("/lake/silver/${DAY}", "/lake/gold/${DAY}"),
                "ba.yml": copy("/lake/gold/${DAY}", "/lake/silver/${DAY}"),
            ])
        #expect(found.count == 1 && found[0].contains("\"a\" writes starts \"b\" writes starts \"a\""), "\(found)")
        // A chain is none.
        _ = try load(
            circle,
            pipelines: [
                "ab.yml": copy("/lake/silver/${DAY}", "/lake/gold/${DAY}"),
                "ba.yml": copy("/lake/gold/${DAY}", "/lake/report/${DAY}"),
            ])
        let itself = try problems(
            ["a.yml": on("a", "{landing: \"/lake/{X}/{FILE}.csv\"}", "p.yml")],
            pipelines: ["p.yml": copy("/in/${FILE}.csv", "/lake/${X}/new-${FILE}.csv")])
        #expect(itself.contains { $0.contains("would start itself for ever") }, "\(itself)")
    }

    @Test func circlesThroughTablesAreRefusedHoweverTheirConnectionIsSpelled() throws {
        func on(_ name: String, _ dataset: String, _ pipeline: String) -> String {
            "name: \(name)\non: {dataset: \"\(dataset)\"}\npipeline: \(pipeline)\n"
        }
        func load(_ connection: String, _ table: String) -> String {
            "name: l\nsource: {type: file, path: /in/a.csv}\n"
                + "sink: {type: database, connection: \"\(connection)\", table: \(table)}\n"
        }
        let connections = [
            "postgresql://db/shop", "postgres://${secret:USER}:${secret:PASSWORD}@db:5432/shop",
            "postgresql://${secret:HOST}/shop", "${secret:SHOP_URL}",
        ]
        for connection in connections {
            let found = try problems(
                ["a.yml": on("a", "postgres://db:5432/shop.public.orders", "p.yml")],
                pipelines: ["p.yml": load(connection, "orders")])
            #expect(found.contains { $0.contains("would start itself for ever") }, "\(connection): \(found)")
            _ = try self.load(
                ["a.yml": on("a", "postgres://db:5432/shop.public.orders", "p.yml")],
                pipelines: ["p.yml": load(connection, "customers")])
        }
    }

    @Test func aTriggerStartsAWorkflowWithTheCapturesAsItsVariables() throws {
        let workflow = """
            name: nightly
            stages:
              - {name: load, pipelines: [{path: load.yml, name: north, variables: {REGION: north}}, {path: load.yml}]}
            """
        let load = """
            name: load
            variables: {DATE: {type: date}, REGION: all}
            source: {type: file, path: "/data/raw/${DATE}.csv"}
            sink: {type: file, path: "/data/out/${REGION}/${DATE}.parquet"}
            """
        let files = ["triggers/w.yml": workflow, "triggers/load.yml": load]
        let yaml = [
            "triggers/t.yml": """
            name: t
            on: {landing: "/data/raw/{DATE}.csv"}
            workflow: w.yml
            priority: high
            """
        ]
        let trigger = try self.load(yaml, pipelines: files)[0]
        let landing = Landing(uri: "/data/raw/2013-01-02.csv", revision: "1")
        guard case .run(let occasion)? = trigger.spec.effects(of: landing).first,
            case .workflow(let request) = try trigger.work(for: occasion, at: Date(timeIntervalSince1970: 0)),
            case .workflow(let again) = try trigger.work(for: occasion, at: Date(timeIntervalSince1970: 60))
        else {
            Issue.record("no workflow")
            return
        }
        #expect(request.name == "nightly" && request.variables == ["DATE": "2013-01-02"])
        #expect(request.runs.map(\.variables) == [["DATE": "2013-01-02", "REGION": "north"], ["DATE": "2013-01-02"]])
        #expect(request.runs.allSatisfy { $0.priority == .high })
        #expect(request.workflowID == again.workflowID && request.runs.map(\.runID) == again.runs.map(\.runID))
        #expect(try WorkflowRequest.decode(request.encoded()) == request)
        let missing = try problems(yaml, pipelines: ["triggers/w.yml": workflow])
        #expect(missing.contains { $0.contains("load.yml") }, "\(missing)")
        let circle = try problems(
            ["triggers/t.yml": "name: t\non: {dataset: \"/data/out/north/{DATE}.parquet\"}\nworkflow: w.yml\n"],
            pipelines: files)
        #expect(circle.contains { $0.contains("would start itself") }, "\(circle)")
    }

    @Test func nothingStartsWhatIsNotEnabled() throws {
        let spec = try load(trigger("{landing: \"/in/{DATE}.csv\"}", "enabled: false"))[0].spec
        #expect(spec.effects(of: Landing(uri: "/in/2013-01-01.csv", revision: "1")).isEmpty)
    }
}
