// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "plugin/run_view.h"

namespace culvert::plugin {

/// Why a run failed or does not go on, and what to do about it.
struct Explanation {
  std::string condition;  // the one that says it: "Succeeded"
  std::string reason;     // word of docs/reasons.md
  std::string message;    // of the condition
  std::string meaning;    // of the reason; empty for a word that is not in the catalogue
  std::string remedy;     // likewise
  // Where it happened; empty: no pod is there any more, or none was at fault.
  std::string step;
  std::optional<std::int64_t> shard;  // of a transfer
  std::string pod;
  std::optional<int> exit_code;
  std::string pod_message;  // when it says more than the condition
};

/// Nothing for a run that goes well, or went well. A pod that cannot start, or failed and will be
/// tried again, is explained too.
std::optional<Explanation> Explain(const RunView& run);

/// For people. `log` are the last lines of the pod's log, if there are any.
std::string ExplanationText(const RunView& run, const Explanation& explanation,
                            const std::string& log, bool colours);

}  // namespace culvert::plugin
