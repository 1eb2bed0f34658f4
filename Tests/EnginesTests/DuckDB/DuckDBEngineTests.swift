import Fleet
import Foundation
import Pipeline
import Support
import Synchronization
import Testing

@testable import Engines

@Suite struct DuckDBEngineTests {
    /// A folder with `in.csv` (k, n, x), and an engine.
    private func inScene(
        slots: Int = 1, allowedRoots: [String] = [], memoryLimitBytes: Int64? = nil,
        _ body: (Scene) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            try write("k,n,x\nnorth,1,1.5\nsouth,2,\n,3,-2.5\nnorth,4,0\n", to: folder + "/in.csv")
            var settings = try duckDBSettings(in: folder)
            settings.allowedRoots = allowedRoots.map { folder + $0 }
            if let memoryLimitBytes { settings.memoryLimitBytes = memoryLimitBytes }
            let engine = DuckDBEngine(settings: settings)
            do {
                try await body(Scene(folder: folder, engine: engine))
            } catch {
                await engine.pool.shutDown()
                throw error
            }
            await engine.pool.shutDown()
        }
    }

    struct Scene {
        var folder: String
        var engine: DuckDBEngine

        func pipeline(
            sink path: String?, format: FileFormat = .parquet, partitionBy: [String] = [],
            mode: FileSink.Mode = .overwrite, source: String = "in.csv", transforms: [TransformSpec] = [],
            checks: [CheckSpec] = []
        ) -> PipelineSpec {
            PipelineSpec(
                name: "p",
                sources: [
                    NamedSource(name: "source", source: .file(FileSource(path: PlacedText(source), format: .csv)))
                ],
                transforms: transforms, checks: checks,
                sink: path.map {
                    .file(
                        FileSink(
                            path: PlacedText($0), format: format, partitionBy: partitionBy.map { PlacedText($0) },
                            mode: mode))
                })
        }

        func attempt(_ pipeline: PipelineSpec, run: RunID = .random(), isDryRun: Bool = false) -> Attempt {
            Attempt(
                lease: lease(run, token: 1), pipeline: pipeline, baseDirectory: folder, acceptedAt: Date(),
                isDryRun: isDryRun)
        }

        @discardableResult
        func run(_ pipeline: PipelineSpec, id: RunID = .random()) async throws -> AttemptReport {
            let report = try await engine.execute(attempt(pipeline, run: id)) { _ in }
            if let manifest = report.manifest { try await FilePublisher().move(manifest) }
            return report
        }

        /// Rows of a query as text, in any order; `IN` stands for the folder.
        func rows(_ sql: String) async throws -> [String] {
            let answer = try await engine.pool.withProcess { [folder] process in
                try await process.execute([
                    "SELECT CAST(q AS VARCHAR) AS row FROM (\(sql.replacingOccurrences(of: "IN/", with: folder + "/"))) q"
                ])
            }
            return try answer[0].rows().map { ($0["row"] ?? nil) ?? "null" }.sorted()
        }

        /// Every file and folder beside the input and the engine's own.
        var names: [String] {
            get throws {
                try FileSystem.names(in: folder).filter { $0 != "in.csv" && $0 != "tmp" }
            }
        }

        func text(_ path: String) throws -> String {
            try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
        }
    }

    private func column(_ name: String) -> Pipeline.Expression { .init(.column(name)) }

    private func filter(n limit: Int64) -> TransformSpec {
        let expression = Pipeline.Expression(.binary(.greater, column("n"), .init(.literal(.integer(limit)))))
        return TransformSpec(.filter(predicate: PlacedExpression(expression, source: "n > \(limit)")))
    }

    // MARK: - Forms

    @Test func csvIsReadWithLittleMemory() async throws {
        try await inScene(memoryLimitBytes: 24 << 20) { scene in
            let rows = (0..<400_000).map { "\($0),\($0 % 7),a text that stands in line \($0)\n" }
            try write("id,k,t\n" + rows.joined(), to: scene.folder + "/long.csv")
            let report = try await scene.run(scene.pipeline(sink: "out.parquet", source: "long.csv"))
            #expect(report.metrics.rowsOut == 400_000)
        }
    }

    @Test("one Parquet file: the rows, and nothing beside it")
    func parquetFile() async throws {
        try await inScene { scene in
            let report = try await scene.run(scene.pipeline(sink: "new/deep/out.parquet"))
            #expect(
                try await scene.rows("FROM read_parquet('IN/new/deep/out.parquet')") == [
                    "{'k': NULL, 'n': 3, 'x': -2.5}", "{'k': north, 'n': 1, 'x': 1.5}",
                    "{'k': north, 'n': 4, 'x': 0.0}", "{'k': south, 'n': 2, 'x': NULL}",
                ])
            #expect(try FileSystem.names(in: scene.folder + "/new/deep") == ["out.parquet"])
            #expect(report.manifest?.move == .replaceFile)
            #expect(report.metrics.rowsIn == 4)
            #expect(report.metrics.rowsOut == 4)
            #expect(report.metrics.filesWritten == 1)
            #expect(report.metrics.bytesIn == (try FileSystem.entry(at: scene.folder + "/in.csv")?.bytes))
            let target = scene.folder + "/new/deep/out.parquet"
            #expect(report.metrics.bytesOut == (try FileSystem.entry(at: target)?.bytes))
            #expect(report.metrics.peakMemoryBytes ?? 0 > 10 << 20)
            #expect(report.metrics.cpuSeconds != nil)
            #expect(Set(report.metrics.phaseSeconds.keys) == ["describe", "execute", "check", "write"])
            #expect(report.steps.map(\.name) == ["read_source", "write_sink"])
            #expect(report.inputs.map(\.name) == [scene.folder + "/in.csv"])
            #expect(report.inputs.map(\.sourceName) == ["source"])
            #expect(report.outputs.map(\.name) == [target])
            #expect(report.outputs.first?.columns.map(\.type) == ["text", "int64", "double"])
        }
    }

    @Test("CSV and JSON are written from the staged table in the documented text forms")
    func textForms() async throws {
        try await inScene { scene in
            try await scene.run(scene.pipeline(sink: "out.csv", format: .csv))
            #expect(try scene.text("out.csv") == "k,n,x\nnorth,1,1.5\nsouth,2,\n,3,-2.5\nnorth,4,0.0\n")
            try await scene.run(scene.pipeline(sink: "out.tsv", format: .csv))
            #expect(try scene.text("out.tsv").hasPrefix("k\tn\tx\n"))
            try write("n,x\n1,nan\n2,-inf\n3,\n", to: scene.folder + "/odd.csv")
            var odd = scene.pipeline(sink: "out.json", format: .json, source: "odd.csv")
            odd.sources[0].source = .file(
                FileSource(
                    path: PlacedText("odd.csv"), format: .csv,
                    types: [TypedName("n", .int64), TypedName("x", .float64)]))
            try await scene.run(odd)
            #expect(
                try scene.text("out.json") == "{\"n\":1,\"x\":null}\n{\"n\":2,\"x\":null}\n{\"n\":3,\"x\":null}\n")
            try await scene.run(scene.pipeline(sink: "out.csv.gz", format: .csv))
            #expect(try await scene.rows("SELECT count(*) AS n FROM read_csv('IN/out.csv.gz')") == ["{'n': 4}"])
            #expect(try scene.names == ["odd.csv", "out.csv", "out.csv.gz", "out.json", "out.tsv"])
        }
    }

    @Test(
        "a partitioned folder has Hive names, without its columns inside; nothing and empty text are one partition",
        arguments: duckDBFormats)
    func partitions(format: FileFormat) async throws {
        try await inScene { scene in
            let run = RunID.random()
            let pipeline = scene.pipeline(sink: "out", format: format, partitionBy: ["k"])
            let report = try await scene.run(pipeline, id: run)
            let ending = "part-\(run)-0.\(format.rawValue)"
            #expect(
                try FileSystem.files(below: scene.folder + "/out") == [
                    "k=__HIVE_DEFAULT_PARTITION__/\(ending)", "k=north/\(ending)", "k=south/\(ending)",
                ])
            let function = format == .json ? "read_json" : "read_\(format.rawValue)"
            #expect(
                try await scene.rows(
                    "SELECT n, x FROM \(function)('IN/out/k=north/*', hive_partitioning = false)")
                    == ["{'n': 1, 'x': 1.5}", "{'n': 4, 'x': 0.0}"])
            #expect(report.metrics.filesWritten == 3)
            #expect(report.manifest?.move == .exchangeFolder)
            #expect(try scene.names == ["out"])
            // Once more: the older folder goes as a whole.
            let next = RunID.random()
            try await scene.run(pipeline, id: next)
            #expect(try FileSystem.files(below: scene.folder + "/out").allSatisfy { $0.contains("\(next)") })
        }
    }

    @Test("partition values with signs that file systems and patterns use are read back as they were")
    func oddPartitions() async throws {
        try await inScene { scene in
            let values = ["a/b", "ü", "50%", "x=y", "[a]*?", "a b", "q'\"", "%41"]
            let lines = values.map { "\"\($0.replacingOccurrences(of: "\"", with: "\"\""))\",1" }
            try write("k,n\n" + lines.joined(separator: "\n") + "\n", to: scene.folder + "/odd.csv")
            for format in duckDBFormats {
                try await scene.run(
                    scene.pipeline(sink: "out-\(format)", format: format, partitionBy: ["k"], source: "odd.csv"))
                let names = try FileSystem.names(in: "\(scene.folder)/out-\(format)")
                #expect(names.contains("k=ü") && names.contains("k=a b") && names.contains("k=%2541"), "\(names)")
            }
            let found = try await scene.rows(
                "SELECT k FROM read_parquet('IN/out-parquet/**/*.parquet', hive_partitioning = true)")
            #expect(found == (try await scene.rows("SELECT k FROM read_csv('IN/odd.csv')")))
            #expect(found.count == values.count)
        }
    }

    // MARK: - Modes

    @Test("appending to a file keeps the old rows first", arguments: duckDBFormats)
    func appendToFile(format: FileFormat) async throws {
        try await inScene { scene in
            let path = "out.\(format.rawValue)"
            let first = scene.pipeline(sink: path, format: format, mode: .append, transforms: [filter(n: 3)])
            let second = scene.pipeline(sink: path, format: format, mode: .append, transforms: [filter(n: 2)])
            try await scene.run(first)
            try await scene.run(second)
            #expect(
                try await scene.rows("SELECT row_number() OVER () AS i, n FROM '\(scene.folder)/\(path)'")
                    == ["{'i': 1, 'n': 4}", "{'i': 2, 'n': 3}", "{'i': 3, 'n': 4}"])
            let other = scene.pipeline(
                sink: path, format: format, mode: .append,
                transforms: [TransformSpec(.select(columns: [PlacedText("n")]))])
            let before = try Data(contentsOf: URL(fileURLWithPath: scene.folder + "/" + path))
            let error = await #expect(throws: Failure.self) { try await scene.run(other) }
            #expect(error?.kind == .invalidPipeline)
            #expect(error?.message.contains("its columns are") == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: scene.folder + "/" + path)) == before)
            #expect(try scene.names == [path])
        }
    }

    @Test("appending to a folder adds files named after the run, so that a repetition replaces itself")
    func appendToFolder() async throws {
        try await inScene { scene in
            let (first, second) = (RunID.random(), RunID.random())
            let pipeline = scene.pipeline(sink: "out", partitionBy: ["k"], mode: .append)
            for run in [first, second, second] { try await scene.run(pipeline, id: run) }
            #expect(
                try await scene.rows("SELECT count(*) AS n FROM read_parquet('IN/out/**/*.parquet')") == ["{'n': 8}"])
            #expect(try FileSystem.files(below: scene.folder + "/out").count == 6)
        }
    }

    @Test("overwriting partitions replaces those that have rows and leaves the others")
    func overwritePartitions() async throws {
        try await inScene { scene in
            let (first, second) = (RunID.random(), RunID.random())
            func pipeline(_ transforms: [TransformSpec]) -> PipelineSpec {
                scene.pipeline(
                    sink: "out", format: .csv, partitionBy: ["k"], mode: .overwritePartitions, transforms: transforms)
            }
            try await scene.run(pipeline([]), id: first)
            let report = try await scene.run(pipeline([filter(n: 3)]), id: second)
            #expect(report.manifest?.move == .exchangePartitions)
            #expect(
                try FileSystem.files(below: scene.folder + "/out") == [
                    "k=__HIVE_DEFAULT_PARTITION__/part-\(first)-0.csv", "k=north/part-\(second)-0.csv",
                    "k=south/part-\(first)-0.csv",
                ])
        }
    }

    @Test("a result without rows replaces the older one", arguments: duckDBFormats)
    func noRows(format: FileFormat) async throws {
        try await inScene { scene in
            for partitions in [[], ["k"]] {
                let path = "out\(partitions.count)"
                func pipeline(_ limit: Int64) -> PipelineSpec {
                    scene.pipeline(
                        sink: path, format: format, partitionBy: partitions, transforms: [filter(n: limit)])
                }
                try await scene.run(pipeline(0))
                let report = try await scene.run(pipeline(100))
                #expect(report.metrics.rowsOut == 0)
                #expect(try FileSystem.files(below: scene.folder + "/" + path).count == 1 - partitions.count)
            }
        }
    }

    // MARK: - Checks, dry runs, failures

    @Test("failed checks leave nothing to publish and nothing beside the sink, unless they are told to")
    func failedChecks() async throws {
        try await inScene { scene in
            let checks = [CheckSpec(.notNull(columns: [PlacedText("k")])), CheckSpec(.rowCount(min: 1, max: nil))]
            let pipeline = scene.pipeline(sink: "out.csv", format: .csv, checks: checks)
            let report = try await scene.run(pipeline)
            #expect(report.manifest == nil)
            #expect(report.failedChecks.map(\.failedRows) == [1])
            #expect(report.checks.map(\.passed) == [false, true])
            #expect(report.outputs.isEmpty)
            #expect(try scene.names.isEmpty)

            var regardless = scene.attempt(pipeline)
            regardless.publishesFailedChecks = true
            let second = try await scene.engine.execute(regardless) { _ in }
            #expect(second.failedChecks.count == 1)
            #expect(second.manifest != nil)
            #expect(second.steps.map(\.name) == ["read_source", "quality_checks", "write_sink"])
            await FilePublisher().discard(try #require(second.manifest))
            #expect(try scene.names.isEmpty)
        }
    }

    @Test("a dry run does everything but write")
    func dryRun() async throws {
        try await inScene { scene in
            let phases = Mutex<[String]>([])
            for sink in ["new/out.csv", nil] {
                let attempt = scene.attempt(scene.pipeline(sink: sink, format: .csv), isDryRun: true)
                let report = try await scene.engine.execute(attempt) { progress in
                    phases.withLock { $0.append(progress.phase) }
                }
                #expect(report.manifest == nil)
                #expect(report.metrics.rowsOut == 4)
                #expect(try scene.names.isEmpty)
            }
            #expect(phases.withLock { Set($0).isSuperset(of: ["describe", "check"]) })
        }
    }

    @Test("what is wrong with a pipeline or its data has its kind and step, and leaves nothing behind")
    func failures() async throws {
        try await inScene { scene in
            func failure(_ pipeline: PipelineSpec) async throws -> Failure {
                try #require(await #expect(throws: Failure.self) { try await scene.run(pipeline) })
            }
            let missing = try await failure(scene.pipeline(sink: "out.csv", format: .csv, source: "nothing.csv"))
            #expect(missing.kind == .inputMissing)
            #expect(missing.step == "read_source")
            let unknown = try await failure(
                scene.pipeline(
                    sink: "out.csv", format: .csv,
                    transforms: [
                        TransformSpec(.select(columns: [PlacedText("kk"), PlacedText("m")]))
                    ]))
            #expect(unknown.kind == .invalidPipeline)
            #expect(unknown.message.contains("\"kk\"") && unknown.message.contains("\"m\""))
            try write("n\n" + String(repeating: "1\n", count: 30000) + "secret\n", to: scene.folder + "/late.csv")
            let bad = try await failure(scene.pipeline(sink: "out.csv", format: .csv, source: "late.csv"))
            #expect(bad.kind == .badData)
            #expect(bad.message.contains("line 30002") && bad.message.contains("\"n\""))
            #expect(!bad.message.contains("secret"))
            let all = try await failure(scene.pipeline(sink: "out", partitionBy: ["k", "n", "x"]))
            #expect(all.kind == .invalidPipeline)
            try FileSystem.makeFolders(scene.folder + "/folder.csv")
            let shape = try await failure(scene.pipeline(sink: "folder.csv", format: .csv))
            #expect(shape.kind == .invalidPipeline)
            #expect(shape.step == "write_sink")
            #expect(try scene.names == ["folder.csv", "late.csv"])
        }
    }

    @Test("a cancelled attempt ends its child and leaves nothing behind")
    func cancelled() async throws {
        try await inScene { scene in
            try await scene.engine.pool.prestart()
            let child = try #require(await scene.engine.pool.idleProcessIDs.first)
            let lines = (0..<4000).map { "a,\($0)" }.joined(separator: "\n")
            try write("k,n\n" + lines + "\n", to: scene.folder + "/big.csv")
            var pipeline = scene.pipeline(sink: "out", source: "big.csv")
            for _ in 0..<2 {
                pipeline.transforms.append(
                    TransformSpec(
                        .join(
                            JoinSpec(
                                right: .named(PlacedText("source")),
                                keys: [.init(left: PlacedText("k"), right: PlacedText("k"))]))))
            }
            let attempt = scene.attempt(pipeline)
            let run = Task { try await scene.engine.execute(attempt) { _ in } }
            try await waitUntil("rows are being written") { ProcessUsage(of: child).cpuSeconds ?? 0 > 0.5 }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(!isAlive(child))
            #expect(try scene.names == ["big.csv"])
        }
    }

    @Test("confined to its roots the engine works inside them and is denied outside")
    func confined() async throws {
        try await inScene(allowedRoots: ["/root"]) { scene in
            try write("k,n,x\nnorth,1,1\n", to: scene.folder + "/root/in/a.csv")
            for path in ["root/out", "root/out.csv"] {
                for format in duckDBFormats {
                    let pipeline = scene.pipeline(
                        sink: "\(path)-\(format)", format: format, partitionBy: ["k"], source: "root/in/*.csv")
                    let report = try await scene.run(pipeline)
                    #expect(report.metrics.rowsIn == 1)
                    #expect(report.inputs.first?.name == scene.folder + "/root/in")
                }
            }
            let dry = scene.attempt(scene.pipeline(sink: nil, source: "root/in/a.csv"), isDryRun: true)
            #expect(try await scene.engine.execute(dry) { _ in }.metrics.rowsOut == 1)
            for (source, sink) in [("in.csv", "root/x"), ("root/in/a.csv", "x")] {
                let error = await #expect(throws: Failure.self) {
                    try await scene.run(scene.pipeline(sink: sink, source: source))
                }
                #expect(error?.kind == .accessDenied)
            }
        }
    }

    @Test("explaining gives the plan and the statement, and touches nothing")
    func explains() async throws {
        try await inScene { scene in
            let explanation = try await scene.engine.explain(
                scene.attempt(scene.pipeline(sink: "out.csv", format: .csv, transforms: [filter(n: 2)])))
            #expect(explanation.plan.output.columns.map(\.name) == ["k", "n", "x"])
            #expect(explanation.sql.contains("SELECT"))
            #expect(try scene.names.isEmpty)
        }
    }
}
