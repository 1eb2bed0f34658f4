import Fleet
import Foundation
import Store

/// One run for people, section by section.
struct ShownRun {
    private let detail: RunDetail

    init(_ detail: RunDetail) { self.detail = detail }

    /// One flat object: the summary's fields beside the details.
    static func json(of detail: RunDetail) throws -> String {
        let encoded = try RunHistory.jsonEncoder().encode(detail)
        guard var object = try JSONSerialization.jsonObject(with: encoded) as? [String: Any] else { return "{}" }
        let summary = object.removeValue(forKey: "run") as? [String: Any] ?? [:]
        // The list of attempts says more than their number.
        object.merge(summary) { detail, _ in detail }
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    func show() {
        showHead()
        section("attempts", detail.attempts) { attempt in
            let end = Moment.span(attempt.finishedAt.map { $0.timeIntervalSince(attempt.startedAt) })
            let version = attempt.engineVersion.map { " \($0)" } ?? ""
            let engine = attempt.engine.map { "  \($0)\(version)" } ?? ""
            let error = attempt.error.map { "  \($0)" } ?? ""
            return
                "\(attempt.attempt)  \(attempt.state)\(engine)  \(Moment.shown(attempt.startedAt))  \(end)  worker \(attempt.workerID)\(error)"
        }
        section("steps", detail.steps) { step in
            "\(step.name)  rows in \(Amount.count(step.rowsIn)), out \(Amount.count(step.rowsOut)), \(Moment.span(step.seconds))"
        }
        section("checks", detail.checks) { check in
            // What passed says so by itself: "passed (15 rows)".
            let outcome =
                check.passed
                ? Console.coloured(check.message, .green) : Console.coloured("failed", .red) + "  " + check.message
            let samples = check.samples.isEmpty ? "" : "\n    such as \(check.samples.joined(separator: "; "))"
            return "\(check.type) \(check.subject): \(outcome)\(samples)"
        }
        section("inputs", detail.inputs, describe)
        section("outputs", detail.outputs, describe)
        section("timeline", RunTimeline(detail).entries, RunsLogsCommand.line)
        section("column lineage", detail.lineage) { edge in
            "\(edge.outputColumn ?? "(every column)") <- \(edge.inputSource).\(edge.inputColumn)  \(edge.type) \(edge.subtype)\(edge.masking ? ", masked" : "")"
        }
    }

    private func showHead() {
        let run = detail.summary
        Console.say("run        \(run.runID)")
        Console.say("pipeline   \(run.pipeline)")
        Console.say("state      \(Console.coloured(run.state.rawValue, StateColour.of(run.state)))")
        if let error = run.error { Console.say("error      \(detail.errorStep.map { "\($0): " } ?? "")\(error)") }
        if !detail.variables.isEmpty {
            let pairs = detail.variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            Console.say("variables  \(pairs.joined(separator: " "))")
        }
        if let engine = run.engine {
            Console.say("engine     \(engine)\(detail.decision == nil ? ": \(detail.engineReason ?? "")" : "")")
        }
        if let decision = detail.decision { ShownDecision(decision).show("           ") }
        Console.say("submitted  \(Moment.shown(run.submittedAt)) by \(detail.submittedBy)")
        if let parent = detail.parent { Console.say("part of    \(parent.kind.rawValue) \(parent.name) \(parent.id)") }
        if let earlier = detail.retryOf { Console.say("repeats    \(earlier)") }
        if run.finishedAt != nil {
            let took = Moment.span(run.durationMilliseconds.map { Double($0) / 1000 })
            Console.say("finished   \(Moment.shown(run.finishedAt)) after \(took)")
        }
        Console.say(
            "rows       \(Amount.count(run.rowsIn)) in, \(Amount.count(run.rowsOut)) out; bytes \(Amount.bytes(run.bytesIn)) in, \(Amount.bytes(run.bytesOut)) out"
        )
        if let memory = detail.peakMemoryBytes {
            Console.say("used       \(Amount.bytes(memory)) of memory, \(Moment.span(detail.cpuSeconds)) of CPU")
        }
    }

    private func section<Element>(_ title: String, _ elements: [Element], _ line: (Element) -> String) {
        guard !elements.isEmpty else { return }
        Console.say("\n\(Console.coloured(title, .bold))")
        for element in elements { Console.say("  \(line(element))") }
    }

    private func describe(_ dataset: RunDetail.Dataset) -> String {
        let files = dataset.files.map { "\($0) files, " } ?? ""
        return
            "\(dataset.namespace) \(dataset.name)  \(files)\(Amount.count(dataset.rows)) rows, \(Amount.bytes(dataset.bytes)), \(dataset.columns.count) columns"
    }
}
