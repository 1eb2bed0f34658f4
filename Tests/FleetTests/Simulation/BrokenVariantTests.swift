import Foundation
import Testing

/// A simulation that finds nothing proves nothing: each of these breaks one rule, and must be found out.
@Suite struct BrokenVariantTests {
    /// Seeds until a violation is found; the limit is many times what it takes.
    private func findings(_ variant: World.Variant, within limit: UInt64) -> (seed: UInt64, violation: String)? {
        for seed in 1...limit {
            if let violation = Course(seed: seed, variant: variant).violation { return (seed, violation) }
        }
        return nil
    }

    @Test(arguments: World.Variant.allCases.filter { $0 != .faithful })
    func isFoundOut(variant: World.Variant) {
        let found = findings(variant, within: 2000)
        #expect(found != nil, "\(variant) was not noticed")
        if let found { print("\(variant): seed \(found.seed): \(found.violation)") }
        if let found, ProcessInfo.processInfo.environment["QUICKETL_TRACE"] == "\(variant)" {
            print(Course(seed: found.seed, variant: variant, isTraced: true).trace.joined(separator: "\n"))
        }
    }
}
