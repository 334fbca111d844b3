// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/field_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace culvert::convert {
namespace {

using Kind = ScriptNode::Kind;

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

FieldReader::FieldReader(const ScriptNode& object, std::string path, ConversionReport& report)
    : object_(&object), path_(std::move(path)), report_(&report) {
  if (object.kind != Kind::kObject) {
    report.Add(Fate::kRefused, object.place, path_, "must be an object, { ... }");
  }
}

const ScriptNode* FieldReader::Find(std::string_view name) {
  known_.emplace_back(name);
  const auto found = std::ranges::find(object_->members, name, &ScriptMember::name);
  if (found == object_->members.end() || found->value.kind == Kind::kNull) return nullptr;
  return &found->value;
}

std::optional<std::string> FieldReader::Text(std::string_view name) {
  const ScriptNode* node = Find(name);
  if (node == nullptr) return std::nullopt;
  if (node->kind != Kind::kString) {
    Refused(name, "must be text in quotes");
    return std::nullopt;
  }
  return node->text;
}

std::optional<bool> FieldReader::Flag(std::string_view name) {
  const ScriptNode* node = Find(name);
  if (node == nullptr) return std::nullopt;
  const bool scalar = node->kind == Kind::kBool || node->kind == Kind::kString;
  if (scalar && node->text == "true") return true;
  if (scalar && node->text == "false") return false;
  Refused(name, "must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> FieldReader::Integer(std::string_view name, std::int64_t min,
                                                 std::int64_t max) {
  const ScriptNode* node = Find(name);
  if (node == nullptr) return std::nullopt;
  const bool text = node->kind == Kind::kString;
  if (text && node->text.empty()) return std::nullopt;
  std::int64_t value = 0;
  const char* end = node->text.data() + node->text.size();
  const auto [stop, problem] = std::from_chars(node->text.data(), end, value);
  if ((!text && node->kind != Kind::kNumber) || problem != std::errc() || stop != end ||
      value < min || value > max) {
    Refused(name,
            "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return value;
}

std::optional<std::string> FieldReader::Decimal(std::string_view name) {
  const ScriptNode* node = Find(name);
  if (node == nullptr) return std::nullopt;
  const bool text = node->kind == Kind::kString;
  if (text && node->text.empty()) return std::nullopt;
  const std::string_view digits = node->text;
  const std::size_t dot = digits.find('.');
  const bool fraction = dot != std::string_view::npos;
  if ((!text && node->kind != Kind::kNumber) || digits.size() > 32 ||
      !IsDigits(digits.substr(0, dot)) || (fraction && !IsDigits(digits.substr(dot + 1)))) {
    Refused(name, "must be a number such as 12 or 0.5");
    return std::nullopt;
  }
  return node->text;
}

std::optional<std::vector<std::string>> FieldReader::Texts(std::string_view name,
                                                           std::string_view remedy) {
  const ScriptNode* node = Find(name);
  if (node == nullptr) return std::nullopt;
  if (node->kind != Kind::kArray) {
    Refused(name, "must be a list; " + std::string(remedy));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const ScriptNode& item = node->items[i];
    if (item.kind == Kind::kString) {
      texts.push_back(item.text);
      continue;
    }
    report_->Add(Fate::kRefused, item.place, PathOf(name) + "[" + std::to_string(i) + "]",
                 "must be text in quotes");
    return std::nullopt;
  }
  return texts;
}

void FieldReader::Carried(std::string_view name, std::string text) {
  report_->Add(Fate::kCarried, PlaceOf(name), PathOf(name), std::move(text));
}

void FieldReader::NotYet(std::string_view name, std::string text) {
  report_->Add(Fate::kNotYet, PlaceOf(name), PathOf(name), std::move(text));
}

void FieldReader::Refused(std::string_view name, std::string text) {
  report_->Add(Fate::kRefused, PlaceOf(name), PathOf(name), std::move(text));
}

void FieldReader::LeaveOut(std::string_view name, std::string_view why) {
  if (Find(name) == nullptr) return;
  report_->Add(Fate::kLeftOut, PlaceOf(name), PathOf(name), std::string(why));
}

void FieldReader::RefuseRest() {
  std::string list;
  for (const std::string& name : known_) {
    if (list.find(name) == std::string::npos) list += (list.empty() ? "" : ", ") + name;
  }
  for (const ScriptMember& member : object_->members) {
    if (std::ranges::find(known_, member.name) != known_.end()) continue;
    report_->Add(Fate::kRefused, member.value.place, PathOf(member.name),
                 "unknown field; remove it if it means nothing, the known ones are " + list);
  }
}

std::string FieldReader::PathOf(std::string_view name) const {
  if (name.empty()) return path_;
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

Place FieldReader::PlaceOf(std::string_view name) const {
  const auto found = std::ranges::find(object_->members, name, &ScriptMember::name);
  return found == object_->members.end() ? object_->place : found->value.place;
}

}  // namespace culvert::convert
