import CRdKafka
import Logging
import Pipeline
import Testing

@testable import Queue

@Suite struct KafkaSettingsTests {
    @Test("all topics share the prefix, and requests are consumed by priority")
    func topics() {
        let topics = Topics(prefix: "acme")
        #expect(topics.requests == ["acme.runs.high", "acme.runs", "acme.runs.low"])
        #expect(topics.all == topics.requests + ["acme.landings", "acme.dead"])
        #expect(Topics().runs(.normal) == "quicketl.runs")
    }

    @Test(
        "properties that the promises rest on cannot be set",
        arguments: ["enable.auto.commit", "acks", "enable.idempotence", "bootstrap.servers", "auto.offset.reset"])
    func reserved(name: String) {
        let settings = KafkaSettings(brokers: "b:9092", properties: [name: "x"])
        let error = #expect(throws: QueueError.self) { try settings.check() }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(name) == true)
    }

    @Test(
        "settings that cannot work are refused",
        arguments: [
            KafkaSettings(brokers: ""), KafkaSettings(brokers: "b", topicPrefix: "a b"),
            KafkaSettings(brokers: "b", topicPrefix: ""), KafkaSettings(brokers: "b", groupID: ""),
            KafkaSettings(brokers: "b", deliveryLimit: .zero), KafkaSettings(brokers: "b", closeLimit: .seconds(-1)),
        ])
    func unusable(settings: KafkaSettings) {
        #expect(throws: QueueError.self) { try settings.check() }
    }

    @Test(
        "no text about the settings repeats the value of a property",
        arguments: [
            ["sasl.password": "hunter2-secret"], ["sasl.mechanism": "hunter2-secret"], ["hunter": "hunter2-secret"],
            ["security.protocol": "hunter2-secret"], ["ssl.key.pem": "hunter2-secret", "security.protocol": "ssl"],
        ])
    func secrets(properties: [String: String]) {
        let settings = KafkaSettings(brokers: "127.0.0.1:1", properties: properties)
        #expect(!settings.description.contains("hunter2"))
        do {
            let producer = try ProducerHandle(settings, logger: TestBroker.logger)
            producer.beginClose()
        } catch {
            #expect(!error.description.contains("hunter2"))
            #expect(error.kind == .configuration)
            #expect(!error.isTransient)
        }
    }

    @Test(
        "codes have the kind that decides whether trying again can help",
        arguments: [
            (RD_KAFKA_RESP_ERR__TRANSPORT, QueueError.Kind.unreachable, true),
            (RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, .unreachable, true),
            (RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, .unavailable, true),
            (RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, .unavailable, true),
            (RD_KAFKA_RESP_ERR__QUEUE_FULL, .overloaded, true),
            (RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, .topicMissing, true),
            (RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, .tooLarge, false),
            (RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, .unauthorized, false),
            (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, .unauthorized, false),
            (RD_KAFKA_RESP_ERR__FATAL, .fatal, true),
            (RD_KAFKA_RESP_ERR__PURGE_QUEUE, .closed, true),
            (RD_KAFKA_RESP_ERR_UNKNOWN, .unclassified, true),
        ])
    func kinds(code: rd_kafka_resp_err_t, kind: QueueError.Kind, isTransient: Bool) {
        let error = QueueError(code, operation: "publication to t")
        #expect(error.kind == kind)
        #expect(error.isTransient == isTransient)
        #expect(error.description.hasPrefix("publication to t failed: "))
        #expect(error.description.contains(error.codeName))
    }
}
