// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"
#include "libs/schedule/basis.h"
#include "libs/schedule/template.h"

#include <optional>
#include <string_view>

namespace culvert::schedule {

/// The scheduling parameters of one run: `name=value` assignments, and what its dates are computed
/// from.
class Parameters {
 public:
  Parameters() = default;
  explicit Parameters(std::optional<Basis> basis) : basis_(std::move(basis)) {}

  /// `day=${yyyymmdd-1}`, `region=north`. The value is a text with dates in it, computed here.
  /// kInvalidArgument for a name that is none, is taken by a date (`yyyymm`) or by the system
  /// (`bdp.system.`), or is given twice; for a value that is wrong, or has control characters.
  Status Assign(std::string_view assignment);
  Status Assign(std::string_view name, std::string_view value);

  /// `text` with every placeholder replaced. See Template for the errors. With nothing left of
  /// `${` or `$[`: a value that brings one is refused.
  Result<std::string> Substitute(std::string_view text) const;

 private:
  std::optional<Basis> basis_;
  Template::Values values_;
};

}  // namespace culvert::schedule
