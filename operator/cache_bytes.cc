// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/cache_bytes.h"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace culvert::control {
namespace {

constexpr std::size_t kMapNode = 32;  // of a map, beside what it holds

/// What a text has outside of itself.
std::size_t Outside(const std::string& text) {
  static const std::size_t kInside = std::string().capacity();
  return text.capacity() > kInside ? text.capacity() + 1 : 0;
}

std::size_t Outside(const std::vector<std::string>& texts) {
  std::size_t bytes = texts.capacity() * sizeof(std::string);
  for (const std::string& text : texts) bytes += Outside(text);
  return bytes;
}

std::size_t Outside(const std::map<std::string, std::string>& texts) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : texts) {
    bytes += kMapNode + sizeof key + sizeof value + Outside(key) + Outside(value);
  }
  return bytes;
}

template <typename... Parts>
std::size_t OutsideAll(const Parts&... parts) {
  return (Outside(parts) + ...);
}

std::size_t Outside(const kube::CachedMeta& meta) {
  return OutsideAll(meta.key.name_space, meta.key.name, meta.uid, meta.resource_version,
                    meta.creation_timestamp, meta.deletion_timestamp);
}

std::size_t Outside(const syncjob::SyncJobSpec& spec) {
  std::size_t bytes = OutsideAll(spec.schema_hash);
  if (const auto* source = std::get_if<syncjob::MaxComputeSource>(&spec.source)) {
    bytes += OutsideAll(source->data_source, source->table, source->partition, source->column,
                        source->where);
  }
  if (const auto* target = std::get_if<syncjob::MaxComputeTarget>(&spec.target)) {
    bytes += OutsideAll(target->data_source, target->table, target->partition, target->column);
  }
  return bytes;
}

std::size_t Outside(const std::vector<syncjob::Condition>& conditions) {
  std::size_t bytes = conditions.capacity() * sizeof(syncjob::Condition);
  for (const syncjob::Condition& one : conditions) {
    bytes += OutsideAll(one.type, one.reason, one.message, one.last_transition_time);
  }
  return bytes;
}

std::size_t Outside(const syncjob::SyncJobStatus& status) {
  std::size_t bytes = OutsideAll(status.run_nonce, status.start_time, status.completion_time);
  bytes += Outside(status.conditions);
  bytes += status.failed_shards.capacity() * sizeof(syncjob::FailedShard);
  for (const syncjob::FailedShard& one : status.failed_shards) {
    bytes += OutsideAll(one.reason, one.message);
  }
  if (status.plan)
    bytes += OutsideAll(status.plan->hash, status.plan->schema_hash, status.plan->route);
  if (status.pause) {
    bytes += OutsideAll(status.pause->reason, status.pause->message, status.pause->start_time,
                        status.pause->resume_time);
  }
  if (status.report) {
    bytes += OutsideAll(status.report->start_time, status.report->completion_time,
                        status.report->bottleneck, status.report->route, status.report->verified,
                        status.report->committed_partitions);
  }
  return bytes;
}

std::size_t Outside(const std::vector<syncjob::ResolvedParameter>& parameters) {
  std::size_t bytes = parameters.capacity() * sizeof(syncjob::ResolvedParameter);
  for (const syncjob::ResolvedParameter& one : parameters) bytes += OutsideAll(one.name, one.value);
  return bytes;
}

std::size_t Outside(const std::shared_ptr<const Firing>& firing) {
  if (firing == nullptr) return 0;
  return sizeof *firing + Outside(firing->parameters) +
         OutsideAll(firing->schedule_uid, firing->schedule, firing->backfill);
}

}  // namespace

std::size_t BytesOf(const SyncJobObject& object) {
  return sizeof object + Outside(object.firing) + Outside(object.status.resolved_parameters) +
         Outside(object.meta) + Outside(object.job.spec) + Outside(object.status) +
         OutsideAll(object.job.name, object.job.name_space, object.job.run_nonce, object.problem,
                    object.runner, object.queue);
}

std::size_t BytesOf(const ScheduleObject& object) {
  const syncjob::SyncSchedule& schedule = object.schedule;
  const syncjob::SyncScheduleStatus& status = object.status;
  std::size_t bytes =
      sizeof object + Outside(object.meta) + Outside(status.conditions) +
      OutsideAll(object.problem, object.job_spec, schedule.name, schedule.name_space,
                 schedule.schedules, schedule.time_zone, schedule.job_labels,
                 schedule.job_annotations, status.printed_schedule, status.timetable_hash,
                 status.timetable_time, status.decided_until_time, status.last_schedule_time,
                 status.last_successful_time, status.last_successful_schedule_time,
                 status.next_schedule_time, status.last_missed_time, status.retried_runs,
                 status.finished_backfills);
  bytes += schedule.parameters.capacity() * sizeof(syncjob::ScheduleParameter);
  for (const syncjob::ScheduleParameter& one : schedule.parameters) {
    bytes += OutsideAll(one.name, one.value);
  }
  bytes += status.active.capacity() * sizeof(syncjob::ActiveRun);
  for (const syncjob::ActiveRun& one : status.active) bytes += Outside(one.name);
  return bytes;
}

std::size_t BytesOf(const DataSourceObject& object) {
  const syncjob::DataSource& source = object.data_source;
  return sizeof object + Outside(object.meta) +
         OutsideAll(object.problem, source.name, source.name_space, source.endpoint,
                    source.tunnel_endpoint, source.project, source.schema, source.quota_name,
                    source.region, source.cross_region, source.created_at,
                    source.credentials_secret, source.ca_bundle_config_map);
}

std::size_t BytesOf(const JobObject& object) {
  return sizeof object + Outside(object.meta) +
         object.shards.capacity() * sizeof(object.shards.front()) +
         OutsideAll(object.run_uid, object.owner, object.step, object.resources, object.failure,
                    object.ended);
}

std::size_t BytesOf(const PodObject& object) {
  return sizeof object + Outside(object.meta) +
         OutsideAll(object.run_uid, object.owner, object.step, object.job_uid, object.phase,
                    object.ip, object.node, object.finished, object.exit_reason, object.last_word,
                    object.waiting_reason, object.waiting_message, object.unschedulable,
                    object.disruption, object.status_reason, object.status_message);
}

std::size_t BytesOf(const RecordObject& object) {
  std::size_t bytes =
      sizeof object + Outside(object.meta) +
      OutsideAll(object.run_uid, object.owner, object.kind, object.knobs, object.problem);
  if (object.plan != nullptr) {
    const syncjob::PlanSummary& plan = *object.plan;
    bytes += sizeof plan + OutsideAll(plan.job, plan.created, plan.target, plan.secrets,
                                      plan.ca_bundles, plan.targets, plan.warnings,
                                      plan.status.hash, plan.status.schema_hash, plan.status.route);
  }
  for (const auto& one : object.reports) bytes += kMapNode + sizeof one + Outside(one.second.route);
  if (object.decision) bytes += OutsideAll(object.decision->plan_hash, object.decision->reason);
  return bytes;
}

std::size_t BytesOf(const ClaimObject& object) {
  std::size_t bytes = sizeof object + Outside(object.meta) + Outside(object.claim.target) +
                      object.claim.holders.capacity() * sizeof(ClaimHolder);
  for (const ClaimHolder& holder : object.claim.holders) {
    bytes += OutsideAll(holder.job.name_space, holder.job.name, holder.uid, holder.partitions);
  }
  return bytes;
}

}  // namespace culvert::control
