// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/pod_problem.h"

#include "libs/base/time_format.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace culvert::control {
namespace {

constexpr std::chrono::seconds kPodsDue{60};     // the Job controller makes pods in a second or two
constexpr std::chrono::seconds kVolumesDue{90};  // the kubelet mounts in a few seconds
constexpr std::chrono::seconds kGraceOver{60};   // behind the time that a pod had to end
constexpr std::chrono::seconds kSuccessorDue{20};  // a Job waits 10 s before it replaces a pod

constexpr std::array kImageReasons = std::to_array<std::string_view>(
    {"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull",
     "ImageInspectError", "RegistryUnavailable"});
constexpr std::array kConfigReasons =
    std::to_array<std::string_view>({"CreateContainerConfigError", "CreateContainerError",
                                     "RunContainerError", "StartError", "ContainerCannotRun"});

bool IsPast(const std::string& time, std::chrono::seconds by, WallTime now) {
  const auto parsed = ParseRfc3339(time);
  return parsed && *parsed + by < now;
}

std::string Why(const PodObject& pod) {
  return pod.waiting_message.empty() ? std::string() : ": " + pod.waiting_message;
}

}  // namespace

std::optional<PodProblem> ProblemOf(const PodObject& pod, WallTime now) {
  if (!pod.IsAlive()) return std::nullopt;
  const std::string name = "pod " + pod.meta.key.name;
  // deletionTimestamp is when the grace period ends.
  if (pod.meta.IsBeingDeleted() && IsPast(pod.meta.deletion_timestamp, kGraceOver, now)) {
    return PodProblem{
        .reason = "PodLost",
        .message = name + " on node " + pod.node +
                   " should have ended and may still run, so nothing takes its place; if the node "
                   "is gone for good, taint it: kubectl taint nodes " +
                   pod.node + " node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"};
  }
  if (std::ranges::find(kImageReasons, pod.waiting_reason) != kImageReasons.end()) {
    return PodProblem{.reason = "ImagePullBackOff",
                      .message = name + " cannot get its image" + Why(pod) +
                                 "; check the operator's --runner-image and "
                                 "spec.runner.imagePullSecrets"};
  }
  if (std::ranges::find(kConfigReasons, pod.waiting_reason) != kConfigReasons.end()) {
    return PodProblem{
        .reason = "CreateContainerConfigError",
        .message = name + " cannot start its container" + Why(pod) +
                   "; is the operator's --runner-image one of culvert-runner? kubectl "
                   "describe pod " +
                   pod.meta.key.name + " says more"};
  }
  if (!pod.unschedulable.empty()) {
    return PodProblem{.reason = "Unschedulable",
                      .message = name + " finds no node: " + pod.unschedulable +
                                 "; check spec.runner.resources, nodeSelector, tolerations and "
                                 "affinity, or add nodes"};
  }
  const bool creating =
      pod.waiting_reason == "ContainerCreating" || pod.waiting_reason == "PodInitializing";
  if (pod.phase == "Pending" && creating && IsPast(pod.meta.creation_timestamp, kVolumesDue, now)) {
    return PodProblem{.reason = "VolumesNotReady",
                      .message = name + " waits for its volumes" + Why(pod) +
                                 "; does the ConfigMap of caBundleRef exist? kubectl describe "
                                 "pod " +
                                 pod.meta.key.name + " says which is missing"};
  }
  return std::nullopt;
}

std::optional<PodProblem> FindProblem(const JobObject& job, const std::vector<PodPtr>& pods,
                                      WallTime now) {
  if (job.IsFinished()) return std::nullopt;
  bool any = false;
  for (const PodPtr& pod : pods) {
    if (pod->job_uid != job.meta.uid) continue;
    any = true;
    if (auto problem = ProblemOf(*pod, now)) return problem;
  }
  if (!any && IsPast(job.meta.creation_timestamp, kPodsDue, now)) {
    return PodProblem{.reason = "PodsNotCreated",
                      .message = "Job " + job.meta.key.name +
                                 " has no pods: a quota, an admission policy, or a queue that has "
                                 "not admitted it; kubectl describe job " +
                                 job.meta.key.name + " says which"};
  }
  return std::nullopt;
}

bool WaitsInVain(const JobObject& job, const std::vector<PodPtr>& pods, WallTime now) {
  if (job.IsFinished() || job.meta.IsBeingDeleted()) return false;
  bool any = false;
  for (const PodPtr& pod : pods) {
    if (pod->job_uid != job.meta.uid || pod->phase == "Succeeded") continue;
    any = true;
    if (pod->IsAlive() || !IsPast(pod->meta.deletion_timestamp, kSuccessorDue, now)) return false;
  }
  return any;
}

}  // namespace culvert::control
