// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/parameters.h"

#include <algorithm>
#include <string>
#include <utility>

namespace culvert::schedule {
namespace {

constexpr std::size_t kAssignmentsMax = 128;
constexpr std::size_t kValueBytesMax = 1024;

Error Refused(std::string_view name, const std::string& what) {
  return InvalidArgument("parameter '" + std::string(name.substr(0, 64)) + "': " + what);
}

}  // namespace

Status Parameters::Assign(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    return Fail(InvalidArgument("'" + std::string(assignment.substr(0, 64)) +
                                "' is not an assignment such as 'day=${yyyymmdd}'"));
  }
  return Assign(assignment.substr(0, equals), assignment.substr(equals + 1));
}

Status Parameters::Assign(std::string_view name, std::string_view value) {
  if (!IsParameterName(name)) {
    return Fail(Refused(name, "a name is of letters, digits, '_' and '.', at most 64"));
  }
  if (name.starts_with("bdp.system.")) return Fail(Refused(name, "is given by the system"));
  if (Expression::Parse(Expression::From::kBusinessDate, name, 1)) {
    return Fail(Refused(name, "${" + std::string(name) + "} is a date already, take another name"));
  }
  if (values_.size() >= kAssignmentsMax) {
    return Fail(Refused(name, "more than " + std::to_string(kAssignmentsMax) + " parameters"));
  }
  if (values_.contains(name)) return Fail(Refused(name, "is assigned twice"));
  const bool control = std::ranges::any_of(
      value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (control || value.size() > kValueBytesMax) {
    return Fail(Refused(name, "a value has at most " + std::to_string(kValueBytesMax) +
                                  " bytes and no control characters"));
  }
  const auto read = Template::Parse(value, Template::Place::kValue);
  if (!read) return Fail(Refused(name, read.error().message));
  auto computed = read->Evaluate({}, basis_ ? &*basis_ : nullptr);
  if (!computed) {
    computed.error().message = Refused(name, computed.error().message).message;
    return Fail(std::move(computed.error()));
  }
  values_.emplace(name, *std::move(computed));
  return {};
}

Result<std::string> Parameters::Substitute(std::string_view text) const {
  CULVERT_ASSIGN_OR_RETURN(const Template read, Template::Parse(text, Template::Place::kField));
  CULVERT_ASSIGN_OR_RETURN(std::string result, read.Evaluate(values_, basis_ ? &*basis_ : nullptr));
  if (!HasPlaceholder(result)) return result;
  return Fail(InvalidArgument("'" + result.substr(0, 64) +
                              "' has a placeholder in it still, remove the '$' before it")
                  .Because("UnresolvedPlaceholder"));
}

}  // namespace culvert::schedule
