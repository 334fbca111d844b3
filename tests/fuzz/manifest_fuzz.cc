// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/syncjob/manifest.h"
#include "libs/syncjob/plan.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Any text: refused with a place, or read into values that a plan can carry.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace culvert::syncjob;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Manifest manifest;
  const culvert::Status status = ParseManifest(text, "f", manifest);
  if (!status) {
    CULVERT_CHECK(status.error().message.starts_with("f:"));
    CULVERT_CHECK(manifest.jobs.empty() && manifest.data_sources.empty());
    return 0;
  }
  for (const SyncJob& job : manifest.jobs) {
    Plan plan;
    plan.job = job.name;
    plan.spec = job.spec;
    const auto back = ParsePlan(PlanToJson(plan));
    CULVERT_CHECK(back.has_value());
    CULVERT_CHECK(back->spec == job.spec);
  }
  return 0;
}
