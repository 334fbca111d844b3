// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/regex.h"

#include <re2/re2.h>

#include <string>
#include <utility>

namespace culvert {
namespace {

re2::StringPiece Piece(std::string_view text) { return {text.data(), text.size()}; }

RE2::Options Quietly() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

}  // namespace

struct Regex::Program {
  explicit Program(std::string_view pattern) : regex(Piece(pattern), Quietly()) {}
  RE2 regex;
};

Result<Regex> Regex::Compile(std::string_view pattern) {
  if (pattern.size() > kPatternBytesMax) {
    return Fail(InvalidArgument("the pattern is longer than " + std::to_string(kPatternBytesMax) +
                                " bytes"));
  }
  auto program = std::make_shared<const Program>(pattern);
  if (!program->regex.ok()) return Fail(InvalidArgument(program->regex.error()));
  return Regex(std::move(program));
}

bool Regex::MatchesWhole(std::string_view text) const {
  return RE2::FullMatch(Piece(text), program_->regex);
}

}  // namespace culvert
