// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/base/result.h"
#include "libs/kube/object.h"
#include "libs/kube/watch_decoder.h"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace culvert::kube {

struct ListOptions {
  std::string name_space = {};  // empty: all
  std::string label_selector = {};
  std::string field_selector = {};
  std::size_t page_size = 500;
  std::string continue_token = {};
};

struct ListPageResult {
  std::string resource_version;
  std::string continue_token;
};

struct WatchOptions {
  std::string name_space = {};
  std::string label_selector = {};
  std::string field_selector = {};
  std::string resource_version = {};
  std::chrono::seconds server_timeout{290};
};

/// Conditions under which a delete happens; otherwise kAborted/Conflict.
struct Preconditions {
  std::string uid;
  std::string resource_version;
};

enum class Propagation : std::uint8_t { kBackground, kForeground, kOrphan };
enum class DryRun : std::uint8_t { kNo, kAll };

/// The Kubernetes API, one call = one request. Errors as api_error.h maps them. Thread-safe. A 401
/// makes the token be read again and the request be sent once more; 429 and 503 with Retry-After
/// are waited out while the context's deadline allows, as the server then did nothing. Nothing else
/// is repeated: the caller reads the world again. At most `requests_per_second` (burst twice that)
/// leave the client, watches apart.
class Client {
 public:
  virtual ~Client() = default;

  virtual Result<nlohmann::json> Get(const OpContext& ctx, const Resource& resource,
                                     const ObjectKey& key) = 0;
  /// One page; each item is handed over, without its metadata.managedFields, and forgotten.
  virtual Result<ListPageResult> List(
      const OpContext& ctx, const Resource& resource, const ListOptions& options,
      const std::function<Status(const nlohmann::json&)>& on_item) = 0;
  /// Blocks until the server ends the watch (success), an error, or stop. A stream that stays
  /// silent longer than the server's timeout and 10 s is kUnavailable and its connection is
  /// dropped.
  virtual Status Watch(const OpContext& ctx, const Resource& resource, const WatchOptions& options,
                       const WatchDecoder::OnEvent& on_event) = 0;

  virtual Result<nlohmann::json> Create(const OpContext& ctx, const Resource& resource,
                                        std::string_view name_space, const nlohmann::json& object,
                                        DryRun dry_run = DryRun::kNo) = 0;
  /// Server-side apply under `field_manager`; conflicts are kAborted/Conflict, never forced.
  virtual Result<nlohmann::json> Apply(const OpContext& ctx, const Resource& resource,
                                       const ObjectKey& key, const nlohmann::json& object,
                                       std::string_view field_manager) = 0;
  /// PUT: `object` carries the resourceVersion it was read with.
  virtual Result<nlohmann::json> Replace(const OpContext& ctx, const Resource& resource,
                                         const ObjectKey& key, const nlohmann::json& object) = 0;
  /// PUT of the status subresource, likewise.
  virtual Result<nlohmann::json> ReplaceStatus(const OpContext& ctx, const Resource& resource,
                                               const ObjectKey& key,
                                               const nlohmann::json& object) = 0;
  /// JSON merge patch.
  virtual Result<nlohmann::json> MergePatch(const OpContext& ctx, const Resource& resource,
                                            const ObjectKey& key, const nlohmann::json& patch) = 0;
  /// kNotFound when it is gone already.
  virtual Status Delete(const OpContext& ctx, const Resource& resource, const ObjectKey& key,
                        const Preconditions& preconditions,
                        Propagation propagation = Propagation::kBackground) = 0;
  /// Log of one container, at most `limit` bytes (kOutOfRange beyond); `tail_lines` 0: all.
  virtual Result<std::string> PodLog(const OpContext& ctx, const ObjectKey& pod,
                                     std::string_view container, std::size_t tail_lines,
                                     std::size_t limit) = 0;
  /// GET of a pod's own HTTP server through the API server (`pods/proxy`): `port` is a number,
  /// empty the first port that the pod declares (names are not understood); `path` begins with '/'.
  /// A status of the pod that is no success is an error as of the
  /// API; at most `limit` bytes (kOutOfRange beyond).
  virtual Result<std::string> PodProxy(const OpContext& ctx, const ObjectKey& pod,
                                       std::string_view port, std::string_view path,
                                       std::size_t limit) = 0;
};

}  // namespace culvert::kube
