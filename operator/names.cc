// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/names.h"

#include <algorithm>

namespace culvert::control {
namespace {

constexpr std::size_t kNameCharsMax = 40;
constexpr std::size_t kUidChars = 8;
// What stands behind the name in a host name: `-1a2b3c4d-`, the attempt, `-transfer`, `-999`.
constexpr std::size_t kBehindName = 1 + kUidChars + 1 + 9 + 4;
constexpr std::size_t kHostNameCharsMax = 63;

std::string Cut(const RunId& run, std::size_t chars) {
  std::string name = run.key.name.substr(0, std::min(chars, kNameCharsMax));
  std::ranges::replace(name, '.', '-');
  return name + "-" + run.uid.substr(0, kUidChars);
}

}  // namespace

kube::Resource SyncJobs() {
  return {.group = "culvert.dev", .version = "v1alpha1", .plural = "syncjobs"};
}
kube::Resource SyncSchedules() {
  return {.group = "culvert.dev", .version = "v1alpha1", .plural = "syncschedules"};
}
kube::Resource DataSources() {
  return {.group = "culvert.dev", .version = "v1alpha1", .plural = "datasources"};
}
kube::Resource Jobs() { return {.group = "batch", .version = "v1", .plural = "jobs"}; }
kube::Resource Pods() { return {.group = "", .version = "v1", .plural = "pods"}; }
kube::Resource ConfigMaps() { return {.group = "", .version = "v1", .plural = "configmaps"}; }

std::string InstanceName(const RunId& run) { return Cut(run, kNameCharsMax); }

std::string ChildName(const RunId& run, std::string_view step) {
  const std::string attempt = std::to_string(run.attempt);
  return Cut(run, kHostNameCharsMax - kBehindName - attempt.size()) + "-" + attempt + "-" +
         std::string(step);
}

std::string ChildName(const RunId& run, syncjob::Step step) {
  return ChildName(run, syncjob::StepName(step));
}

std::string ManagedSelector() { return std::string(labels::kManagedBy) + "=" + kOperatorName; }

}  // namespace culvert::control
