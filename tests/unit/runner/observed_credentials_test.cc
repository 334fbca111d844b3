// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/observed_credentials.h"

#include "tests/support/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <utility>

namespace culvert::runner {
namespace {

using maxcompute::Credentials;
using testing::HasSubstr;

/// Gives out the keys of a list, the last one for ever.
class KeysInTurn final : public maxcompute::CredentialsProvider {
 public:
  explicit KeysInTurn(std::deque<Credentials> keys) {
    for (Credentials& key : keys) keys_.push_back(std::make_shared<Credentials>(std::move(key)));
  }
  Result<std::shared_ptr<const Credentials>> Get() override {
    if (keys_.empty()) return Fail(Unauthenticated("none"));
    auto key = keys_.front();
    if (keys_.size() > 1) keys_.pop_front();
    return key;
  }
  bool Refresh(const Credentials&) override { return true; }

 private:
  std::deque<std::shared_ptr<const Credentials>> keys_;
};

Credentials Key(const std::string& id, std::optional<WallTime> expires = std::nullopt) {
  return {.access_key_id = id,
          .access_key_secret = Secret("hush"),
          .security_token = Secret(),
          .expires = expires};
}

TEST(ObservedCredentialsTest, CountsVersionsNotLooks) {
  MetricsRegistry registry;
  RunnerMetrics metrics(registry);
  const WallTime end{std::chrono::seconds(2000)};
  const auto keys = ObserveCredentials(
      std::make_unique<KeysInTurn>(std::deque<Credentials>{Key("a"), Key("a"), Key("b", end)}),
      Side::kSource, metrics);
  EXPECT_THAT(registry.Expose(), HasSubstr("credential_generation{side=\"source\"} 0"));
  EXPECT_THAT(keys->Get(), test::IsOk());
  EXPECT_THAT(keys->Get(), test::IsOk());
  EXPECT_THAT(registry.Expose(), HasSubstr("credential_generation{side=\"source\"} 1"));
  EXPECT_THAT(registry.Expose(), HasSubstr("expiry_timestamp_seconds{side=\"source\"} 0"));
  EXPECT_THAT(keys->Get(), test::IsOk());
  EXPECT_THAT(keys->Get(), test::IsOk());
  EXPECT_THAT(registry.Expose(), HasSubstr("credential_generation{side=\"source\"} 2"));
  EXPECT_THAT(registry.Expose(), HasSubstr("expiry_timestamp_seconds{side=\"source\"} 2000"));
  EXPECT_THAT(registry.Expose(), HasSubstr("credential_generation{side=\"target\"} 0"));
  EXPECT_TRUE(keys->Refresh(Key("b")));
}

TEST(ObservedCredentialsTest, AMissingKeyIsNoVersion) {
  MetricsRegistry registry;
  RunnerMetrics metrics(registry);
  const auto keys = ObserveCredentials(std::make_unique<KeysInTurn>(std::deque<Credentials>{}),
                                       Side::kTarget, metrics);
  EXPECT_FALSE(keys->Get());
  EXPECT_THAT(registry.Expose(), HasSubstr("credential_generation{side=\"target\"} 0"));
}

}  // namespace
}  // namespace culvert::runner
