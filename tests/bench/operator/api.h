// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/http/transport.h"
#include "libs/kube/client.h"

#include <functional>
#include <memory>
#include <string>

namespace culvert::bench {

/// The API server of a kubeconfig, asked without a limit of our own.
class Api {
 public:
  static Result<Api> Open(const std::string& kubeconfig, Clock& clock);
  kube::Client& client() { return *client_; }

 private:
  Api() = default;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<kube::Client> client_;
};

/// Calls `work(number)` for 0 ... count - 1, in order of their beginning, from `threads` threads;
/// the first error ends it.
Status ForEachNumber(int count, int threads, const std::function<Status(int number)>& work);

}  // namespace culvert::bench
