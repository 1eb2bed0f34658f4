#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/* rd_kafka_producev is variadic, which Swift cannot call. Key, payload and topic are copied. `headers` passes to
 * librdkafka when the call succeeds, and stays with the caller when it does not. */
static inline rd_kafka_resp_err_t quicketl_produce(rd_kafka_t *client, const char *topic,
                                                   const void *key, size_t key_length,
                                                   const void *payload, size_t payload_length,
                                                   rd_kafka_headers_t *headers, void *loan) {
    return rd_kafka_producev(client,
                             RD_KAFKA_V_TOPIC(topic),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_KEY(key, key_length),
                             RD_KAFKA_V_VALUE((void *)payload, payload_length),
                             RD_KAFKA_V_HEADERS(headers),
                             RD_KAFKA_V_OPAQUE(loan),
                             RD_KAFKA_V_END);
}
