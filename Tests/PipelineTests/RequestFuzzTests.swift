import Foundation
import Pipeline
import Testing

/// Any bytes give a request or an error. Replay with QUICKETL_SEED.
@Suite struct RequestFuzzTests {
    @Test("mutilated messages give a request that can be written again, or an error, and never a trap")
    func mutations() throws {
        let seed =
            ProcessInfo.processInfo.environment["QUICKETL_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        let samples = try [RequestSamples.full, RequestSamples.plain].map { Array(try $0.encoded()) }
        let tokens = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "null", "true", "-", "1e9", "\0", "\u{E9}",
        ]
        var accepted = 0
        for round in 0..<3_000 {
            var bytes = samples[Int.random(in: 0..<samples.count, using: &random)]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes = Array(bytes.prefix(place))
                case 1 where place < bytes.count: bytes[place] = .random(in: .min ... .max, using: &random)
                case 2 where place < bytes.count: bytes.remove(at: place)
                case 3: bytes.insert(contentsOf: tokens.randomElement(using: &random)?.utf8 ?? "".utf8, at: place)
                default:
                    let end = min(bytes.count, place + Int.random(in: 0...40, using: &random))
                    bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
                }
            }
            do {
                let request = try RunRequest.decode(Data(bytes))
                accepted += 1
                let again = try RunRequest.decode(request.encoded())
                // Times are written to the millisecond.
                #expect(again.contentDigest == request.contentDigest, "seed \(seed), round \(round)")
            } catch let error as RequestDecodingError {
                #expect(!error.detail.isEmpty && error.detail.utf8.count < 4_096, "seed \(seed), round \(round)")
            }
        }
        // Otherwise the mutations are too harsh to say anything about what is accepted.
        #expect(accepted > 10, "seed \(seed)")
    }

    @Test("random bytes are refused")
    func noise() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SplitMix(state: seed)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: .min ... .max, using: &random)
            }
            #expect(throws: RequestDecodingError.self, "seed \(seed)") { try RunRequest.decode(Data(bytes)) }
        }
    }
}

/// A small generator whose whole state is its seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
