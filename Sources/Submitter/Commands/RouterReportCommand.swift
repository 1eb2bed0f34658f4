import ArgumentParser
import Fleet
import Foundation
import Store

struct RouterReportCommand: AsyncParsableCommand, AnswersInJSON {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "How far predictions were off, and what the choices of engines cost.",
        discussion: """
            Rests on runs that are large enough to say something. An error of x2 means half or double. Regret compares
            runs with runs of the same pipeline on the other engine over inputs of like size, where there were any.
            """)

    @OptionGroup var services: ServiceOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp(
            "Only runs since then: a day, a moment (RFC 3339), or 90s, 5m, 24h, 7d back; 30d if not given.",
            valueName: "time"), transform: SinceOption.parse)
    var since: Date?

    func run() async throws {
        let settings = try services.settings()
        let since = since ?? Date() - 30 * 24 * 3600
        let report = try await Services.withStore(of: settings) { try await $0.history.routerReport(since: since) }
        if output.json { return try JSONText.show(report) }
        guard report.decisions > 0 else {
            return Console.note("no runs since \(Moment.shown(since)) that were large enough to say something")
        }
        var table = TextTable(["engine", "runs", "out of memory", "time p50", "time p90", "memory p50", "memory p90"])
        for engine in report.engines where engine.runs > 0 {
            table.add([
                .init(engine.engine.rawValue), .init(Amount.count(Int64(engine.runs)), isNumber: true),
                .init(Amount.count(Int64(engine.outOfMemory)), engine.outOfMemory > 0 ? .red : nil, isNumber: true),
                .init(Self.factor(engine.secondsError?.p50), isNumber: true),
                .init(Self.factor(engine.secondsError?.p90), isNumber: true),
                .init(Self.factor(engine.memoryError?.p50), isNumber: true),
                .init(Self.factor(engine.memoryError?.p90), isNumber: true),
            ])
        }
        table.show()
        if let bytes = report.bytesError {
            Console.say(
                "bytes      off by \(Self.factor(bytes.p50)) as a rule, \(Self.factor(bytes.p90)) in the worst tenth")
        }
        let regret = report.regret
        guard regret.runs > 0 else {
            return Console.say("regret     not known: no pipeline ran on both engines with inputs of like size")
        }
        Console.say(
            "regret     \(String(format: "%.1f %%", regret.share * 100)): \(Amount.count(Int64(regret.runs))) runs took "
                + "\(Moment.span(regret.seconds)) where \(Moment.span(regret.bestSeconds)) would have done")
        for one in report.worst {
            Console.say(
                "worst      \(one.pipeline) (\(one.run)): \(one.engine.rawValue) \(Moment.span(one.seconds)), the other "
                    + "\(Moment.span(one.otherSeconds)); \(one.reason)")
        }
    }

    private static func factor(_ factor: Double?) -> String { factor.map { String(format: "x%.2f", $0) } ?? "-" }
}
