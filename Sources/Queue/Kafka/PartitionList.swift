import CRdKafka

/// A list of partitions, each with an offset where one matters. Frees librdkafka's list when it goes out of scope.
struct PartitionList: ~Copyable {
    private let raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ partitions: some Collection<TopicPartition>) {
        raw = rd_kafka_topic_partition_list_new(Int32(clamping: partitions.count))
        for partition in partitions { rd_kafka_topic_partition_list_add(raw, partition.topic, partition.partition) }
    }

    /// With the offset to continue from.
    init(positions: [TopicPartition: Int64]) {
        raw = rd_kafka_topic_partition_list_new(Int32(clamping: positions.count))
        for (partition, offset) in positions {
            rd_kafka_topic_partition_list_add(raw, partition.topic, partition.partition)?.pointee.offset = offset
        }
    }

    /// Topics to subscribe to.
    init(topics: [String]) {
        raw = rd_kafka_topic_partition_list_new(Int32(clamping: topics.count))
        for topic in topics { rd_kafka_topic_partition_list_add(raw, topic, RD_KAFKA_PARTITION_UA) }
    }

    deinit { rd_kafka_topic_partition_list_destroy(raw) }

    /// The pointer must not leave `body`.
    func withList<Value>(_ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Value) -> Value {
        body(raw)
    }

    /// Copies a list that librdkafka lends to a callback, with each partition's error.
    static func elements(
        borrowing list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) -> [(partition: TopicPartition, error: rd_kafka_resp_err_t)] {
        guard let list, let elements = list.pointee.elems else { return [] }
        return UnsafeBufferPointer(start: elements, count: Int(list.pointee.cnt)).compactMap { element in
            guard let topic = element.topic else { return nil }
            return (TopicPartition(topic: String(cString: topic), partition: element.partition), element.err)
        }
    }
}
