// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/syncjob/report.h"

#include <optional>
#include <span>
#include <string_view>

namespace culvert::syncjob {

/// One word of the catalogue of failures: what a program switches on and what a person is told.
/// Texts are as docs/reasons.md has them, Markdown's back-quotes included.
struct Reason {
  std::string_view word;
  std::optional<ExitCode> exit;  // nothing: no program of ours ends with it, the operator says it
  std::string_view meaning;
  std::string_view remedy;  // what to do; begins with "none" when nobody has to do anything
};

/// The catalogue, in the order of docs/reasons.md.
std::span<const Reason> Reasons();
/// Nothing for a word that is not in it.
const Reason* FindReason(std::string_view word);

}  // namespace culvert::syncjob
