public import Fleet
public import Queue

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
