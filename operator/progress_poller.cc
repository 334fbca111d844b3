// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "operator/progress_poller.h"

#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace culvert::control {
namespace {

constexpr std::chrono::seconds kAnswerBudget{1};
constexpr std::size_t kAnswerBytesMax = std::size_t{64} * 1024;

std::uint64_t NumberOf(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return 0;
  return static_cast<std::uint64_t>(std::clamp(found->get<double>(), 0.0, 9e15));
}

}  // namespace

std::optional<LiveProgress> ParseProgress(std::string_view text) {
  const auto parsed = ParseJson(text);
  if (!parsed || !parsed->is_object() || !parsed->contains("rows")) return std::nullopt;
  return LiveProgress{.rows = NumberOf(*parsed, "rows"),
                      .bytes = NumberOf(*parsed, "bytes"),
                      .rows_per_second = NumberOf(*parsed, "rowsPerSecond"),
                      .bytes_per_second = NumberOf(*parsed, "bytesPerSecond")};
}

void ProgressPoller::Run(const OpContext& ctx) {
  if (options_.interval.count() == 0) return;
  while (ctx.clock.SleepUntil(ctx.clock.SteadyNow() + options_.interval, ctx.stop)) Poll(ctx);
}

void ProgressPoller::Poll(const OpContext& ctx) {
  const std::vector<PodPtr> pods = world_.RunningPods();
  std::set<std::string> running;
  for (const PodPtr& pod : pods) running.insert(pod->meta.uid);
  {
    const MutexLock lock(mutex_);
    std::erase_if(pods_, [&](const auto& one) { return !running.contains(one.first); });
  }
  std::atomic<std::size_t> next = 0;
  std::vector<std::jthread> askers;
  const auto count = std::min<std::size_t>(static_cast<std::size_t>(options_.threads), pods.size());
  askers.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    askers.emplace_back([&] {
      for (std::size_t at = next++; at < pods.size(); at = next++) Ask(ctx, *pods[at]);
    });
  }
}

void ProgressPoller::Ask(const OpContext& ctx, const PodObject& pod) {
  if (ctx.stop.stop_requested()) return;
  const bool ipv6 = pod.ip.find(':') != std::string::npos;
  http::Request request;
  request.url = "http://" + (ipv6 ? "[" + pod.ip + "]" : pod.ip) + ":" +
                std::to_string(options_.port) + "/progress";
  const OpContext bounded = ctx.WithTimeout(kAnswerBudget);
  const auto stream = transport_.Download(bounded, request);
  if (!stream || (*stream)->response().status != 200) return;
  const auto text = (*stream)->ReadAll(bounded, kAnswerBytesMax);
  if (!text) return;
  const auto progress = ParseProgress(*text);
  if (!progress) return;
  const MutexLock lock(mutex_);
  pods_[pod.meta.uid] = {.run_uid = pod.run_uid, .progress = *progress};
}

LiveProgress ProgressPoller::Of(const std::string& run_uid) const {
  LiveProgress sum;
  const MutexLock lock(mutex_);
  for (const auto& [uid, entry] : pods_) {
    if (entry.run_uid != run_uid) continue;
    sum.rows += entry.progress.rows;
    sum.bytes += entry.progress.bytes;
    sum.rows_per_second += entry.progress.rows_per_second;
    sum.bytes_per_second += entry.progress.bytes_per_second;
  }
  return sum;
}

}  // namespace culvert::control
