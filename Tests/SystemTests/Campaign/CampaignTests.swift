import Foundation
import Testing

/// The promises under faults, with the real executables. `make torture` runs it for longer.
@Suite(.serialized) struct CampaignTests {
    @Test func whateverDiesEachRunHasOneEffect() async throws {
        let settings = CampaignSettings.fromEnvironment()
        let verdict = try await Campaign(settings: settings, folder: TemporaryFolder()).run()
        Campaign.say(verdict.text)
        if let report = settings.report {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(verdict).write(to: URL(fileURLWithPath: report))
        }
        #expect(verdict.lost.isEmpty)
        #expect(verdict.duplicated.isEmpty)
        #expect(verdict.partial.isEmpty)
        #expect(verdict.stale.isEmpty)
        #expect(verdict.untrue.isEmpty)
        #expect(verdict.failed.isEmpty)
        #expect(verdict.leftovers.isEmpty)
        // A campaign that did nothing would find nothing.
        #expect(verdict.totalFaults >= settings.faults / 4)
        #expect(verdict.states["succeeded", default: 0] > 0)
        #expect(verdict.readings > 0)
    }
}
