// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/kube/client.h"
#include "tests/model/catalogue.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace culvert::control::model {

inline constexpr std::size_t kAttemptsMax = 4;
inline constexpr std::size_t kStepsMax = 5;

/// How many Jobs were made of each step of each attempt: what tells their uids apart.
using Made = std::array<std::uint8_t, kAttemptsMax * kStepsMax>;

/// What an API server keeps.
struct Api {
  Objects objects = {};
  Made made = {};
  bool operator==(const Api&) const = default;
};

/// An API server as the operator's client sees it, over one state of the model: the rules of
/// FakeKubeApi that the operator's writes rest on, without HTTP. Changes `api`.
class ModelClient final : public kube::Client {
 public:
  /// One request; `write`: it may change something.
  struct Call {
    bool write = false;
    bool create_job = false;
  };
  struct Hooks {
    /// Before a request is carried out; an error is the answer and nothing is done.
    std::function<Status(const Call&)> before;
    /// Behind it; an error comes in place of the answer.
    std::function<Status(const Call&)> after;
  };
  /// `now`: RFC 3339, of what is created.
  ModelClient(Catalogue& catalogue, Api& api, std::string now, Hooks hooks)
      : catalogue_(catalogue), api_(api), now_(std::move(now)), hooks_(std::move(hooks)) {}

  Result<nlohmann::json> Get(const OpContext& ctx, const kube::Resource& resource,
                             const kube::ObjectKey& key) override;
  Result<kube::ListPageResult> List(
      const OpContext& ctx, const kube::Resource& resource, const kube::ListOptions& options,
      const std::function<Status(const nlohmann::json&)>& on_item) override;
  Result<nlohmann::json> Create(const OpContext& ctx, const kube::Resource& resource,
                                std::string_view name_space, const nlohmann::json& object,
                                kube::DryRun dry_run) override;
  Result<nlohmann::json> Replace(const OpContext& ctx, const kube::Resource& resource,
                                 const kube::ObjectKey& key, const nlohmann::json& object) override;
  Result<nlohmann::json> ReplaceStatus(const OpContext& ctx, const kube::Resource& resource,
                                       const kube::ObjectKey& key,
                                       const nlohmann::json& object) override;
  Status Delete(const OpContext& ctx, const kube::Resource& resource, const kube::ObjectKey& key,
                const kube::Preconditions& preconditions, kube::Propagation propagation) override;

  // What carrying out a decision never asks for.
  Status Watch(const OpContext& ctx, const kube::Resource& resource,
               const kube::WatchOptions& options,
               const kube::WatchDecoder::OnEvent& on_event) override;
  Result<nlohmann::json> Apply(const OpContext& ctx, const kube::Resource& resource,
                               const kube::ObjectKey& key, const nlohmann::json& object,
                               std::string_view field_manager) override;
  Result<nlohmann::json> MergePatch(const OpContext& ctx, const kube::Resource& resource,
                                    const kube::ObjectKey& key,
                                    const nlohmann::json& patch) override;
  Result<std::string> PodLog(const OpContext& ctx, const kube::ObjectKey& pod,
                             std::string_view container, std::size_t tail_lines,
                             std::size_t limit) override;
  Result<std::string> PodProxy(const OpContext& ctx, const kube::ObjectKey& pod,
                               std::string_view port, std::string_view path,
                               std::size_t limit) override;

 private:
  Result<nlohmann::json> Answer(const Call& call, Result<nlohmann::json> answer);
  Result<nlohmann::json> Put(const std::string& path, nlohmann::json object);
  /// What is stored at `path`; kNotFound, or kAborted where its version is not that of `object`.
  Result<const Stored*> Unchanged(const std::string& path, const nlohmann::json& object) const;
  std::string NewUid(const kube::Resource& resource, const nlohmann::json& object);

  Catalogue& catalogue_;
  Api& api_;
  const std::string now_;
  const Hooks hooks_;
};

}  // namespace culvert::control::model
