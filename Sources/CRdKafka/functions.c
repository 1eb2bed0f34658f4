/* What is used of librdkafka, which is loaded when a command first speaks to Kafka. */
#include "shim.h"

#include <late_binding.h>

#ifdef __APPLE__
#define LATE_FILE "librdkafka.1.dylib"
#else
#define LATE_FILE "librdkafka.so.1"
#endif
#define LATE_PACKAGE "librdkafka1"

LATE(void, rd_kafka_AdminOptions_destroy, (rd_kafka_AdminOptions_t *options), (options))
LATE(rd_kafka_AdminOptions_t *, rd_kafka_AdminOptions_new, (rd_kafka_t *rk, rd_kafka_admin_op_t for_api), (rk,
     for_api))
LATE(rd_kafka_resp_err_t, rd_kafka_AdminOptions_set_request_timeout, (rd_kafka_AdminOptions_t *options, int
     timeout_ms, char *errstr, size_t errstr_size), (options, timeout_ms, errstr, errstr_size))
LATE(void, rd_kafka_CreateTopics, (rd_kafka_t *rk, rd_kafka_NewTopic_t **new_topics, size_t new_topic_cnt,
     const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *rkqu), (rk, new_topics, new_topic_cnt, options,
     rkqu))
LATE(const rd_kafka_topic_result_t **, rd_kafka_CreateTopics_result_topics, (const
     rd_kafka_CreateTopics_result_t *result, size_t *cntp), (result, cntp))
LATE(void, rd_kafka_DeleteTopic_destroy, (rd_kafka_DeleteTopic_t *del_topic), (del_topic))
LATE(rd_kafka_DeleteTopic_t *, rd_kafka_DeleteTopic_new, (const char *topic), (topic))
LATE(void, rd_kafka_DeleteTopics, (rd_kafka_t *rk, rd_kafka_DeleteTopic_t **del_topics, size_t del_topic_cnt,
     const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *rkqu), (rk, del_topics, del_topic_cnt, options,
     rkqu))
LATE(void, rd_kafka_NewTopic_destroy, (rd_kafka_NewTopic_t *new_topic), (new_topic))
LATE(rd_kafka_NewTopic_t *, rd_kafka_NewTopic_new, (const char *topic, int num_partitions, int
     replication_factor, char *errstr, size_t errstr_size), (topic, num_partitions, replication_factor,
     errstr, errstr_size))
LATE(rd_kafka_resp_err_t, rd_kafka_assign, (rd_kafka_t *rk, const rd_kafka_topic_partition_list_t
     *partitions), (rk, partitions))
LATE(int, rd_kafka_assignment_lost, (rd_kafka_t *rk), (rk))
LATE(rd_kafka_resp_err_t, rd_kafka_commit, (rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *offsets,
     int async), (rk, offsets, async))
LATE(rd_kafka_resp_err_t, rd_kafka_commit_queue, (rd_kafka_t *rk, const rd_kafka_topic_partition_list_t
     *offsets, rd_kafka_queue_t *rkqu, void (*cb)(rd_kafka_t *rk, rd_kafka_resp_err_t err,
     rd_kafka_topic_partition_list_t *offsets, void *commit_opaque), void *commit_opaque), (rk, offsets, rkqu,
     cb, commit_opaque))
LATE(void, rd_kafka_conf_destroy, (rd_kafka_conf_t *conf), (conf))
LATE(rd_kafka_conf_t *, rd_kafka_conf_new, (void), ())
LATE(rd_kafka_conf_res_t, rd_kafka_conf_set, (rd_kafka_conf_t *conf, const char *name, const char *value, char
     *errstr, size_t errstr_size), (conf, name, value, errstr, errstr_size))
LATE(void, rd_kafka_conf_set_dr_msg_cb, (rd_kafka_conf_t *conf, void (*dr_msg_cb)(rd_kafka_t *rk, const
     rd_kafka_message_t *rkmessage, void *opaque)), (conf, dr_msg_cb))
LATE(void, rd_kafka_conf_set_error_cb, (rd_kafka_conf_t *conf, void (*error_cb)(rd_kafka_t *rk, int err, const
     char *reason, void *opaque)), (conf, error_cb))
LATE(void, rd_kafka_conf_set_log_cb, (rd_kafka_conf_t *conf, void (*log_cb)(const rd_kafka_t *rk, int level,
     const char *fac, const char *buf)), (conf, log_cb))
LATE(void, rd_kafka_conf_set_offset_commit_cb, (rd_kafka_conf_t *conf, void (*offset_commit_cb)(rd_kafka_t
     *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *offsets, void *opaque)), (conf,
     offset_commit_cb))
LATE(void, rd_kafka_conf_set_opaque, (rd_kafka_conf_t *conf, void *opaque), (conf, opaque))
LATE(void, rd_kafka_conf_set_rebalance_cb, (rd_kafka_conf_t *conf, void (*rebalance_cb)(rd_kafka_t *rk,
     rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *partitions, void *opaque)), (conf,
     rebalance_cb))
