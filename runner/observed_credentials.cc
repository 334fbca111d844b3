// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/observed_credentials.h"

#include "libs/base/mutex.h"

#include <chrono>
#include <cstdint>
#include <utility>

namespace culvert::runner {
namespace {

using maxcompute::Credentials;

double Seconds(const Credentials& credentials) {
  if (!credentials.expires) return 0;
  return std::chrono::duration<double>(credentials.expires->time_since_epoch()).count();
}

class Observed final : public maxcompute::CredentialsProvider {
 public:
  Observed(std::unique_ptr<maxcompute::CredentialsProvider> inner, Side side,
           RunnerMetrics& metrics)
      : inner_(std::move(inner)), side_(side), metrics_(metrics) {}

  Result<std::shared_ptr<const Credentials>> Get() override {
    auto credentials = inner_->Get();
    if (credentials) See(*credentials);
    return credentials;
  }
  bool Refresh(const Credentials& rejected) override { return inner_->Refresh(rejected); }

 private:
  void See(const std::shared_ptr<const Credentials>& credentials) {
    const MutexLock lock(mutex_);
    if (credentials == seen_) return;
    // A version that was read again is the same key in another place.
    if (seen_ == nullptr || !SameKey(*seen_, *credentials)) ++generation_;
    seen_ = credentials;
    metrics_.SetCredential(side_, generation_, Seconds(*credentials));
  }

  std::unique_ptr<maxcompute::CredentialsProvider> inner_;
  const Side side_;
  RunnerMetrics& metrics_;
  Mutex mutex_;
  std::shared_ptr<const Credentials> seen_ GUARDED_BY(mutex_);
  std::uint64_t generation_ GUARDED_BY(mutex_) = 0;
};

}  // namespace

std::unique_ptr<maxcompute::CredentialsProvider> ObserveCredentials(
    std::unique_ptr<maxcompute::CredentialsProvider> inner, Side side, RunnerMetrics& metrics) {
  return std::make_unique<Observed>(std::move(inner), side, metrics);
}

}  // namespace culvert::runner
