// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/http/transport.h"
#include "libs/kube/client.h"
#include "libs/kube/config.h"

#include <memory>
#include <string>

namespace culvert::test {

/// A real API server: the one of the kubeconfig that CULVERT_TEST_KUBECONFIG names, as
/// `tests/cluster/up` prints it. Tests that need one have the ctest label `apiserver`.
class RealKubeApi {
 public:
  /// Whether the variable is set. Tests skip without it, and say so.
  static bool IsGiven();

  /// Connects and makes a namespace of its own, which goes with it. Aborts when the server cannot
  /// be reached: it was promised.
  RealKubeApi();
  ~RealKubeApi();
  RealKubeApi(const RealKubeApi&) = delete;
  RealKubeApi& operator=(const RealKubeApi&) = delete;

  kube::Client& client() { return *client_; }
  http::Transport& transport() { return *transport_; }
  /// `https://host:port`.
  const std::string& server() const { return server_; }
  const kube::Config& config() const { return config_; }
  Clock& clock() { return *clock_; }
  const std::string& name_space() const { return name_space_; }
  /// Installs the kinds of crds/ where they are missing, and the account that pods are of. Aborts
  /// when they are not served.
  void InstallKinds();
  /// A client that is known by the bearer token in `file`, read again as tokens of pods are.
  std::unique_ptr<kube::Client> ClientWithTokenFile(const std::string& file);

 private:
  std::unique_ptr<Clock> clock_ = MakeSystemClock();
  std::string server_;
  kube::Config config_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<http::Transport> anonymous_;  // of ClientWithTokenFile: no client certificate
  std::unique_ptr<kube::Client> client_;
  std::string name_space_;
};

}  // namespace culvert::test