LATE(rd_kafka_message_t *, rd_kafka_consume_queue, (rd_kafka_queue_t *rkqu, int timeout_ms), (rkqu,
     timeout_ms))
LATE(rd_kafka_error_t *, rd_kafka_consumer_close_queue, (rd_kafka_t *rk, rd_kafka_queue_t *rkqu), (rk, rkqu))
LATE(int, rd_kafka_consumer_closed, (rd_kafka_t *rk), (rk))
LATE(rd_kafka_message_t *, rd_kafka_consumer_poll, (rd_kafka_t *rk, int timeout_ms), (rk, timeout_ms))
LATE(int32_t, rd_kafka_controllerid, (rd_kafka_t *rk, int timeout_ms), (rk, timeout_ms))
LATE(void, rd_kafka_destroy, (rd_kafka_t *rk), (rk))
LATE(void, rd_kafka_destroy_flags, (rd_kafka_t *rk, int flags), (rk, flags))
LATE(const char *, rd_kafka_err2name, (rd_kafka_resp_err_t err), (err))
LATE(const char *, rd_kafka_err2str, (rd_kafka_resp_err_t err), (err))
LATE(rd_kafka_resp_err_t, rd_kafka_error_code, (const rd_kafka_error_t *error), (error))
LATE(void, rd_kafka_error_destroy, (rd_kafka_error_t *error), (error))
LATE(int, rd_kafka_error_is_fatal, (const rd_kafka_error_t *error), (error))
LATE(const char *, rd_kafka_error_string, (const rd_kafka_error_t *error), (error))
LATE(const rd_kafka_CreateTopics_result_t *, rd_kafka_event_CreateTopics_result, (rd_kafka_event_t *rkev),
     (rkev))
LATE(void, rd_kafka_event_destroy, (rd_kafka_event_t *rkev), (rkev))
LATE(rd_kafka_resp_err_t, rd_kafka_event_error, (rd_kafka_event_t *rkev), (rkev))
LATE(const char *, rd_kafka_event_error_string, (rd_kafka_event_t *rkev), (rkev))
LATE(rd_kafka_resp_err_t, rd_kafka_fatal_error, (rd_kafka_t *rk, char *errstr, size_t errstr_size), (rk,
     errstr, errstr_size))
LATE(rd_kafka_resp_err_t, rd_kafka_flush, (rd_kafka_t *rk, int timeout_ms), (rk, timeout_ms))
LATE(rd_kafka_resp_err_t, rd_kafka_header_add, (rd_kafka_headers_t *hdrs, const char *name, ssize_t name_size,
     const void *value, ssize_t value_size), (hdrs, name, name_size, value, value_size))
LATE(rd_kafka_resp_err_t, rd_kafka_header_get_all, (const rd_kafka_headers_t *hdrs, size_t idx, const char
     **namep, const void **valuep, size_t *sizep), (hdrs, idx, namep, valuep, sizep))
LATE(void, rd_kafka_headers_destroy, (rd_kafka_headers_t *hdrs), (hdrs))
LATE(rd_kafka_headers_t *, rd_kafka_headers_new, (size_t initial_count), (initial_count))
LATE(void, rd_kafka_message_destroy, (rd_kafka_message_t *rkmessage), (rkmessage))
LATE(const char *, rd_kafka_message_errstr, (const rd_kafka_message_t *rkmessage), (rkmessage))
LATE(rd_kafka_resp_err_t, rd_kafka_message_headers, (const rd_kafka_message_t *rkmessage, rd_kafka_headers_t
     **hdrsp), (rkmessage, hdrsp))
LATE(rd_kafka_resp_err_t, rd_kafka_metadata, (rd_kafka_t *rk, int all_topics, rd_kafka_topic_t *only_rkt,
     const struct rd_kafka_metadata **metadatap, int timeout_ms), (rk, all_topics, only_rkt, metadatap,
     timeout_ms))
LATE(void, rd_kafka_metadata_destroy, (const struct rd_kafka_metadata *metadata), (metadata))
LATE(rd_kafka_t *, rd_kafka_new, (rd_kafka_type_t type, rd_kafka_conf_t *conf, char *errstr, size_t
     errstr_size), (type, conf, errstr, errstr_size))
LATE(void *, rd_kafka_opaque, (const rd_kafka_t *rk), (rk))
LATE(rd_kafka_resp_err_t, rd_kafka_pause_partitions, (rd_kafka_t *rk, rd_kafka_topic_partition_list_t
     *partitions), (rk, partitions))
