// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <cstddef>
#include <memory>
#include <string_view>

namespace culvert {

/// A regular expression in RE2's syntax: matching takes time linear in the text, whatever the
/// pattern, so patterns and texts may come from anybody. UTF-8; `.` is any character but a newline.
/// Back references and look-around do not exist. Immutable, thread-safe; copies share one program.
class Regex {
 public:
  static constexpr std::size_t kPatternBytesMax = 1'024;

  /// kInvalidArgument with what is wrong with the pattern.
  static Result<Regex> Compile(std::string_view pattern);
  /// True when the pattern describes the whole of `text`.
  bool MatchesWhole(std::string_view text) const;

 private:
  struct Program;
  explicit Regex(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace culvert
