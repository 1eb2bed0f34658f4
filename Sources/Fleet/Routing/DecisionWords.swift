import Foundation
import Pipeline

/// A decision as a sentence with the numbers that it rests on.
struct DecisionWords {
    private let question: RoutingQuestion
    private let prediction: Prediction

    init(_ question: RoutingQuestion, _ prediction: Prediction) {
        (self.question, self.prediction) = (question, prediction)
    }

    func asked(_ engine: EngineKind) -> String { "\(engine.title) was asked for" }

    func corrected(_ correction: EngineCorrection) -> String {
        let memory = correction.memoryBytes.map { " of \(Self.size($0))" } ?? ""
        return
            "\(correction.from.title) ran out of memory\(memory) in an earlier attempt of this run, so it is made again on "
            + correction.to.title
    }

    func noSpark(_ reason: String) -> String { "DuckDB, for there is no Spark to choose: \(reason)" + doubt }

    func sparkFailed(_ reason: String) -> String {
        "DuckDB\(expectation(.duckdb)); Spark was left out because it could not be used: \(reason)"
    }

    func capability(_ engine: EngineKind, _ refusal: String) -> String {
        "\(engine.title), which alone can do it: \(refusal)" + (engine == .duckdb ? doubt : "")
    }

    func localMaxBytes(_ most: Int64) -> String {
        "Spark: \(input) will be read, more than the \(Self.size(most)) that DuckDB may be given"
    }

    /// What DuckDB may fail for, although it has to do it.
    private var doubt: String {
        let budget = Self.size(question.memoryBytes)
        return switch prediction.shortage {
        case nil: ""
        case .memory: "; it may run out of memory (\(budget))"
        case .least(let bytes): "; it may want \(Self.size(bytes)) of memory at least, and has \(budget)"
        case .disk(let bytes):
            "; it may have to spill \(Self.size(bytes)), and has room for \(Self.size(question.temporaryBytes ?? 0))"
        case .before: "; it ran out of memory (\(budget)) in this pipeline before"
        }
    }

    var unknownInput: String {
        let notes = (question.estimate?.sources ?? []).filter { $0.readBytes == nil }.compactMap(\.note)
        return "DuckDB: how much will be read is not known before" + (notes.first.map { " (\($0))" } ?? "")
            + ", and it goes on to Spark by itself should its memory not do"
    }

    func memory(_ shortage: Prediction.Shortage) -> String {
        let budget = Self.size(question.memoryBytes)
        let held = Self.size(Prediction.whole((question.workload?.heldGigabytes ?? 0) * 1e9))
        return switch shortage {
        case .memory:
            "Spark: \(input) will be read, of which DuckDB would have to hold \(held) at a time, and it may have \(budget)"
        case .least(let bytes):
            "Spark: \(input) will be read in rows so wide that DuckDB wants \(Self.size(bytes)) of memory at least, and may "
                + "have \(budget)"
        case .disk(let bytes):
            "Spark: \(input) will be read, of which DuckDB, with \(budget) of memory, would have to spill "
                + "\(Self.size(bytes)), more than the \(Self.size(question.temporaryBytes ?? 0)) that it has room for"
        case .before(let gigabytes):
            "Spark: \(input) will be read, and DuckDB ran out of memory (\(budget)) in this pipeline before, with "
                + "\(Self.size(Prediction.whole(gigabytes * 1e9))) uncompressed"
        }
    }

    func time(_ engine: EngineKind) -> String {
        let other: EngineKind = engine == .duckdb ? .spark : .duckdb
        var sentence =
            "\(engine.title): \(input) will be read, which takes it some "
            + "\(Self.time(prediction.seconds[engine])), and \(other.title) some \(Self.time(prediction.seconds[other]))"
        if question.spark == .cold {
            sentence += " (\(Self.time(ModelDefaults.coefficients(.spark).coldStartSeconds)) of it to start Spark)"
        }
        if let peak = prediction.peakMemoryBytes.duckdb {
            sentence += "; DuckDB would use some \(Self.size(peak)) of \(Self.size(question.memoryBytes)) of memory"
        }
        if prediction.spilledBytes > 0 { sentence += " and spill \(Self.size(prediction.spilledBytes))" }
        if let prefer = question.prefer { sentence += "; \(prefer.rawValue) is preferred" }
        return sentence + learned(engine)
    }

    /// ` (some 2 s, 300 MB of memory)`
    private func expectation(_ engine: EngineKind) -> String {
        guard let seconds = prediction.seconds[engine], let peak = prediction.peakMemoryBytes[engine] else { return "" }
        return " (some \(Self.time(seconds)) and \(Self.size(peak)) of memory)"
    }

    private func learned(_ engine: EngineKind) -> String {
        guard let fit = question.fit?[engine], !fit.isNothing else { return "" }
        func runs(_ count: Int) -> String { "; judged by \(count) earlier run\(count == 1 ? "" : "s") of " }
        if fit.ownRuns > 0 { return runs(fit.ownRuns) + "this pipeline" }
        if fit.likeRuns > 0 { return runs(fit.likeRuns) + "pipelines like it" }
        return runs(fit.otherRuns) + "other pipelines"
    }

    private var input: String {
        guard let estimate = question.estimate, let bytes = estimate.readBytes else { return "an unknown input" }
        let files = estimate.files
        return Self.size(bytes) + (files > 0 ? " in \(files) file\(files == 1 ? "" : "s")" : "")
    }

    // MARK: - Numbers

    static func size(_ bytes: Int64) -> String {
        let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        return unit == 0 || value >= 99.5
            ? "\(Int(value.rounded())) \(units[unit])" : "\(Self.short(value)) \(units[unit])"
    }

    static func time(_ seconds: Double?) -> String {
        guard let seconds else { return "an unknown time" }
        if seconds < 1 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 120 { return "\(short(seconds)) s" }
        if seconds < 7200 { return "\(Int((seconds / 60).rounded())) min" }
        return "\(short(seconds / 3600)) h"
    }

    private static func short(_ value: Double) -> String {
        let text = String(format: value < 9.95 ? "%.1f" : "%.0f", value)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
