// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/waiting_credentials.h"

#include <utility>

namespace culvert::runner {
namespace {

constexpr std::chrono::seconds kPause{2};

class Waiting final : public maxcompute::CredentialsProvider {
 public:
  Waiting(std::unique_ptr<maxcompute::CredentialsProvider> inner, std::chrono::seconds budget,
          std::stop_token stop, Clock& clock)
      : inner_(std::move(inner)), budget_(budget), stop_(std::move(stop)), clock_(clock) {}

  Result<std::shared_ptr<const maxcompute::Credentials>> Get() override {
    const SteadyTime give_up = clock_.SteadyNow() + budget_;
    for (;;) {
      auto credentials = inner_->Get();
      if (credentials || credentials.error().reason != "CredentialsMissing") return credentials;
      if (Pause(give_up)) continue;
      // Whoever was told to stop has not found out that no key comes.
      if (stop_.stop_requested()) return Fail(Cancelled("stopped while a key was waited for"));
      return credentials;
    }
  }

  bool Refresh(const maxcompute::Credentials& rejected) override {
    const SteadyTime give_up = clock_.SteadyNow() + budget_;
    for (;;) {
      if (inner_->Refresh(rejected)) return true;
      if (!Pause(give_up)) return false;
    }
  }

 private:
  bool Pause(SteadyTime give_up) {
    const SteadyTime until = clock_.SteadyNow() + kPause;
    return until < give_up && clock_.SleepUntil(until, stop_);
  }

  std::unique_ptr<maxcompute::CredentialsProvider> inner_;
  const std::chrono::seconds budget_;
  const std::stop_token stop_;
  Clock& clock_;
};

}  // namespace

std::unique_ptr<maxcompute::CredentialsProvider> WaitingCredentials(
    std::unique_ptr<maxcompute::CredentialsProvider> inner, std::chrono::seconds budget,
    std::stop_token stop, Clock& clock) {
  return std::make_unique<Waiting>(std::move(inner), budget, std::move(stop), clock);
}

}  // namespace culvert::runner
