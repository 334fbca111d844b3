// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/run_logs.h"

#include <algorithm>
#include <ranges>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::plugin {
namespace {

constexpr std::string_view kContainer = "runner";
constexpr std::size_t kBytesMax = 64UL * 1024 * 1024;
constexpr std::size_t kLinesOfMany = 20;
constexpr std::size_t kPodsMax = 100;

struct Pod {
  std::string title;  // "transfer, shard 3"
  std::string name;
};

bool HasPods(const StepView& step) {
  return std::ranges::any_of(step.shards,
                             [](const ShardView& shard) { return !shard.pod.empty(); });
}

Result<const StepView*> ChooseStep(const RunView& run, const LogChoice& choice) {
  const std::string wanted = choice.step.empty() && choice.shard ? "transfer" : choice.step;
  if (choice.shard && wanted != "transfer") {
    return Fail(InvalidArgument("only the transfer has shards, leave --shard or --step out"));
  }
  for (const StepView& step : std::views::reverse(run.steps)) {
    if (wanted.empty() ? HasPods(step) : step.name == wanted) return &step;
  }
  if (wanted.empty()) {
    return Fail(NotFound("'" + run.name + "' has no pods (any more)"));
  }
  return Fail(NotFound("'" + run.name + "' has no step " + wanted + " in this attempt"));
}

std::vector<Pod> PodsOf(const StepView& step, const LogChoice& choice) {
  std::vector<Pod> pods;
  for (const ShardView& shard : step.shards) {
    if (shard.pod.empty() || (choice.shard && shard.shard != *choice.shard)) continue;
    const std::string title =
        step.shards_total > 0 ? step.name + ", shard " + std::to_string(shard.shard) : step.name;
    for (const std::string& earlier : shard.earlier_pods) {
      pods.push_back({.title = title, .name = earlier});
    }
    pods.push_back({.title = title, .name = shard.pod});
  }
  return pods;
}

}  // namespace

Result<std::string> RunLogs(const OpContext& ctx, kube::Client& client, const RunView& run,
                            const LogChoice& choice) {
  CULVERT_ASSIGN_OR_RETURN(const StepView* const step, ChooseStep(run, choice));
  std::vector<Pod> pods = PodsOf(*step, choice);
  if (pods.empty()) {
    return Fail(NotFound("'" + run.name + "' has no pods of " + step->name +
                         (choice.shard ? ", shard " + std::to_string(*choice.shard) : "") +
                         " (any more)"));
  }
  const bool several = pods.size() > 1;
  const std::size_t tail = choice.tail == 0 && several ? kLinesOfMany : choice.tail;
  std::string text;
  if (pods.size() > kPodsMax) {
    text = "the first " + std::to_string(kPodsMax) + " of " + std::to_string(pods.size()) +
           " pods; --shard picks one\n";
    pods.resize(kPodsMax);
  }
  for (const Pod& pod : pods) {
    if (several) text += "==> " + pod.title + ", " + pod.name + " <==\n";
    auto log = client.PodLog(ctx, {.name_space = run.name_space, .name = pod.name}, kContainer,
                             tail, kBytesMax);
    if (!log) {
      // Of one pod it is the answer; among several the others may have what is looked for.
      if (!several) return Fail(std::move(log.error()));
      text += "no log: " + log.error().message + "\n";
      continue;
    }
    text += *log;
    if (!log->empty() && !log->ends_with('\n')) text += '\n';
  }
  return text;
}

std::string LastLines(const OpContext& ctx, kube::Client& client, const std::string& name_space,
                      const std::string& pod, std::size_t lines) {
  if (pod.empty()) return {};
  return client.PodLog(ctx, {.name_space = name_space, .name = pod}, kContainer, lines, kBytesMax)
      .value_or("");
}

}  // namespace culvert::plugin
