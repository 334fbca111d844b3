// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/envelope.h"
#include "libs/convert/settings.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::convert {
namespace {

enum class Role : std::uint8_t { kReader, kWriter, kProcessor };

struct Step {
  Role role = Role::kReader;
  std::string name;
  SideInput input;
};

void ExpectWord(FieldReader& in, std::string_view name, std::string_view word) {
  const auto text = in.Text(name);
  if (text && *text == word) {
    in.Carried(name, "it is " + std::string(word) + " always");
  } else if (text || !in.Has(name)) {
    in.Refused(name, "must be \"" + std::string(word) + "\"" +
                         (text ? ", not " + Quoted(*text) : std::string()));
  }
}

bool IsEmpty(const ScriptNode* node) {
  return node == nullptr || (node->items.empty() && node->members.empty() && node->text.empty());
}

/// The wizard adds a step between reader and writer that does nothing.
void ReadProcessor(FieldReader& in) {
  in.report().Add(Fate::kLeftOut, in.PlaceOf(""), in.PathOf(""), "a processor that does nothing");
  if (const ScriptNode* parameter = in.Find("parameter")) {
    FieldReader fields(*parameter, in.PathOf("parameter"), in.report());
    if (!IsEmpty(fields.Find("nodes"))) {
      fields.Refused("nodes",
                     "change rows on their way, which is not offered; remove the step, and "
                     "compute by SQL before or after the copy");
    }
    for (const std::string_view name : {"edges", "groups", "version"}) fields.Find(name);
    fields.RefuseRest();
  }
  for (const std::string_view name : {"displayName", "copies"}) in.Find(name);
}

Step ReadStep(const ScriptNode& node, std::string path, ConversionReport& report) {
  FieldReader in(node, std::move(path), report);
  Step step;
  step.name = in.Text("name").value_or("");
  if (step.name.empty() && (!in.Has("name") || in.Find("name")->text.empty())) {
    in.Refused("name", "is required: order.hops refers to it");
  } else if (!step.name.empty()) {
    in.Carried("name", "order.hops refers to it");
  }
  const std::string category = in.Text("category").value_or("");
  const ScriptNode* type_node = in.Find("stepType");
  if (category == "processor") {
    step.role = Role::kProcessor;
    ReadProcessor(in);
    in.RefuseRest();
    return step;
  }
  if (category != "reader" && category != "writer") {
    in.Refused("category", "must be reader or writer");
  } else {
    in.Carried("category", category == "reader" ? "spec.source" : "spec.target");
  }
  step.role = category == "writer" ? Role::kWriter : Role::kReader;
  const std::string type = type_node == nullptr ? std::string() : in.Text("stepType").value_or("");
  if (type != "odps" && type != "stream") {
    in.Refused("stepType", (type.empty() ? std::string("is required")
                                         : Quoted(type) + " is no kind of step here") +
                               "; odps and stream are");
  } else {
    in.Carried("stepType", type == "odps" ? "maxCompute" : "stream");
    step.input.stream = type == "stream";
    step.input.parameter = in.Find("parameter");
    step.input.path = in.PathOf("parameter");
    if (step.input.parameter == nullptr) {
      in.Refused("parameter", "is required, the fields of the step");
    }
  }
  in.Find("parameter");
  in.RefuseRest();
  return step;
}

const Step* FindRole(const std::vector<Step>& steps, Role role, const ScriptNode& list,
                     ConversionReport& report) {
  const std::string word = role == Role::kReader ? "reader" : "writer";
  const auto found = std::ranges::find(steps, role, &Step::role);
  const auto count = std::ranges::count(steps, role, &Step::role);
  if (count == 1) return &*found;
  report.Add(Fate::kRefused, list.place, "steps",
             count == 0 ? "no step has the category " + word + "; a job needs one"
                        : std::to_string(count) + " steps have the category " + word +
                              "; a job has one, convert one script a copy");
  return nullptr;
}

/// `hops` of the order must lead from the reader to the writer, as there is no other way.
void CheckHops(FieldReader& order, const std::vector<Step>& steps) {
  const ScriptNode* hops = order.Find("hops");
  if (hops == nullptr || hops->kind != ScriptNode::Kind::kArray || hops->items.empty()) {
    order.Refused("hops", "must be a list, [{\"from\": READER, \"to\": WRITER}]");
    return;
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < hops->items.size(); ++i) {
    FieldReader hop(hops->items[i], order.PathOf("hops[" + std::to_string(i) + "]"),
                    order.report());
    const auto end = [&](std::string_view name) -> const Step* {
      const auto text = hop.Text(name);
      const auto found = std::ranges::find(steps, text.value_or(""), &Step::name);
      if (text && found != steps.end()) return &*found;
      if (text || !hop.Has(name)) {
        hop.Refused(name, text ? Quoted(*text) +
                                     " is no step; steps have the names of their field "
                                     "name"
                               : std::string("is required, the name of a step"));
      }
      return nullptr;
    };
    const Step* from = end("from");
    const Step* to = end("to");
    hop.RefuseRest();
    if (from == nullptr || to == nullptr) continue;
    if (from->role == Role::kWriter || to->role == Role::kReader || from == to) {
      hop.Refused("", "leads from " + Quoted(from->name) + " to " + Quoted(to->name) +
                          "; rows go from the reader to the writer");
    } else if (!seen.emplace(from->name, to->name).second) {
      hop.Refused("", "is there twice; remove one");
    } else {
      hop.Carried("", "rows go from spec.source to spec.target");
    }
  }
}

}  // namespace

ConvertedScript ReadDataWorksScript(const ScriptNode& script, ConversionReport& report) {
  ConvertedScript converted;
  FieldReader in(script, "", report);
  ExpectWord(in, "type", "job");
  ExpectWord(in, "version", "2.0");
  std::vector<Step> steps;
  const ScriptNode* list = in.Find("steps");
  if (list == nullptr || list->kind != ScriptNode::Kind::kArray) {
    in.Refused("steps", "is required, a list of one reader and one writer");
  } else {
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const std::string path = "steps[" + std::to_string(i) + "]";
      Step step = ReadStep(list->items[i], path, report);
      if (!step.name.empty() && std::ranges::find(steps, step.name, &Step::name) != steps.end()) {
        report.Add(Fate::kRefused, list->items[i].place, path + ".name",
                   Quoted(step.name) + " is the name of another step; order.hops could mean both");
      }
      steps.push_back(std::move(step));
    }
    const Step* reader = FindRole(steps, Role::kReader, *list, report);
    const Step* writer = FindRole(steps, Role::kWriter, *list, report);
    const ConvertedSetting setting = ReadDataWorksSetting(in);
    converted.setting = setting.setting;
    ReadSides(reader == nullptr ? SideInput{} : reader->input,
              writer == nullptr ? SideInput{} : writer->input, Dialect::kDataWorks,
              setting.channels, report, converted);
  }
  in.Find("setting");
  if (const ScriptNode* node = in.Find("order")) {
    FieldReader order(*node, "order", report);
    CheckHops(order, steps);
    order.RefuseRest();
  } else {
    in.Refused("order", "is required, {\"hops\": [{\"from\": READER, \"to\": WRITER}]}");
  }
  in.RefuseRest();
  return converted;
}

}  // namespace culvert::convert
