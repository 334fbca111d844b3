// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/kube/object.h"
#include "libs/syncjob/step_message.h"

#include <cstdint>
#include <string>
#include <string_view>

// How everything that the operator makes is called: deterministic, so that whoever makes it a
// second time finds the first. docs/adr/0008-pods-and-their-contract.md lists the same names.

namespace culvert::control {

// The resources that the operator touches.
kube::Resource SyncJobs();
kube::Resource SyncSchedules();
kube::Resource DataSources();
kube::Resource Jobs();
kube::Resource Pods();
kube::Resource ConfigMaps();

inline constexpr std::string_view kApiVersion = "culvert.dev/v1alpha1";

namespace labels {
inline constexpr const char* kName = "app.kubernetes.io/name";
inline constexpr const char* kInstance = "app.kubernetes.io/instance";
inline constexpr const char* kComponent = "app.kubernetes.io/component";
inline constexpr const char* kPartOf = "app.kubernetes.io/part-of";
inline constexpr const char* kManagedBy = "app.kubernetes.io/managed-by";
inline constexpr const char* kVersion = "app.kubernetes.io/version";
inline constexpr const char* kRunUid = "culvert.dev/run-uid";
inline constexpr const char* kAttempt = "culvert.dev/attempt";
inline constexpr const char* kStep = "culvert.dev/step";
inline constexpr const char* kClaim = "culvert.dev/claim";
inline constexpr const char* kSchedule = "culvert.dev/schedule";
inline constexpr const char* kBackfill = "culvert.dev/backfill";
inline constexpr const char* kQueue = "kueue.x-k8s.io/queue-name";
}  // namespace labels

namespace annotations {
inline constexpr const char* kSyncJob = "culvert.dev/syncjob";      // the whole name
inline constexpr const char* kShards = "culvert.dev/shards";        // of an index, in order
inline constexpr const char* kResources = "culvert.dev/resources";  // hash of runner.resources
// Of a SyncJob that a schedule made.
inline constexpr const char* kCycleTime = "culvert.dev/cycle-time";   // RFC 3339, in UTC
inline constexpr const char* kRetry = "culvert.dev/retry";            // 0: the first run
inline constexpr const char* kRetries = "culvert.dev/retries";        // how many there may be
inline constexpr const char* kParameters = "culvert.dev/parameters";  // name -> value, as JSON
inline constexpr const char* kIndex = "batch.kubernetes.io/job-completion-index";
}  // namespace annotations

inline constexpr const char* kOperatorName = "culvert-operator";
inline constexpr const char* kRunnerName = "culvert-runner";

/// Which SyncJob, and which of its attempts.
struct RunId {
  kube::ObjectKey key = {};
  std::string uid = {};
  std::int32_t attempt = 1;
  bool operator==(const RunId&) const = default;
};

/// `flights-copy-1a2b3c4d`: the name cut to 40 characters, dots replaced, 8 of the uid.
std::string InstanceName(const RunId& run);
/// `flights-copy-1a2b3c4d-1-transfer`: fits a label and a host name with an index behind it.
std::string ChildName(const RunId& run, std::string_view step);
std::string ChildName(const RunId& run, syncjob::Step step);

/// Selects all that the operator made.
std::string ManagedSelector();

}  // namespace culvert::control
