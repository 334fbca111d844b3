// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/watcher.h"

#include "libs/kube/api_error.h"

#include <algorithm>
#include <utility>

namespace culvert::kube {

Watcher::Watcher(Options options, std::uint64_t jitter_seed)
    : options_(options), random_(jitter_seed | 1) {}

bool Watcher::OnPage(std::string_view resource_version, std::string_view continue_token) {
  if (resource_version.empty()) {
    OnError(DataLoss("a list page has no resourceVersion"), {});
    return false;
  }
  version_ = resource_version;
  if (!continue_token.empty()) {
    next_ = {.request = ListPage{std::string(continue_token)}};
    return false;
  }
  next_ = {.request = Watch{version_}};
  return true;
}

void Watcher::OnEvent(std::string_view resource_version) {
  if (!resource_version.empty()) version_ = resource_version;
}

void Watcher::OnWatchEnd() {
  failures_ = 0;
  next_ = {.request = Watch{version_}};
}

void Watcher::OnError(const Error& error, std::chrono::seconds quiet) {
  if (quiet >= options_.backoff_reset) failures_ = 0;
  const std::chrono::milliseconds wait = Backoff(error);
  // A version or token that is too old leads nowhere, and half a list cannot be continued
  // elsewhere.
  const bool watching = std::holds_alternative<Watch>(next_.request);
  if (error.reason == kReasonExpired || !watching) {
    ListAgain();
  } else {
    next_.request = Watch{version_};
  }
  next_.wait = wait;
}

void Watcher::ListAgain() {
  ++relists_;
  version_.clear();
  next_.request = ListPage{};
}

std::chrono::milliseconds Watcher::Backoff(const Error& error) {
  std::chrono::milliseconds wait = options_.backoff_initial;
  for (int i = 0; i < failures_ && wait < options_.backoff_max; ++i) wait *= 2;
  wait = std::min(wait, options_.backoff_max);
  ++failures_;
  // xorshift64: up to a half is added, so that watchers that failed together do not return
  // together.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  const auto half = static_cast<std::uint64_t>(wait.count() / 2 + 1);
  wait += std::chrono::milliseconds(random_ % half);
  return std::max(wait, error.retry_after.value_or(std::chrono::milliseconds(0)));
}

}  // namespace culvert::kube
