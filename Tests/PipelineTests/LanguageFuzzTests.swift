import Foundation
import Fuzzing
import Testing

/// Any bytes give a value or problems, never a trap: pipelines, expressions, and plans over them. More of them with
/// `QUICKETL_FUZZ=1000000`, or `make fuzz`, which is faster; `QUICKETL_SEED` repeats a run.
@Suite struct LanguageFuzzTests {
    @Test func anyInputGivesAValueOrProblems() throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["QUICKETL_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        let count = environment["QUICKETL_FUZZ"].flatMap { UInt64($0) } ?? 20_000
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("quicketl-fuzz-\(UUID()).input")
        print("seed \(seed); the input that is being tried stands in \(file.path)")
        let fuzzer = try LanguageFuzzer(seed: seed, keepingInputIn: file)
        for round in 0..<count { try fuzzer.run(round: round) }
        fuzzer.finish()
    }
}
