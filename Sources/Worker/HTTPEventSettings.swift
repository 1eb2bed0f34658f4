import Events
import Foundation
import Settings

/// Here and not with the other settings: only workers send events, and the client for it is large.
extension HTTPEventReceiver {
    /// nil when no address is set.
    init?(of settings: Settings) throws {
        guard let text = settings.text(.lineageURL) else { return nil }
        guard let url = URL(string: text),
            let receiver = try HTTPEventReceiver(
                url: url, token: settings.text(.lineageToken), authorities: settings.text(.lineageAuthorities))
        else {
            throw SettingsError("setting lineage_url: not an address such as https://marquez:5000/api/v1/lineage")
        }
        self = receiver
    }
}
