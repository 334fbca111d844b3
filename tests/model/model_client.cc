// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/model_client.h"

#include "libs/base/check.h"
#include "operator/names.h"
#include "tests/model/shape.h"

#include <utility>

namespace culvert::control::model {
namespace {

using nlohmann::json;

bool Selected(const json& object, const kube::ListOptions& options) {
  if (!options.field_selector.empty()) {
    return options.field_selector ==
           "metadata.name=" + object["metadata"].value("name", std::string());
  }
  const std::string run = std::string(labels::kRunUid) + "=";
  const json found = object["metadata"].value("labels", json::object());
  return options.label_selector == run + found.value(labels::kRunUid, std::string());
}

std::unexpected<Error> NotAsked() {
  return Fail(Unimplemented("the model's API server does not do that"));
}

}  // namespace

Result<json> ModelClient::Answer(const Call& call, Result<json> answer) {
  if (hooks_.after) CULVERT_TRY(hooks_.after(call));
  return answer;
}

Result<json> ModelClient::Put(const std::string& path, json object) {
  catalogue_.Put(api_.objects, path, std::move(object));
  return catalogue_.Find(api_.objects, path)->object;
}

std::string ModelClient::NewUid(const kube::Resource& resource, const json& object) {
  const std::string name = object["metadata"]["name"];
  if (resource.plural != "jobs") return name;
  const json& labels = object["metadata"]["labels"];
  const auto step = syncjob::StepFromName(labels[labels::kStep].get<std::string>());
  const auto attempt =
      static_cast<std::size_t>(std::stoi(labels[labels::kAttempt].get<std::string>()));
  CULVERT_CHECK(step.has_value() && attempt < kAttemptsMax);
  std::uint8_t& made = api_.made[attempt * kStepsMax + static_cast<std::size_t>(*step)];
  return name + "-" + std::to_string(++made);
}

Result<json> ModelClient::Get(const OpContext& /*ctx*/, const kube::Resource& resource,
                              const kube::ObjectKey& key) {
  const Call call;
  if (hooks_.before) CULVERT_TRY(hooks_.before(call));
  if (resource.plural == "datasources") return Answer(call, DataSourceDocument(key.name));
  const Stored* const stored = catalogue_.Find(api_.objects, PathOf(resource, key));
  if (stored == nullptr) return Answer(call, Fail(NotFound(key.name + " is not there")));
  return Answer(call, stored->object);
}

Result<kube::ListPageResult> ModelClient::List(const OpContext& /*ctx*/,
                                               const kube::Resource& resource,
                                               const kube::ListOptions& options,
                                               const std::function<Status(const json&)>& on_item) {
  const Call call;
  if (hooks_.before) CULVERT_TRY(hooks_.before(call));
  for (const Id id : Objects(api_.objects)) {
    const Stored& one = catalogue_.Of(id);
    if (!one.path.starts_with(resource.plural + "/") || !Selected(one.object, options)) continue;
    CULVERT_TRY(on_item(one.object));
  }
  if (hooks_.after) CULVERT_TRY(hooks_.after(call));
  return kube::ListPageResult{};
}

Result<json> ModelClient::Create(const OpContext& /*ctx*/, const kube::Resource& resource,
                                 std::string_view /*name_space*/, const json& object,
                                 kube::DryRun /*dry_run*/) {
  const Call call{.write = true, .create_job = resource.plural == "jobs"};
  if (hooks_.before) CULVERT_TRY(hooks_.before(call));
  const std::string path = PathOf(resource, {.name_space = {}, .name = object["metadata"]["name"]});
  if (catalogue_.Find(api_.objects, path) != nullptr) {
    return Answer(call, Fail(AlreadyExists(path + " is there")));
  }
  json kept = object;
  kept["metadata"]["uid"] = NewUid(resource, object);
  if (call.create_job) {
    kept["metadata"]["creationTimestamp"] = now_;
    kept["spec"] = {{"completions", object["spec"]["completions"]}};  // all that the model reads
  }
  return Answer(call, Put(path, std::move(kept)));
}

Result<const Stored*> ModelClient::Unchanged(const std::string& path, const json& object) const {
  const Stored* const stored = catalogue_.Find(api_.objects, path);
  if (stored == nullptr) return Fail(NotFound(path + " is not there"));
  if (stored->object["metadata"]["resourceVersion"] != object["metadata"]["resourceVersion"]) {
    return Fail(Aborted(path + " has changed").Because("Conflict"));
  }
  return stored;
}

Result<json> ModelClient::Replace(const OpContext& /*ctx*/, const kube::Resource& resource,
                                  const kube::ObjectKey& key, const json& object) {
  const Call call{.write = true};
  if (hooks_.before) CULVERT_TRY(hooks_.before(call));
  const std::string path = PathOf(resource, key);
  auto stored = Unchanged(path, object);
  if (!stored) return Answer(call, Fail(std::move(stored.error())));
  json next = object;
  next["metadata"]["uid"] = (*stored)->object["metadata"]["uid"];
  return Answer(call, Put(path, std::move(next)));
}

Result<json> ModelClient::ReplaceStatus(const OpContext& /*ctx*/, const kube::Resource& resource,
                                        const kube::ObjectKey& key, const json& object) {
  const Call call{.write = true};
  if (hooks_.before) CULVERT_TRY(hooks_.before(call));
  const std::string path = PathOf(resource, key);
  auto stored = Unchanged(path, object);
  if (!stored) return Answer(call, Fail(std::move(stored.error())));
  json next = (*stored)->object;
  next["status"] = object["status"];
  return Answer(call, Put(path, std::move(next)));
}

Status ModelClient::Delete(const OpContext& /*ctx*/, const kube::Resource& resource,
                           const kube::ObjectKey& key, const kube::Preconditions& preconditions,
                           kube::Propagation /*propagation*/) {
  const Call call{.write = true};
  if (hooks_.before) CULVERT_TRY(hooks_.before(call));
  const std::string path = PathOf(resource, key);
  const Stored* const stored = catalogue_.Find(api_.objects, path);
  Status answer;
  if (stored == nullptr) {
    answer = Fail(NotFound(path + " is not there"));
  } else {
    const json& meta = stored->object["metadata"];
    const bool other = (!preconditions.uid.empty() && meta["uid"] != preconditions.uid) ||
                       (!preconditions.resource_version.empty() &&
                        meta["resourceVersion"] != preconditions.resource_version);
    if (other) {
      answer = Fail(Aborted(path + " is another one").Because("Conflict"));
    } else {
      catalogue_.Remove(api_.objects, path);
    }
  }
  if (hooks_.after) CULVERT_TRY(hooks_.after(call));
  return answer;
}

Status ModelClient::Watch(const OpContext& /*ctx*/, const kube::Resource& /*resource*/,
                          const kube::WatchOptions& /*options*/,
                          const kube::WatchDecoder::OnEvent& /*on_event*/) {
  return NotAsked();
}
Result<json> ModelClient::Apply(const OpContext& /*ctx*/, const kube::Resource& /*resource*/,
                                const kube::ObjectKey& /*key*/, const json& /*object*/,
                                std::string_view /*field_manager*/) {
  return NotAsked();
}
Result<json> ModelClient::MergePatch(const OpContext& /*ctx*/, const kube::Resource& /*resource*/,
                                     const kube::ObjectKey& /*key*/, const json& /*patch*/) {
  return NotAsked();
}
Result<std::string> ModelClient::PodLog(const OpContext& /*ctx*/, const kube::ObjectKey& /*pod*/,
                                        std::string_view /*container*/, std::size_t /*tail_lines*/,
                                        std::size_t /*limit*/) {
  return NotAsked();
}
Result<std::string> ModelClient::PodProxy(const OpContext& /*ctx*/, const kube::ObjectKey& /*pod*/,
                                          std::string_view /*port*/, std::string_view /*path*/,
                                          std::size_t /*limit*/) {
  return NotAsked();
}

}  // namespace culvert::control::model
