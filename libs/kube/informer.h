// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"
#include "libs/kube/reflector.h"
#include "libs/kube/store.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace culvert::kube {

/// One collection as a store of small structs, and a call for each change. `project` turns an
/// object into a `T` that keeps only what is decided by; the JSON is forgotten. An object that
/// cannot be projected fails the list or watch, loudly, and is tried again: a controller must not
/// decide on half a collection.
template <typename T>
class Informer final : private Reflector::Receiver {
 public:
  using Ptr = std::shared_ptr<const T>;
  using Change = typename Store<T>::Change;
  using Project = std::function<Result<T>(const nlohmann::json& object)>;
  /// Called from the informer's thread, in the order of the changes, `initial` for those of the
  /// first list.
  using OnChange = std::function<void(const Change& change, bool initial)>;

  Informer(ReflectorOptions options, Client& client, MetricsRegistry& metrics, Project project,
           OnChange on_change)
      : project_(std::move(project)),
        on_change_(std::move(on_change)),
        reflector_(std::move(options), client, *this, metrics) {}

  /// Runs until stop.
  void Run(const OpContext& ctx) { reflector_.Run(ctx); }
  const Store<T>& store() const { return store_; }
  bool synced() const { return reflector_.synced(); }

 private:
  void BeginList() override { staged_.clear(); }
  Status ListItem(const nlohmann::json& object) override {
    CULVERT_ASSIGN_OR_RETURN(T projected, project_(object));
    staged_.push_back(std::make_shared<const T>(std::move(projected)));
    return {};
  }
  void EndList() override {
    const bool initial = !reflector_.synced();
    Tell(store_.Swap(std::exchange(staged_, {})), initial);
  }
  Status Apply(const nlohmann::json& object) override {
    CULVERT_ASSIGN_OR_RETURN(T projected, project_(object));
    Tell(store_.Apply(std::make_shared<const T>(std::move(projected))), false);
    return {};
  }
  void Remove(const ObjectMeta& meta) override { Tell(store_.Remove(meta.key), false); }
  void Tell(const std::vector<Change>& changes, bool initial) {
    for (const Change& change : changes) on_change_(change, initial);
  }

  Project project_;
  OnChange on_change_;
  Store<T> store_;
  std::vector<Ptr> staged_;
  Reflector reflector_;
};

}  // namespace culvert::kube
