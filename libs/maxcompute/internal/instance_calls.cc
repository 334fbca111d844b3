// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/instance_calls.h"

#include "libs/base/digest.h"
#include "libs/maxcompute/internal/error_mapping.h"
#include "libs/maxcompute/internal/instance_documents.h"
#include "libs/maxcompute/internal/poll.h"
#include "libs/maxcompute/reasons.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace culvert::maxcompute::internal {
namespace {

using std::chrono::milliseconds;

constexpr PollPace kInstancePace{.first = milliseconds(200), .longest = milliseconds(5'000)};
constexpr std::size_t kListedMax = 10'000;
constexpr std::string_view kListPage = "1000";
constexpr std::size_t kResultTextMax = 1'000;
/// Codes by which a statement fails that its caller may not run.
constexpr std::array<std::string_view, 2> kDeniedCodes = {"ODPS-0130013", "ODPS-0420095"};
/// Around the time asked for: clocks of client and service differ, and the list is filtered by the
/// service's.
constexpr std::chrono::minutes kListMargin{10};

Call InstanceCall(const ClientConfig& config, const std::string& id) {
  Call call;
  call.path = {"projects", config.project, "instances", id};
  call.doing = "read instance " + id;
  call.missing = reasons::kNoSuchInstance;
  return call;
}

void AddHints(const ClientConfig& config, SqlRequest& request) {
  if (!config.schema.empty()) {
    request.hints.emplace("odps.namespace.schema", "true");
    request.hints.emplace("odps.sql.allow.namespace.schema", "true");
    request.hints.emplace("odps.default.schema", config.schema);
  }
  if (!config.quota_name.empty()) {
    request.hints.emplace("odps.task.wlm.quota", config.quota_name);
  }
}

Error NotTerminated(const std::string& id) {
  return FailedPrecondition("instance " + id + " is still running, it has no result yet")
      .Because(reasons::kInstanceNotTerminated);
}

Error SqlFailure(const std::string& id, const InstanceResult& result) {
  Error error = FailedPrecondition(
      "sql instance " + id +
      (result.task_state == TaskState::kCancelled ? " was cancelled" : " failed"));
  error.reason = reasons::kSqlFailed;
  const std::string text = ScrubMessage(result.text, kResultTextMax);
  if (!text.empty()) error.message += ": " + text;
  if (const std::string_view code = FindOdpsCode(result.text); !code.empty()) {
    // The text names the action and the table.
    if (std::ranges::find(kDeniedCodes, code) != kDeniedCodes.end()) {
      error.code = ErrorCode::kPermissionDenied;
      error.reason = reasons::kPermissionDenied;
    }
    error.With("code", std::string(code));
  }
  return error;
}

Result<TaskStatus> GetTaskStatus(const OpContext& ctx, Connection& connection,
                                 const std::string& id) {
  Call call = InstanceCall(connection.config(), id);
  call.query = {{"taskstatus", ""}};
  CULVERT_ASSIGN_OR_RETURN(const http::Response response, connection.Send(ctx, call));
  return ReadTaskStatus(response.body);
}

Status WaitTerminated(const OpContext& ctx, Connection& connection, const std::string& id) {
  Poll poll(kInstancePace);
  while (true) {
    CULVERT_ASSIGN_OR_RETURN(const Instance instance, GetInstance(ctx, connection, id));
    if (instance.state == InstanceState::kTerminated) return {};
    CULVERT_TRY(poll.Wait(ctx));
  }
}

Result<std::vector<std::string>> ListOwn(const OpContext& ctx, Connection& connection,
                                         WallTime since) {
  const auto seconds = [](WallTime time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  };
  const std::string range = std::to_string(seconds(since - kListMargin)) + ":" +
                            std::to_string(seconds(connection.ServerNow() + kListMargin));
  std::vector<std::string> ids;
  std::string marker;
  while (true) {
    Call call;
    call.path = {"projects", connection.config().project, "instances"};
    call.query = {{"daterange", range},
                  {"onlyowner", "yes"},
                  {"expectmarker", "true"},
                  {"maxitems", std::string(kListPage)}};
    if (!marker.empty()) call.query.emplace_back("marker", marker);
    call.doing = "list instances of project " + connection.config().project;
    call.missing = reasons::kNoSuchProject;
    CULVERT_ASSIGN_OR_RETURN(const http::Response response, connection.Send(ctx, call));
    CULVERT_ASSIGN_OR_RETURN(InstancePage page, ReadInstancePage(response.body));
    const bool stuck = page.marker == marker || page.ids.empty();
    for (std::string& id : page.ids) ids.push_back(std::move(id));
    if (page.marker.empty()) return ids;
    if (stuck || ids.size() > kListedMax) {
      return Fail(Internal("the service's list of instances does not come to an end")
                      .Because(reasons::kUnexpectedAnswer));
    }
    marker = std::move(page.marker);
  }
}

}  // namespace

Result<Instance> SubmitSql(const OpContext& ctx, Connection& connection, SqlRequest request,
                           Repeat repeat) {
  AddHints(connection.config(), request);
  Call call;
  call.method = "POST";
  call.path = {"projects", connection.config().project, "instances"};
  call.content_type = "application/xml";
  call.repeat = repeat;
  call.doing = "submit sql to project " + connection.config().project;
  call.missing = reasons::kNoSuchProject;
  CULVERT_ASSIGN_OR_RETURN(call.body,
                           WriteJob(request, request.guid.empty() ? RandomHex128() : request.guid));
  CULVERT_ASSIGN_OR_RETURN(const http::Response response, connection.Send(ctx, call));
  Instance instance;
  CULVERT_ASSIGN_OR_RETURN(instance.id,
                           InstanceIdFromLocation(response.headers.Get("Location").value_or("")));
  // A body with 200 is the result of a statement that has run within the request.
  if (response.status == 200 && !response.body.empty()) {
    CULVERT_ASSIGN_OR_RETURN(instance, GetInstance(ctx, connection, instance.id));
  }
  return instance;
}

Result<Instance> GetInstance(const OpContext& ctx, Connection& connection, const std::string& id) {
  CULVERT_ASSIGN_OR_RETURN(const http::Response response,
                           connection.Send(ctx, InstanceCall(connection.config(), id)));
  Instance instance{.id = id};
  CULVERT_ASSIGN_OR_RETURN(instance.state, ReadInstanceState(response.body));
  return instance;
}

Result<InstanceResult> GetInstanceResult(const OpContext& ctx, Connection& connection,
                                         const std::string& id) {
  CULVERT_ASSIGN_OR_RETURN(const TaskStatus status, GetTaskStatus(ctx, connection, id));
  if (status.instance != InstanceState::kTerminated) return Fail(NotTerminated(id));
  Call call = InstanceCall(connection.config(), id);
  call.query = {{"result", ""}};
  call.doing = "read the result of instance " + id;
  CULVERT_ASSIGN_OR_RETURN(const http::Response result_response, connection.Send(ctx, call));
  CULVERT_ASSIGN_OR_RETURN(InstanceResult result, ReadInstanceResult(result_response.body));
  result.task_state = status.task;
  return result;
}

std::optional<std::string> GuidCache::Find(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = guids_.find(id);
  return found == guids_.end() ? std::nullopt : std::optional(found->second);
}

void GuidCache::Add(const std::string& id, const std::string& guid) {
  const MutexLock lock(mutex_);
  if (guids_.size() < kListedMax) guids_.emplace(id, guid);
}

Result<std::vector<OwnInstance>> ListInstances(const OpContext& ctx, Connection& connection,
                                               GuidCache& guids, WallTime since) {
  CULVERT_ASSIGN_OR_RETURN(std::vector<std::string> ids, ListOwn(ctx, connection, since));
  std::vector<OwnInstance> instances;
  for (std::string& id : ids) {
    if (auto known = guids.Find(id)) {
      instances.push_back({.id = std::move(id), .guid = *std::move(known)});
      continue;
    }
    Call call = InstanceCall(connection.config(), id);
    call.query = {{"source", ""}};
    call.doing = "read the source of instance " + id;
    const auto response = connection.Send(ctx, call);
    if (!response) {
      // Listed and gone: too old to be the one.
      if (response.error().code == ErrorCode::kNotFound) continue;
      return Fail(response.error());
    }
    CULVERT_ASSIGN_OR_RETURN(std::string guid, ReadJobGuid(response->body));
    guids.Add(id, guid);
    instances.push_back({.id = std::move(id), .guid = std::move(guid)});
  }
  return instances;
}

Result<std::vector<std::string>> FindInstances(const OpContext& ctx, Connection& connection,
                                               GuidCache& guids, const std::string& guid,
                                               WallTime since) {
  if (guid.empty()) return Fail(InvalidArgument("instances are found by their guid, it is empty"));
  CULVERT_ASSIGN_OR_RETURN(const std::vector<OwnInstance> instances,
                           ListInstances(ctx, connection, guids, since));
  std::vector<std::string> found;
  for (const OwnInstance& instance : instances) {
    if (instance.guid == guid) found.push_back(instance.id);
  }
  return found;
}

Result<InstanceResult> WaitInstance(const OpContext& ctx, Connection& connection,
                                    const std::string& id) {
  CULVERT_TRY(WaitTerminated(ctx, connection, id));
  CULVERT_ASSIGN_OR_RETURN(InstanceResult result, GetInstanceResult(ctx, connection, id));
  if (result.task_state != TaskState::kSuccess) return Fail(SqlFailure(id, result));
  return result;
}

Status WaitForSuccess(const OpContext& ctx, Connection& connection, const std::string& id) {
  CULVERT_TRY(WaitTerminated(ctx, connection, id));
  CULVERT_ASSIGN_OR_RETURN(const TaskStatus status, GetTaskStatus(ctx, connection, id));
  if (status.instance != InstanceState::kTerminated) return Fail(NotTerminated(id));
  if (status.task == TaskState::kSuccess) return {};
  CULVERT_ASSIGN_OR_RETURN(const InstanceResult result, GetInstanceResult(ctx, connection, id));
  return Fail(SqlFailure(id, result));
}

}  // namespace culvert::maxcompute::internal
