// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_instance_text.h"

#include "emulator/rest_table_text.h"
#include "emulator/rest_xml.h"
#include "libs/base/digest.h"
#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <utility>

namespace culvert::emulator {
namespace {

/// The `settings` property: a JSON object of text values.
Result<std::map<std::string, std::string>> ParseSettings(const std::string& text) {
  std::map<std::string, std::string> settings;
  CULVERT_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJson(text));
  if (!json.is_object()) {
    return Fail(InvalidArgument("settings is no JSON object").Because("InvalidParameter"));
  }
  for (const auto& item : json.items()) {
    settings[item.key()] =
        item.value().is_string() ? item.value().get<std::string>() : DumpJson(item.value());
  }
  return settings;
}

}  // namespace

Result<sql::Job> ParseJob(std::string_view body) {
  CULVERT_ASSIGN_OR_RETURN(const XmlElement document, ParseXml(body));
  const XmlElement* job = document.name == "Job" ? &document : document.Child("Job");
  const XmlElement* tasks = job == nullptr ? nullptr : job->Child("Tasks");
  const XmlElement* task = tasks == nullptr ? nullptr : tasks->Child("SQL");
  const XmlElement* query = task == nullptr ? nullptr : task->Child("Query");
  if (query == nullptr) {
    return Fail(InvalidArgument("the job has no SQL task with a query; this emulator runs no "
                                "other tasks")
                    .Because("InvalidParameter"));
  }
  sql::Job made;
  made.query = query->text;
  if (const std::string name = task->ChildText("Name"); !name.empty()) made.task_name = name;
  made.guid = job->ChildText("Guid");
  const std::string priority = job->ChildText("Priority");
  std::from_chars(priority.data(), priority.data() + priority.size(), made.priority);
  if (const XmlElement* config = task->Child("Config")) {
    for (const XmlElement& property : config->children) {
      if (property.ChildText("Name") != "settings") continue;
      CULVERT_ASSIGN_OR_RETURN(made.settings, ParseSettings(property.ChildText("Value")));
    }
  }
  // The element as it came: its own end tag is the last one.
  const std::size_t begin = body.find("<Job");
  const std::size_t end = body.rfind("</Job>");
  if (begin != std::string_view::npos && end != std::string_view::npos && begin < end) {
    made.xml = std::string(body.substr(begin, end + 6 - begin));
  }
  return made;
}

std::string_view InstanceStatusName(const sql::InstanceView& view) {
  return view.terminated() ? "Terminated" : "Running";
}

std::string_view TaskStatusName(sql::TaskStatus status) {
  switch (status) {
    case sql::TaskStatus::kWaiting:
      return "Waiting";
    case sql::TaskStatus::kRunning:
      return "Running";
    case sql::TaskStatus::kSuccess:
      return "Success";
    case sql::TaskStatus::kFailed:
      return "Failed";
    case sql::TaskStatus::kCancelled:
      return "Cancelled";
  }
  return "Failed";
}

std::string InstanceXml(const sql::InstanceView& view) {
  XmlWriter xml;
  xml.Open("Instance").Leaf("Status", InstanceStatusName(view)).Close("Instance");
  return xml.Take();
}

std::string TaskStatusXml(const sql::InstanceView& view) {
  XmlWriter xml;
  xml.Open("Instance")
      .Leaf("Status", InstanceStatusName(view))
      .Open("Tasks")
      .Open("Task", "Type=\"SQL\"")
      .Leaf("Name", view.task_name)
      .Leaf("StartTime", HttpDate(view.start_seconds))
      .Leaf("EndTime", view.end_seconds == 0 ? "" : HttpDate(view.end_seconds))
      .Leaf("Status", TaskStatusName(view.task))
      .Leaf("Histories", "")
      .Close("Task")
      .Close("Tasks")
      .Close("Instance");
  return xml.Take();
}

std::string ResultXml(const sql::InstanceView& view) {
  XmlWriter xml;
  xml.Open("Instance")
      .Leaf("Status", InstanceStatusName(view))
      .Open("Tasks")
      .Open("Task", "Type=\"SQL\"")
      .Leaf("Name", view.task_name)
      // Base64, since a result may hold characters that XML cannot.
      .Cdata("Result", Base64Encode(AsBytes(view.text)),
             "Transform=\"Base64\" Format=\"" + view.format + "\"")
      .Leaf("Status", TaskStatusName(view.task))
      .Close("Task")
      .Close("Tasks")
      .Close("Instance");
  return xml.Take();
}

std::string SourceXml(const sql::InstanceView& view) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + view.source;
}

std::string ProgressXml(const sql::InstanceView& view) {
  XmlWriter xml;
  xml.Open("Progress")
      .Open("Stage", "ID=\"M1\"")
      .Leaf("Status", view.terminated() ? "TERMINATED" : "RUNNING")
      .Leaf("BackupWorkers", "0")
      .Leaf("TerminatedWorkers", view.terminated() ? "1" : "0")
      .Leaf("RunningWorkers", view.terminated() ? "0" : "1")
      .Leaf("TotalWorkers", "1")
      .Leaf("InputRecords", "0")
      .Leaf("OutputRecords", "0")
      .Leaf("FinishedPercentage", view.terminated() ? "100" : "0")
      .Close("Stage")
      .Close("Progress");
  return xml.Take();
}

std::string SummaryJson(const sql::InstanceView& view) {
  const std::string summary =
      "Job run time: " +
      std::to_string(view.end_seconds == 0 ? 0 : view.end_seconds - view.start_seconds) +
      " seconds";
  return DumpJson(nlohmann::json{{"Instance", {{"JsonSummary", "{}"}, {"Summary", summary}}}});
}

std::string DetailJson(const sql::InstanceView& view) {
  return DumpJson(nlohmann::json{
      {"Instance", {{"Id", view.id}, {"Status", InstanceStatusName(view)}, {"Stages", {}}}}});
}

}  // namespace culvert::emulator
