public import Events
public import Fleet
import Foundation
public import Queue

extension HTTPEventReceiver {
    /// nil when no address is set.
    public init?(of settings: Settings) throws(SettingsError) {
        guard let text = settings.text(.lineageURL) else { return nil }
        guard let url = URL(string: text), url.scheme?.lowercased() != "https" else {
            throw SettingsError(
                "setting lineage_url: this version speaks no TLS; name an http address near the workers, or set lineage_topic"
            )
        }
        guard let receiver = HTTPEventReceiver(url: url, token: settings.text(.lineageToken)) else {
            throw SettingsError("setting lineage_url: not an address such as http://marquez:5000/api/v1/lineage")
        }
        self = receiver
    }
}

extension KafkaEventReceiver {
    /// nil when no topic is set.
    public init?(of settings: Settings, sink: KafkaRequestSink) {
        guard let topic = settings.text(.lineageTopic) else { return nil }
        self.init(sink: sink, topic: topic)
    }
}

extension EventBuilder {
    public init(of settings: Settings) { self.init(namespace: settings.text(.lineageNamespace) ?? "quicketl") }
}
