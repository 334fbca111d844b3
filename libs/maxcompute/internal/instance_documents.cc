// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/instance_documents.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/maxcompute/internal/schema_json.h"
#include "libs/maxcompute/internal/xml.h"
#include "libs/record/schema.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace culvert::maxcompute::internal {
namespace {

constexpr std::size_t kIdBytesMax = 256;

Result<InstanceState> InstanceStateFromName(std::string_view name) {
  const std::string folded = record::FoldName(name);
  if (folded == "running") return InstanceState::kRunning;
  if (folded == "suspended") return InstanceState::kSuspended;
  if (folded == "terminated") return InstanceState::kTerminated;
  return Fail(InvalidArgument("its <Status> is unknown"));
}

Result<TaskState> TaskStateFromName(std::string_view name) {
  constexpr auto kStates =
      std::to_array<std::pair<std::string_view, TaskState>>({{"waiting", TaskState::kWaiting},
                                                             {"running", TaskState::kRunning},
                                                             {"success", TaskState::kSuccess},
                                                             {"failed", TaskState::kFailed},
                                                             {"suspended", TaskState::kSuspended},
                                                             {"cancelled", TaskState::kCancelled}});
  const std::string folded = record::FoldName(name);
  for (const auto& [known, state] : kStates) {
    if (known == folded) return state;
  }
  return Fail(InvalidArgument("a task's <Status> is unknown"));
}

/// One failed task fails the instance, one unfinished one keeps it unfinished.
int Badness(TaskState state) {
  switch (state) {
    case TaskState::kSuccess:
      return 0;
    case TaskState::kWaiting:
    case TaskState::kRunning:
    case TaskState::kSuspended:
      return 1;
    case TaskState::kCancelled:
      return 2;
    case TaskState::kFailed:
      return 3;
  }
  return 3;
}

Result<TaskStatus> TryReadTaskStatus(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(const XmlNode root, ParseXml(body));
  TaskStatus status;
  CULVERT_ASSIGN_OR_RETURN(status.instance, InstanceStateFromName(root.ChildText("Status")));
  const XmlNode* tasks = root.Child("Tasks");
  if (tasks == nullptr) return status;
  bool first = true;
  for (const XmlNode& task : tasks->children) {
    if (task.name != "Task") continue;
    CULVERT_ASSIGN_OR_RETURN(const TaskState state, TaskStateFromName(task.ChildText("Status")));
    if (first || Badness(state) > Badness(status.task)) status.task = state;
    first = false;
  }
  return status;
}

Result<InstanceResult> TryReadInstanceResult(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(const XmlNode root, ParseXml(body));
  InstanceResult result{.format = "text", .text = ""};
  const XmlNode* tasks = root.Child("Tasks");
  const XmlNode* task = tasks == nullptr ? nullptr : tasks->Child("Task");
  const XmlNode* element = task == nullptr ? nullptr : task->Child("Result");
  if (element == nullptr) return result;
  if (const std::string* format = element->Attribute("Format")) result.format = *format;
  const std::string* transform = element->Attribute("Transform");
  if (transform == nullptr) {
    result.text = element->text;
    return result;
  }
  if (!record::SameName(*transform, "base64")) {
    return Fail(InvalidArgument("its result has an unknown Transform"));
  }
  std::string encoded = element->text;
  std::erase_if(encoded, [](char c) { return c == ' ' || c == '\n' || c == '\t'; });
  CULVERT_ASSIGN_OR_RETURN(result.text, Base64Decode(encoded));
  return result;
}

Result<InstancePage> TryReadInstancePage(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(const XmlNode root, ParseXml(body));
  if (root.name != "Instances") return Fail(InvalidArgument("its root is not <Instances>"));
  InstancePage page;
  page.marker = root.ChildText("Marker");
  for (const XmlNode& item : root.children) {
    if (item.name != "Instance") continue;
    const std::string_view id = item.ChildText("Name");
    if (id.empty()) return Fail(InvalidArgument("an instance has no <Name>"));
    page.ids.emplace_back(id);
  }
  return page;
}

}  // namespace

Result<std::string> WriteJob(const SqlRequest& request, std::string_view uuid) {
  std::string sql = request.sql;
  const std::size_t last = sql.find_last_not_of(" \t\r\n");
  if (last == std::string::npos) return Fail(InvalidArgument("the sql statement is empty"));
  if (sql[last] != ';') sql.insert(last + 1, ";");
  const nlohmann::json settings = request.hints;
  CULVERT_ASSIGN_OR_RETURN(const std::string query, XmlCdata(sql));
  CULVERT_ASSIGN_OR_RETURN(const std::string settings_text, EscapeXml(DumpJson(settings)));
  CULVERT_ASSIGN_OR_RETURN(const std::string guid, EscapeXml(request.guid));
  CULVERT_ASSIGN_OR_RETURN(const std::string unique, EscapeXml(uuid));

  std::string job = R"(<?xml version="1.0" encoding="UTF-8"?>)";
  job += "<Instance><Job><Priority>" + std::to_string(request.priority) + "</Priority>";
  if (!guid.empty()) job += "<Guid>" + guid + "</Guid>";
  job += "<Tasks><SQL><Name>AnonymousSQLTask</Name><Config>";
  job += "<Property><Name>uuid</Name><Value>" + unique + "</Value></Property>";
  job += "<Property><Name>settings</Name><Value>" + settings_text + "</Value></Property>";
  job += "</Config><Query>" + query + "</Query></SQL></Tasks>";
  job += "<DAG><RunMode>Sequence</RunMode></DAG></Job></Instance>";
  return job;
}

Result<std::string> InstanceIdFromLocation(std::string_view location) {
  location = location.substr(0, location.find_first_of("?#"));
  while (location.ends_with('/')) location.remove_suffix(1);
  const std::string_view id = location.substr(location.rfind('/') + 1);
  const bool plain = std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
  if (id.empty() || id.size() > kIdBytesMax || !plain) {
    return Fail(Unreadable("a submitted statement", InvalidArgument("no instance id in it")));
  }
  return std::string(id);
}

Result<InstanceState> ReadInstanceState(std::string_view body) {
  const auto root = ParseXml(body);
  if (!root) return Fail(Unreadable("an instance", root.error()));
  return Readable(InstanceStateFromName(root->ChildText("Status")), "an instance");
}

Result<TaskStatus> ReadTaskStatus(std::string_view body) {
  return Readable(TryReadTaskStatus(body), "an instance's tasks");
}

Result<InstanceResult> ReadInstanceResult(std::string_view body) {
  return Readable(TryReadInstanceResult(body), "an instance's result");
}

Result<InstancePage> ReadInstancePage(std::string_view body) {
  return Readable(TryReadInstancePage(body), "instances");
}

Result<std::string> ReadJobGuid(std::string_view body) {
  const auto root = ParseXml(body);
  if (!root) return Fail(Unreadable("an instance's source", root.error()));
  const XmlNode* job = root->name == "Job" ? &*root : root->Child("Job");
  return job == nullptr ? std::string() : std::string(job->ChildText("Guid"));
}

}  // namespace culvert::maxcompute::internal