LATE(int, rd_kafka_poll, (rd_kafka_t *rk, int timeout_ms), (rk, timeout_ms))
LATE(rd_kafka_resp_err_t, rd_kafka_poll_set_consumer, (rd_kafka_t *rk), (rk))
LATE(rd_kafka_resp_err_t, rd_kafka_purge, (rd_kafka_t *rk, int purge_flags), (rk, purge_flags))
LATE(void, rd_kafka_queue_destroy, (rd_kafka_queue_t *rkqu), (rkqu))
LATE(rd_kafka_queue_t *, rd_kafka_queue_get_consumer, (rd_kafka_t *rk), (rk))
LATE(rd_kafka_queue_t *, rd_kafka_queue_get_main, (rd_kafka_t *rk), (rk))
LATE(rd_kafka_queue_t *, rd_kafka_queue_new, (rd_kafka_t *rk), (rk))
LATE(rd_kafka_event_t *, rd_kafka_queue_poll, (rd_kafka_queue_t *rkqu, int timeout_ms), (rkqu, timeout_ms))
LATE(void, rd_kafka_queue_yield, (rd_kafka_queue_t *rkqu), (rkqu))
LATE(rd_kafka_resp_err_t, rd_kafka_resume_partitions, (rd_kafka_t *rk, rd_kafka_topic_partition_list_t
     *partitions), (rk, partitions))
LATE(rd_kafka_resp_err_t, rd_kafka_subscribe, (rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *topics),
     (rk, topics))
LATE(const char *, rd_kafka_topic_name, (const rd_kafka_topic_t *rkt), (rkt))
LATE(rd_kafka_topic_partition_t *, rd_kafka_topic_partition_list_add, (rd_kafka_topic_partition_list_t
     *rktparlist, const char *topic, int32_t partition), (rktparlist, topic, partition))
LATE(void, rd_kafka_topic_partition_list_destroy, (rd_kafka_topic_partition_list_t *rkparlist), (rkparlist))
LATE(rd_kafka_topic_partition_list_t *, rd_kafka_topic_partition_list_new, (int size), (size))
LATE(rd_kafka_resp_err_t, rd_kafka_topic_result_error, (const rd_kafka_topic_result_t *topicres), (topicres))
LATE(const char *, rd_kafka_topic_result_name, (const rd_kafka_topic_result_t *topicres), (topicres))
LATE(int, rd_kafka_version, (void), ())
LATE(const char *, rd_kafka_version_str, (void), ())

/* Variadic, so that LATE cannot pass its arguments on. */
rd_kafka_resp_err_t quicketl_produce(rd_kafka_t *client, const char *topic,
                                     const void *key, size_t key_length,
                                     const void *payload, size_t payload_length,
                                     rd_kafka_headers_t *headers, void *loan) {
    LATE_POINTER(rd_kafka_producev)
    return function(client,
                    RD_KAFKA_V_TOPIC(topic),
                    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                    RD_KAFKA_V_KEY(key, key_length),
                    RD_KAFKA_V_VALUE((void *)payload, payload_length),
                    RD_KAFKA_V_HEADERS(headers),
                    RD_KAFKA_V_OPAQUE(loan),
                    RD_KAFKA_V_END);
}

/* The embedded broker, and what tests ask of it. */
LATE(rd_kafka_resp_err_t, rd_kafka_mock_broker_set_down, (rd_kafka_mock_cluster_t *mcluster, int32_t
     broker_id), (mcluster, broker_id))
LATE(rd_kafka_resp_err_t, rd_kafka_mock_broker_set_rtt, (rd_kafka_mock_cluster_t *mcluster, int32_t broker_id,
     int rtt_ms), (mcluster, broker_id, rtt_ms))
LATE(rd_kafka_resp_err_t, rd_kafka_mock_broker_set_up, (rd_kafka_mock_cluster_t *mcluster, int32_t broker_id),
     (mcluster, broker_id))
LATE(const char *, rd_kafka_mock_cluster_bootstraps, (const rd_kafka_mock_cluster_t *mcluster), (mcluster))
LATE(void, rd_kafka_mock_cluster_destroy, (rd_kafka_mock_cluster_t *mcluster), (mcluster))
LATE(rd_kafka_mock_cluster_t *, rd_kafka_mock_cluster_new, (rd_kafka_t *rk, int broker_cnt), (rk, broker_cnt))
LATE(void, rd_kafka_mock_push_request_errors_array, (rd_kafka_mock_cluster_t *mcluster, int16_t ApiKey, size_t
     cnt, const rd_kafka_resp_err_t *errors), (mcluster, ApiKey, cnt, errors))
LATE(rd_kafka_resp_err_t, rd_kafka_mock_topic_create, (rd_kafka_mock_cluster_t *mcluster, const char *topic,
     int partition_cnt, int replication_factor), (mcluster, topic, partition_cnt, replication_factor))
LATE(void, rd_kafka_mock_topic_set_error, (rd_kafka_mock_cluster_t *mcluster, const char *topic,
     rd_kafka_resp_err_t err), (mcluster, topic, err))
