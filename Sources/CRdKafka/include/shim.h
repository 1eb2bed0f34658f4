#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/* rd_kafka_producev is variadic, which Swift cannot call. Key, payload and topic are copied. `headers` passes to
 * librdkafka when the call succeeds, and stays with the caller when it does not. */
rd_kafka_resp_err_t quicketl_produce(rd_kafka_t *client, const char *topic,
                                     const void *key, size_t key_length,
                                     const void *payload, size_t payload_length,
                                     rd_kafka_headers_t *headers, void *loan);
