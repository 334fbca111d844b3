// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/http/transport.h"
#include "libs/kube/client.h"
#include "libs/kube/config.h"

#include <memory>
#include <string>
#include <string_view>

namespace culvert::plugin {

/// Where a kubeconfig may be, in the order of kubectl.
struct KubeconfigPlace {
  std::string flag;         // --kubeconfig; empty: not given
  std::string environment;  // $KUBECONFIG: files with ':' between them
  std::string home;         // $HOME
  std::string context;      // --context; empty: the current one
};

/// The first of the files that has the context. kNotFound when there is no file, naming those that
/// were looked for. `clock` must outlive the config.
Result<kube::Config> ReadKubeconfig(const KubeconfigPlace& place, Clock& clock);

/// A client of a cluster and what it stands on.
struct Cluster {
  std::string name_space;  // of the context
  std::unique_ptr<http::Transport> transport;
  std::unique_ptr<kube::Client> client;
};
Result<Cluster> OpenCluster(const KubeconfigPlace& place, Clock& clock);

}  // namespace culvert::plugin
