import Foundation
import Pipeline

/// Gives the reader of landings messages that no service would send.
public struct LandingFuzzer {
    private let seed: UInt64
    private let samples: [[UInt8]]

    private static let pieces: [[UInt8]] = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud83d", "null", "true", "-1", "1e999",
        "99999999999999999999", "\0", "\u{E9}", "%", "%2", "%FF", "+", "{\"Records\":[", "\"s3\":null,",
        "\"version\":1,",
        "\"uri\":\"/a\",", "\"specversion\":\"1.0\",", "\"data\":{},", "\"eventType\":7,", "[[[[[[[[",
        "\"message\":{},",
    ].map { Array($0.utf8) }

    /// `samples`: messages that can be read, at least one.
    public init(seed: UInt64, samples: [String]) {
        self.seed = seed
        self.samples = samples.map { Array($0.utf8) }
    }

    /// Throws what is wrong with the answer.
    public func run(round: UInt64) throws {
        var dice = SeededDice(seed: seed &+ round &* 0xD134_2543_DE82_EF95)
        var bytes = dice.pick(samples)
        for _ in 0...dice.roll(4) {
            let at = dice.roll(bytes.count + 1)
            switch dice.roll(5) {
            case 0: bytes = Array(bytes.prefix(at))
            case 1 where at < bytes.count: bytes[at] = .random(in: .min ... .max, using: &dice)
            case 2 where at < bytes.count: bytes.removeSubrange(at..<min(bytes.count, at + 1 + dice.roll(20)))
            case 3: bytes.insert(contentsOf: dice.pick(Self.pieces), at: at)
            default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + dice.roll(60))], at: at)
            }
        }
        let headers =
            dice.flip()
            ? [] : [(name: "ce_specversion", value: Data("1.0".utf8)), (name: "ce_type", value: Data(bytes.prefix(9)))]
        func failure(_ text: String) -> LanguageFuzzer.Failure {
            LanguageFuzzer.Failure(
                description:
                    "seed \(seed), round \(round): \(text) in:\n\(String(decoding: bytes.prefix(2_000), as: UTF8.self))"
            )
        }
        do {
            let message = try LandingMessage.decode(Data(bytes), headers: headers)
            for landing in message.landings {
                guard !landing.uri.isEmpty, landing.uri.utf8.count <= LandingLimits.uriBytes, !landing.revision.isEmpty,
                    landing.revision.utf8.count <= LandingLimits.revisionBytes,
                    !(landing.uri + landing.revision).utf8.contains(where: { $0 < 0x20 })
                else { throw failure("a landing beyond its limits") }
                // What is handed on in our own form says the same.
                let again = try LandingMessage.decode(landing.encoded()).landings
                let isAbsolute = landing.uri.contains("://") || landing.uri.hasPrefix("/")
                guard !isAbsolute || again.first.map({ $0.identity.utf8.elementsEqual(landing.identity.utf8) }) == true
                else { throw failure("our own form of it says something else") }
            }
        } catch let error as LandingDecodingError {
            guard !error.detail.isEmpty, error.detail.utf8.count < 4_096 else {
                throw failure("no reason, or too much of one")
            }
        }
    }
}
