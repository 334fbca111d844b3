// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/placeholder.h"

#include "libs/convert/connection.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace culvert::convert {
namespace {

constexpr std::array<std::string_view, 7> kBuiltIns = {"bizdate", "cyctime", "gmtdate", "bizmonth",
                                                       "jobid",   "nodeid",  "taskid"};

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The built-in that `text` begins with, behind its `$`.
std::string_view BuiltInOf(std::string_view text) {
  for (const std::string_view word : kBuiltIns) {
    if (text.starts_with(word) && (text.size() == word.size() || !IsWord(text[word.size()]))) {
      return word;
    }
  }
  return {};
}

class Filler {
 public:
  Filler(const std::vector<Parameter>& parameters, ConversionReport& report)
      : parameters_(&parameters), report_(&report) {}

  void Walk(ScriptNode& node, const std::string& path) {
    using enum ScriptNode::Kind;
    if (node.kind == kString) {
      node.text = Fill(node, path);
    } else if (node.kind == kArray) {
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        Walk(node.items[i], path + "[" + std::to_string(i) + "]");
      }
    } else if (node.kind == kObject) {
      for (ScriptMember& member : node.members) {
        if (IsKeyField(member.name)) continue;
        Walk(member.value, path.empty() ? member.name : path + "." + member.name);
      }
    }
  }

  const std::set<std::string, std::less<>>& used() const { return used_; }

 private:
  std::string Fill(const ScriptNode& node, const std::string& path) {
    std::string out;
    std::string_view rest = node.text;
    while (true) {
      const std::size_t dollar = rest.find('$');
      out += rest.substr(0, dollar);
      if (dollar == std::string_view::npos) return out;
      rest.remove_prefix(dollar);
      const std::size_t close = rest.find(rest.starts_with("${") ? '}' : ']');
      if (rest.starts_with("${") && close != std::string_view::npos) {
        out += ValueOf(node, path, rest.substr(2, close - 2));
        rest.remove_prefix(close + 1);
        continue;
      }
      const std::string_view built_in = BuiltInOf(rest.substr(1));
      if (rest.starts_with("$[") && close != std::string_view::npos) {
        Refuse(node, path,
               Quoted(rest.substr(0, close + 1)) +
                   " is not computed here; write ${name} in its place and give -p name=VALUE");
      } else if (!built_in.empty()) {
        Refuse(node, path,
               Quoted("$" + std::string(built_in)) + " is not computed here; write ${" +
                   std::string(built_in) + "} in its place and give -p " + std::string(built_in) +
                   "=VALUE");
      }
      out += '$';
      rest.remove_prefix(1);
    }
  }

  std::string ValueOf(const ScriptNode& node, const std::string& path, std::string_view name) {
    const auto found = std::ranges::find(*parameters_, name, &Parameter::first);
    const std::string shown = "${" + OneLine(name) + "}";
    if (found == parameters_->end()) {
      Refuse(node, path,
             Quoted(shown) + " has no value; give it, such as -p " + OneLine(name) + "=20250330");
      return {};
    }
    used_.emplace(name);
    report_->Add(Fate::kFilled, node.place, path, shown + " is " + Quoted(found->second));
    return found->second;
  }

  void Refuse(const ScriptNode& node, const std::string& path, std::string text) {
    report_->Add(Fate::kRefused, node.place, path, std::move(text));
  }

  const std::vector<Parameter>* parameters_;
  ConversionReport* report_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace

void FillPlaceholders(ScriptNode& script, const std::vector<Parameter>& parameters,
                      ConversionReport& report) {
  Filler filler(parameters, report);
  filler.Walk(script, "");
  std::set<std::string, std::less<>> given;
  for (const auto& [name, value] : parameters) {
    const std::string flag = "-p " + OneLine(name);
    if (!given.insert(name).second) {
      report.Add(Fate::kRefused, script.place, flag, "is given twice; give one value");
    } else if (value.find("${") != std::string::npos || value.find("$[") != std::string::npos ||
               (value.starts_with('$') && !BuiltInOf(value.substr(1)).empty())) {
      report.Add(Fate::kRefused, script.place, flag,
                 "is an expression; give the value that it stands for, such as 20250330");
    } else if (!filler.used().contains(name)) {
      report.Add(Fate::kRefused, script.place, flag,
                 "has no use: the script has no ${" + OneLine(name) +
                     "} (keys are not filled from a command line)");
    }
  }
}

}  // namespace culvert::convert
