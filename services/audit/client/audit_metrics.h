// The metrics of the audit path.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::audit {

using telemetry::MetricDescription;
using telemetry::MetricType;

// In the process that writes records.
inline constexpr MetricDescription kRecordsTotal = {"portcullis_audit_records_total", MetricType::kCounter,
                                                    "Leaves appended to the audit spools.", "kind"};
inline constexpr MetricDescription kAppendFailuresTotal = {
    "portcullis_audit_append_failures_total", MetricType::kCounter,
    "Leaves that could not be appended: the spool or the disk was full, or the disk failed.", ""};
inline constexpr MetricDescription kAppendSeconds = {"portcullis_audit_append_seconds",
                                                     MetricType::kHistogram,
                                                     "Time to encode a leaf and append it to the spool.", ""};
inline constexpr MetricDescription kSpoolRecords = {
    "portcullis_audit_spool_records", MetricType::kGauge,
    "Leaves in the spools that the audit service has not acknowledged yet.", ""};
inline constexpr MetricDescription kSpoolBytes = {
    "portcullis_audit_spool_bytes", MetricType::kGauge,
    "Bytes in the spools that the audit service has not acknowledged yet.", ""};
inline constexpr MetricDescription kShippedTotal = {"portcullis_audit_shipped_total", MetricType::kCounter,
                                                    "Leaves that the audit service acknowledged.", ""};
inline constexpr MetricDescription kShipErrorsTotal = {
    "portcullis_audit_ship_errors_total", MetricType::kCounter,
    "Batches of leaves that could not be shipped; each is tried again.", ""};
inline constexpr MetricDescription kSpoolDamagedTotal = {
    "portcullis_audit_spool_damaged_total", MetricType::kCounter,
    "Spools in which leaves were missing, damaged or altered.", ""};

inline constexpr MetricDescription kSpoolOldest = {
    "portcullis_audit_spool_oldest_seconds", MetricType::kGauge,
    "Age of the oldest leaf that the audit service did not acknowledge at the last attempt; 0 = it "
    "acknowledged all.",
    ""};
inline constexpr MetricDescription kSpoolDiskBytes = {
    "portcullis_audit_spool_disk_bytes", MetricType::kGauge,
    "Bytes of all files in the spool folder, acknowledged and damaged ones included.", ""};
inline constexpr MetricDescription kSpoolDiskFree = {"portcullis_audit_spool_disk_free_bytes",
                                                     MetricType::kGauge,
                                                     "Bytes free on the disk of the spool folder.", ""};
inline constexpr MetricDescription kInterruptedTotal = {
    "portcullis_audit_interrupted_total", MetricType::kCounter,
    "Intents without an outcome whose process has ended, closed as interrupted.", ""};

// In the audit service.
inline constexpr MetricDescription kStoredTotal = {"portcullis_audit_stored_total", MetricType::kCounter,
                                                   "Leaves stored or found to be stored already.", ""};
inline constexpr MetricDescription kUnreadableTotal = {
    "portcullis_audit_unreadable_total", MetricType::kCounter,
    "Leaves stored that are no valid record and so belong to none.", ""};
inline constexpr MetricDescription kStoreSeconds = {"portcullis_audit_store_seconds", MetricType::kHistogram,
                                                    "Time to store a batch of leaves.", ""};
inline constexpr MetricDescription kExpiredTotal = {"portcullis_audit_expired_total", MetricType::kCounter,
                                                    "Records removed because their retention ended.", ""};
inline constexpr MetricDescription kErasedTotal = {"portcullis_audit_erased_total", MetricType::kCounter,
                                                   "Records removed because an operator asked for it.", ""};
inline constexpr MetricDescription kContentsRemovedTotal = {
    "portcullis_audit_contents_removed_total", MetricType::kCounter,
    "Captured contents removed, by leaf: because their retention ended, or an operator asked for it.", ""};
inline constexpr MetricDescription kHolds = {"portcullis_audit_holds", MetricType::kGauge,
                                             "Legal holds in force, when this service last looked.", ""};
inline constexpr MetricDescription kReadsTotal = {
    "portcullis_audit_reads_total", MetricType::kCounter,
    "Questions to the log where reads are recorded: recorded, or refused because their record could not be "
    "stored.",
    "result"};
inline constexpr MetricDescription kTreeSize = {"portcullis_audit_tree_size", MetricType::kGauge,
                                                "Leaves in the log's Merkle tree when it was last signed.",
                                                ""};
inline constexpr MetricDescription kStoreBytes = {"portcullis_audit_store_bytes", MetricType::kGauge,
                                                  "Bytes that the store of the log takes on the disk.", ""};
inline constexpr MetricDescription kHeadsTotal = {"portcullis_audit_heads_total", MetricType::kCounter,
                                                  "Heads of the log that were signed.", ""};
inline constexpr MetricDescription kHeadErrorsTotal = {
    "portcullis_audit_head_errors_total", MetricType::kCounter,
    "Heads that could not be signed, and starts at which the log was not what its last head says.", ""};

inline constexpr MetricDescription kAnchoredLeaves = {
    "portcullis_audit_anchored_leaves", MetricType::kGauge,
    "Leaves of the head that was anchored last, by anchor (file, webhook).", "anchor"};
inline constexpr MetricDescription kAnchorErrorsTotal = {
    "portcullis_audit_anchor_errors_total", MetricType::kCounter,
    "Heads that could not be anchored, by anchor (file, webhook); each is tried again.", "anchor"};

}  // namespace portcullis::audit
