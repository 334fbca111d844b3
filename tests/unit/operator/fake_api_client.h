// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/kube/config.h"
#include "libs/kube/rest_client.h"
#include "tests/support/fake_kube_api.h"

#include <memory>
#include <utility>

namespace culvert::control {

/// A client of the fake API, without a limit of its own.
inline std::unique_ptr<kube::Client> ClientOf(test::FakeKubeApi& api) {
  class NoToken final : public kube::TokenSource {
   public:
    Result<Secret> Token() override { return Secret(); }
    void Rejected() override {}
  };
  kube::Config config;
  config.server = http::Url::Parse("http://127.0.0.1:1").value();
  config.token = std::make_shared<NoToken>();
  return kube::MakeRestClient(std::move(config), api, {.requests_per_second = 0});
}

}  // namespace culvert::control
