// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/client.h"

#include <string>
#include <vector>

#include "plugin/run_view.h"

namespace culvert::plugin {

/// The kinds that the plugin asks for.
extern const kube::Resource kSyncJobs;
extern const kube::Resource kJobs;
extern const kube::Resource kPods;

/// Whether running pods are asked how far they are, through the API server (`pods/proxy`): nobody
/// needs to be allowed to, and a pod that does not answer within two seconds is shown without.
enum class Live : std::uint8_t { kNo, kYes };

/// One SyncJob with what it owns. kNotFound.
Result<RunView> ReadRun(const OpContext& ctx, kube::Client& client, const kube::ObjectKey& key,
                        Live live);
/// All of a namespace, by name.
Result<std::vector<RunView>> ReadRuns(const OpContext& ctx, kube::Client& client,
                                      const std::string& name_space, Live live);

}  // namespace culvert::plugin
