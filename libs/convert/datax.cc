// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/envelope.h"
#include "libs/convert/settings.h"
#include "libs/convert/transformers.h"

#include <string>
#include <string_view>

namespace culvert::convert {
namespace {

/// `reader` or `writer` of the content: its plugin's name and parameters.
SideInput ReadPlugin(FieldReader& content, std::string_view role) {
  SideInput input;
  const ScriptNode* node = content.Find(role);
  if (node == nullptr) {
    content.Refused(role, "is required, {\"name\": ..., \"parameter\": {...}}");
    return input;
  }
  FieldReader in(*node, content.PathOf(role), content.report());
  const std::string name = in.Text("name").value_or("");
  const std::string odps = "odps" + std::string(role);
  const std::string stream = "stream" + std::string(role);
  const ScriptNode* parameter = in.Find("parameter");
  if (name != odps && name != stream) {
    in.Refused("name", (name.empty() ? std::string("is required")
                                     : Quoted(name) + " is no plugin that is known here") +
                           "; " + odps + " and " + stream + " are");
  } else if (parameter == nullptr) {
    in.Refused("parameter", "is required, the fields of the plugin");
  } else {
    in.Carried("name", std::string(role == "reader" ? "spec.source." : "spec.target.") +
                           (name == odps ? "maxCompute" : "stream"));
    input.parameter = parameter;
    input.path = in.PathOf("parameter");
    input.stream = name == stream;
  }
  in.RefuseRest();
  return input;
}

/// Code that changes the job before or after it runs.
void RefuseHandlers(FieldReader& job) {
  for (const std::string_view name : {"preHandler", "postHandler"}) {
    const ScriptNode* node = job.Find(name);
    if (node == nullptr) continue;
    const bool empty = node->members.empty() && node->text.empty() && node->items.empty();
    if (empty) {
      job.LeaveOut(name, "it is empty");
    } else {
      job.Refused(name, "runs code of a plugin, which is not offered; remove it");
    }
  }
}

}  // namespace

ConvertedScript ReadDataXScript(const ScriptNode& script, ConversionReport& report) {
  ConvertedScript converted;
  FieldReader in(script, "", report);
  const ScriptNode* job_node = in.Find("job");
  const ScriptNode* core = in.Find("core");
  if (const ScriptNode* common = in.Find("common"); common != nullptr) {
    // Formats and the zone of times that become text: other values would be written.
    if (common->members.empty()) {
      in.LeaveOut("common", "it is empty");
    } else {
      in.Refused("common",
                 "says how times turn into text, which is not offered; remove it where no column "
                 "turns one into the other, else convert by SQL");
    }
  }
  in.LeaveOut("entry", "it tunes DataX's Java machine");
  in.RefuseRest();
  if (job_node == nullptr) {
    in.Refused("job", "is required");
    return converted;
  }
  FieldReader job(*job_node, "job", report);
  RefuseHandlers(job);
  const ConvertedSetting setting = ReadDataXSetting(job, core);
  converted.setting = setting.setting;
  const ScriptNode* list = job.Find("content");
  if (list == nullptr || list->kind != ScriptNode::Kind::kArray || list->items.size() != 1) {
    job.Refused("content",
                "must be a list of one object with reader and writer; convert one script "
                "a copy");
  } else {
    FieldReader content(list->items.front(), "job.content[0]", report);
    const SideInput reader = ReadPlugin(content, "reader");
    const SideInput writer = ReadPlugin(content, "writer");
    ReadSides(reader, writer, Dialect::kDataX, setting.channels, report, converted);
    if (const ScriptNode* transformers = content.Find("transformer")) {
      const auto& columns = converted.source.columns;
      const bool listed = !columns.empty() && columns.front() != "*";
      converted.transformers = ReadTransformers(*transformers, content.PathOf("transformer"),
                                                listed ? columns.size() : 0, report);
    }
    content.RefuseRest();
  }
  job.RefuseRest();
  return converted;
}

}  // namespace culvert::convert
