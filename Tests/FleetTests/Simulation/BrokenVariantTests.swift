import Testing

/// A simulation that finds nothing proves nothing: each of these breaks one rule, and must be found out.
@Suite struct BrokenVariantTests {
    @Test(arguments: World.Variant.allCases.filter { $0 != .faithful })
    func isFoundOut(variant: World.Variant) async throws {
        let emphasis: FaultPlan.Emphasis? = variant == .noFence ? .rivals : nil
        let found = await onThread {
            (UInt64(1)...3000).lazy.compactMap { seed in
                Course(seed: seed, variant: variant, emphasis: emphasis).violation.map { (seed: seed, violation: $0) }
            }.first
        }
        let (seed, violation) = try #require(found, "\(variant) was not noticed")
        print("simulation: \(variant) found out by seed \(seed): \(violation)")
        #expect(variant.findings.contains { violation.contains($0) }, "seed \(seed): \(violation)")
        #expect(
            Course(seed: seed, emphasis: emphasis).violation == nil,
            "seed \(seed) finds fault with what is not broken either")
    }
}

extension World.Variant {
    /// One of these is what it must be found out by.
    fileprivate var findings: [String] {
        switch self {
        case .faithful: []
        case .noTokens: ["a stale token"]
        case .noFence: ["became visible again", "replaced that of a newer one"]
        case .judgesAcrossSessions: ["was judged dead while it lived"]
        case .trustOutlivesJudgement: ["still executes what was taken"]
        case .commitsBeforeAccept: ["was committed before"]
        case .settlesBeforeMove: ["succeeded without its output"]
        case .forgetsUnheardClaims: ["was lost"]
        case .confirmsTooEarly: ["was confirmed while it was executed"]
        }
    }
}
