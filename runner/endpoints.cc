// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/endpoints.h"

#include "runner/endpoints/maxcompute_source.h"
#include "runner/endpoints/maxcompute_target.h"
#include "runner/endpoints/stream_source.h"
#include "runner/endpoints/stream_target.h"
#include "runner/observed_endpoints.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

Status PrintToStandardOutput(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = write(STDOUT_FILENO, lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      return Fail(
          FailedPrecondition("rows cannot be printed to standard output").Because("LocalPressure"));
    }
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Source Endpoints::source() const {
  if (coded_ != nullptr) return coded_.get();
  return typed_.get();
}

Result<Endpoints> MakeEndpoints(const syncjob::Plan& plan, const CopySpec& spec,
                                maxcompute::Client* source, maxcompute::Client* target,
                                RunnerMetrics& metrics, const DirtyRowSet* replay) {
  Endpoints endpoints;
  if (replay != nullptr) {
    CULVERT_ASSIGN_OR_RETURN(endpoints.typed_, DirtyRowSource::Make(*replay, plan.read_columns));
  } else if (const auto* stream = std::get_if<syncjob::StreamSource>(&plan.spec.source)) {
    CULVERT_ASSIGN_OR_RETURN(StreamSource made, StreamSource::Make(*stream, plan.seed));
    endpoints.typed_ = std::make_unique<StreamSource>(std::move(made));
  } else {
    CULVERT_ASSIGN_OR_RETURN(MaxComputeSource made, MaxComputeSource::Make(source->tunnel(), plan));
    endpoints.coded_ = ObserveSource(std::make_unique<MaxComputeSource>(std::move(made)), metrics);
  }
  if (const auto* stream = std::get_if<syncjob::StreamTarget>(&plan.spec.target)) {
    endpoints.target_ = std::make_unique<StreamTarget>(
        spec.target_layout(), stream->print ? PrintToStandardOutput : StreamTarget::Print());
  } else {
    CULVERT_ASSIGN_OR_RETURN(MaxComputeTarget made, MaxComputeTarget::Make(target->tunnel(), plan));
    endpoints.target_ = ObserveTarget(std::make_unique<MaxComputeTarget>(std::move(made)), metrics);
  }
  return endpoints;
}

std::string SourceTitle(const syncjob::SyncJobSpec& spec) {
  const auto* table = std::get_if<syncjob::MaxComputeSource>(&spec.source);
  return table == nullptr ? "stream" : table->table;
}

std::string TargetTitle(const syncjob::SyncJobSpec& spec) {
  const auto* table = std::get_if<syncjob::MaxComputeTarget>(&spec.target);
  return table == nullptr ? "stream" : table->table;
}

}  // namespace culvert::runner
