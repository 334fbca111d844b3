// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/json.h"
#include "libs/kube/client.h"

#include <nlohmann/json.hpp>

#include <deque>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace culvert::kube {

/// Answers lists and watches from a script, in order, and stops the run when the script is at its
/// end. Anything else is refused. What was asked is in `asked`.
class ScriptedClient final : public Client {
 public:
  struct Page {
    std::vector<nlohmann::json> items;
    std::string resource_version;
    std::string continue_token;
  };
  struct Stream {
    std::vector<std::pair<WatchEventType, nlohmann::json>> events;
    Status end;
  };
  using Answer = std::function<void()>;

  void WillList(Page page) { lists_.emplace_back(std::move(page)); }
  void WillFailList(Error error) { lists_.emplace_back(Fail(std::move(error))); }
  void WillWatch(Stream stream) { watches_.push_back(std::move(stream)); }

  std::vector<std::string> asked;
  std::stop_source stop;

  Result<ListPageResult> List(
      const OpContext& /*ctx*/, const Resource& /*resource*/, const ListOptions& options,
      const std::function<Status(const nlohmann::json&)>& on_item) override {
    asked.push_back("list " + options.continue_token);
    if (lists_.empty()) {
      stop.request_stop();
      return Fail(Cancelled("the script is at its end"));
    }
    auto page = std::move(lists_.front());
    lists_.pop_front();
    if (!page) return Fail(std::move(page.error()));
    for (const nlohmann::json& item : page->items) CULVERT_TRY(on_item(item));
    return ListPageResult{page->resource_version, page->continue_token};
  }
  Status Watch(const OpContext& /*ctx*/, const Resource& /*resource*/, const WatchOptions& options,
               const WatchDecoder::OnEvent& on_event) override {
    asked.push_back("watch " + options.resource_version);
    if (watches_.empty()) {
      stop.request_stop();
      return Fail(Cancelled("the script is at its end"));
    }
    const Stream stream = std::move(watches_.front());
    watches_.pop_front();
    for (const auto& [type, object] : stream.events) CULVERT_TRY(on_event(type, object));
    return stream.end;
  }

  Result<nlohmann::json> Get(const OpContext&, const Resource&, const ObjectKey&) override {
    return NotScripted();
  }
  Result<nlohmann::json> Create(const OpContext&, const Resource&, std::string_view,
                                const nlohmann::json&, DryRun) override {
    return NotScripted();
  }
  Result<nlohmann::json> Apply(const OpContext&, const Resource&, const ObjectKey&,
                               const nlohmann::json&, std::string_view) override {
    return NotScripted();
  }
  Result<nlohmann::json> Replace(const OpContext&, const Resource&, const ObjectKey&,
                                 const nlohmann::json&) override {
    return NotScripted();
  }
  Result<nlohmann::json> ReplaceStatus(const OpContext&, const Resource&, const ObjectKey&,
                                       const nlohmann::json&) override {
    return NotScripted();
  }
  Result<nlohmann::json> MergePatch(const OpContext&, const Resource&, const ObjectKey&,
                                    const nlohmann::json&) override {
    return NotScripted();
  }
  Status Delete(const OpContext&, const Resource&, const ObjectKey&, const Preconditions&,
                Propagation) override {
    return Fail(Unimplemented("not scripted"));
  }
  Result<std::string> PodLog(const OpContext&, const ObjectKey&, std::string_view, std::size_t,
                             std::size_t) override {
    return Fail(Unimplemented("not scripted"));
  }
  Result<std::string> PodProxy(const OpContext&, const ObjectKey&, std::string_view,
                               std::string_view, std::size_t) override {
    return Fail(Unimplemented("not scripted"));
  }

 private:
  static Result<nlohmann::json> NotScripted() { return Fail(Unimplemented("not scripted")); }

  std::deque<Result<Page>> lists_;
  std::deque<Stream> watches_;
};

}  // namespace culvert::kube
