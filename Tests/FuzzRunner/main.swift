import Dispatch
import Foundation
import Fuzzing
import Synchronization

// Tries QUICKETL_FUZZ inputs (a million) on all cores; `make fuzz`. Repeats a failure with QUICKETL_SEED, and one round
// of it with QUICKETL_ROUND. An input that takes more than a minute counts as a hang.

let environment = ProcessInfo.processInfo.environment
let seed = environment["QUICKETL_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
let round = environment["QUICKETL_ROUND"].flatMap { UInt64($0) }
let count = environment["QUICKETL_FUZZ"].flatMap { UInt64($0) } ?? 1_000_000
let lanes = round == nil ? UInt64(max(1, ProcessInfo.processInfo.activeProcessorCount)) : 1
let folder = FileManager.default.temporaryDirectory
let rounds = round.map { $0..<$0 + 1 } ?? 0..<count

/// At once, also into a pipe.
func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

func file(_ lane: UInt64) -> URL { folder.appendingPathComponent("quicketl-fuzz-\(getpid())-\(lane).input") }

say("seed \(seed), \(rounds.count) inputs; what is being tried stands in \(file(0).path)")

let done = Mutex<[UInt64: UInt64]>([:])
let failed = Mutex(false)
let group = DispatchGroup()
for lane in 0..<lanes {
    let thread = Thread {
        defer { group.leave() }
        do {
            let fuzzer = try LanguageFuzzer(seed: seed, keepingInputIn: file(lane))
            for round in stride(from: rounds.lowerBound + lane, to: rounds.upperBound, by: UInt64.Stride(lanes)) {
                try fuzzer.run(round: round)
                done.withLock { $0[lane] = ($0[lane] ?? 0) + 1 }
            }
            fuzzer.finish()
        } catch {
            failed.withLock { $0 = true }
            say("fuzz: \(error)")
        }
    }
    thread.stackSize = 8 << 20
    group.enter()
    thread.start()
}
var before: [UInt64: UInt64] = [:]
while group.wait(timeout: .now() + .seconds(60)) == .timedOut {
    let now = done.withLock { $0 }
    say("fuzz: \(now.values.reduce(0, +)) inputs")
    let isStuck = (0..<lanes).contains { lane in
        now[lane] == before[lane] && FileManager.default.fileExists(atPath: file(lane).path)
    }
    if isStuck {
        say("fuzz: an input takes more than a minute: one of \((0..<lanes).map { file($0).path })")
        exit(2)
    }
    before = now
}
let total = done.withLock { $0.values.reduce(0, +) }
say("fuzz: \(total) inputs, \(failed.withLock { $0 } ? "failed" : "each gave a value or problems")")
exit(failed.withLock { $0 } ? 1 : 0)
