// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/steering.h"

#include "libs/base/time_format.h"
#include "libs/syncjob/reasons.h"

#include <nlohmann/json.hpp>

#include <string_view>

#include "plugin/run_reader.h"

namespace culvert::plugin {
namespace {

using nlohmann::json;

/// After these a person has to look at the target before anything is written again.
bool MayDouble(std::string_view reason) {
  const syncjob::Reason* const known = syncjob::FindReason(reason);
  return known != nullptr && known->exit == syncjob::ExitCode::kCommitUnknown;
}

Status Patch(const OpContext& ctx, kube::Client& client, const RunView& run, json spec) {
  const json patch = {{"metadata", {{"resourceVersion", run.resource_version}}},
                      {"spec", std::move(spec)}};
  auto patched =
      client.MergePatch(ctx, kSyncJobs, {.name_space = run.name_space, .name = run.name}, patch);
  if (patched) return {};
  if (patched.error().code != ErrorCode::kAborted) return Fail(std::move(patched.error()));
  return Fail(Aborted("'" + run.name + "' was changed meanwhile: look at it, then try again"));
}

}  // namespace

Result<std::string> Retry(const OpContext& ctx, kube::Client& client, const RunView& run,
                          Doubling doubling) {
  if (!run.status.IsTerminal()) {
    return Fail(FailedPrecondition("'" + run.name + "' is not at its end (" + SummaryOf(run) +
                                   "): it goes on by itself, there is nothing to retry"));
  }
  const std::string reason = SummaryOf(run);
  if (MayDouble(reason) && doubling == Doubling::kRefused) {
    return Fail(FailedPrecondition(
        "'" + run.name + "' ended with " + reason +
        ": rows of it may be in the target already, and would be there twice. First " +
        std::string(syncjob::FindReason(reason)->remedy) + "; then use --force"));
  }
  const std::string nonce = FormatRfc3339(ctx.clock.Now(), Subseconds::kMilliseconds);
  CULVERT_TRY(Patch(ctx, client, run, {{"runNonce", nonce}}));
  std::string text = "syncjob/" + run.name + " runs once more (runNonce " + nonce + ")\n";
  if (run.suspended) text += "it is suspended: it begins when it is resumed\n";
  return text;
}

Result<std::string> SetSuspend(const OpContext& ctx, kube::Client& client, const RunView& run,
                               bool suspend) {
  const std::string name = "syncjob/" + run.name;
  if (run.suspended == suspend) {
    return name + (suspend ? " is suspended already\n" : " is not suspended\n");
  }
  CULVERT_TRY(Patch(ctx, client, run, {{"suspend", suspend}}));
  std::string text = name + (suspend ? " suspended\n" : " resumed\n");
  if (run.status.IsTerminal()) text += "its run is at its end, so nothing changes until a retry\n";
  return text;
}

}  // namespace culvert::plugin
