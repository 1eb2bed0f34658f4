import Fleet

/// Which engine and why, for people.
struct ShownDecision {
    private let decision: Decision

    init(_ decision: Decision) { self.decision = decision }

    func show(_ indent: String = "") {
        Console.say("\(indent)\(decision.reason)")
        if let bytes = decision.estimatedBytes {
            let files = decision.estimatedFiles.map { ", files \(Amount.count(Int64($0)))" } ?? ""
            Console.say("\(indent)expected: \(Amount.bytes(bytes)) to read\(files)")
        }
        for engine in EngineKind.allCases {
            guard let seconds = decision.predictedSeconds[engine] else { continue }
            Console.say(
                "\(indent)expected on \(engine.title): \(Moment.span(seconds)), "
                    + "\(Amount.bytes(decision.predictedPeakMemoryBytes[engine])) of memory")
        }
        for source in decision.question.estimate?.sources ?? [] {
            if let note = source.note { Console.say("\(indent)\(note)") }
        }
    }
}
