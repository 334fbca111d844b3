// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_kube_api.h"

#include "libs/base/digest.h"
#include "libs/base/json.h"
#include "libs/base/time_format.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace culvert::test {
namespace {

using nlohmann::json;

http::Response Answered(int status, const json& body) {
  http::Response response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.body = body.dump();
  return response;
}

http::Response Refused(int status, const std::string& reason, const std::string& message) {
  return Answered(status, {{"kind", "Status"},
                           {"apiVersion", "v1"},
                           {"status", "Failure"},
                           {"code", status},
                           {"reason", reason},
                           {"message", message}});
}

std::string Value(const http::Query& query, std::string_view key) {
  for (const auto& [name, value] : query) {
    if (name == key) return value;
  }
  return "";
}

std::string_view PathOf(std::string_view url) {
  const std::size_t begin = url.find('/', url.find("://") + 3);
  return url.substr(begin, url.find('?') - begin);
}

http::Query QueryOf(std::string_view url) {
  const std::size_t mark = url.find('?');
  if (mark == std::string_view::npos) return {};
  return http::ParseQuery(url.substr(mark + 1)).value_or(http::Query{});
}

/// Only spec and the other members of the user move the generation.
json WithoutServerParts(json object) {
  object.erase("metadata");
  object.erase("status");
  return object;
}

std::string ObjectVersion(const json& object) {
  return object["metadata"].value("resourceVersion", "");
}

bool FieldsMatch(const json& object, std::string_view selector) {
  while (!selector.empty()) {
    const std::string_view one = selector.substr(0, selector.find(','));
    selector.remove_prefix(std::min(selector.size(), one.size() + 1));
    const std::size_t mark = one.find('=');
    std::string pointer = "/" + std::string(one.substr(0, mark));
    std::ranges::replace(pointer, '.', '/');
    const json found = object.value(json::json_pointer(pointer), json());
    if (found != json(std::string(one.substr(mark + 1)))) return false;
  }
  return true;
}

}  // namespace

bool LabelsMatch(const json& object, std::string_view selector) {
  const json labels = object["metadata"].value("labels", json::object());
  while (!selector.empty()) {
    std::string one(selector.substr(0, selector.find(',')));
    selector.remove_prefix(std::min(selector.size(), one.size() + 1));
    const std::size_t mark = one.find('=');
    if (mark == std::string::npos) {
      const bool wanted = !one.starts_with('!');
      if (labels.contains(wanted ? one : one.substr(1)) != wanted) return false;
      continue;
    }
    const bool equal = mark == 0 || one[mark - 1] != '!';
    const std::string key = one.substr(0, equal ? mark : mark - 1);
    const bool same = labels.contains(key) && labels[key] == one.substr(one.rfind('=') + 1);
    if (same != equal) return false;
  }
  return true;
}

/// Where a request points: `/apis/batch/v1[/namespaces/ns]/jobs[/copy[/status]]`.
struct FakeKubeApi::Target {
  std::string group_version;  // "/api/v1" or "/apis/batch/v1"
  std::string name_space;
  std::string plural;
  std::string name;
  std::string subresource;
  std::string rest;  // of the path, behind `proxy`

  static std::optional<Target> Parse(std::string_view path) {
    std::vector<std::string> parts;
    for (std::size_t at = 1; at <= path.size();) {
      const std::size_t end = std::min(path.find('/', at), path.size());
      parts.push_back(http::PercentDecode(path.substr(at, end - at)).value_or(""));
      at = end + 1;
    }
    const std::size_t prefix = !parts.empty() && parts[0] == "api" ? 2 : 3;
    if (parts.size() <= prefix) return std::nullopt;
    Target target;
    for (std::size_t i = 0; i < prefix; ++i) target.group_version += "/" + parts[i];
    std::size_t at = prefix;
    if (parts[at] == "namespaces" && parts.size() > at + 2) {
      target.name_space = parts[at + 1];
      at += 2;
    }
    target.plural = parts[at];
    if (parts.size() > at + 1) target.name = parts[at + 1];
    if (parts.size() > at + 2) target.subresource = parts[at + 2];
    for (std::size_t i = at + 3; i < parts.size(); ++i) target.rest += "/" + parts[i];
    return target;
  }
  std::string PathFor(const std::string& object_name) const {
    return group_version + (name_space.empty() ? "" : "/namespaces/" + name_space) + "/" + plural +
           "/" + object_name;
  }
  /// Whether the object stored at `path` belongs to this collection, in any namespace when none is
  /// named.
  bool Holds(std::string_view path) const {
    const auto other = Parse(path);
    return other && other->group_version == group_version && other->plural == plural &&
           (name_space.empty() || other->name_space == name_space);
  }
};

/// The body of one watch request.
class FakeKubeApi::Watch final : public http::DownloadStream {
 public:
  Watch(FakeKubeApi& api, Target target, std::string labels, std::string fields,
        std::uint64_t after, std::uint64_t epoch)
      : api_(api),
        target_(std::move(target)),
        labels_(std::move(labels)),
        fields_(std::move(fields)),
        after_(after),
        epoch_(epoch) {
    response_.status = 200;
  }
  const http::Response& response() const override { return response_; }

  Result<std::span<const std::byte>> Read(const OpContext& ctx) override {
    const MutexLock lock(api_.mutex_);
    text_.clear();
    for (;;) {
      if (after_ < api_.compacted_) {
        text_ = json{{"type", "ERROR"},
                     {"object",
                      {{"kind", "Status"},
                       {"code", 410},
                       {"reason", "Expired"},
                       {"message", "too old"}}}}
                    .dump() +
                "\n";
        after_ = UINT64_MAX;
        return AsBytes(text_);
      }
      for (const Event& event : api_.events_) {
        if (event.version <= after_ || after_ == UINT64_MAX) continue;
        after_ = event.version;
        if (!target_.Holds(event.path)) continue;
        text_ += Line(event);
      }
      if (!text_.empty()) return AsBytes(text_);
      if (epoch_ != api_.watch_epoch_) return std::span<const std::byte>{};
      CULVERT_TRY(ctx.Check());
      const std::uint64_t seen = api_.version_;
      const std::uint64_t compacted = api_.compacted_;
      api_.changed_.wait(api_.mutex_, ctx.stop, [&] {
        return api_.version_ != seen || api_.watch_epoch_ != epoch_ || api_.compacted_ != compacted;
      });
    }
  }
  Result<std::string> ReadAll(const OpContext& /*ctx*/, std::size_t /*limit*/) override {
    return Fail(Unimplemented("a watch has no end"));
  }

 private:
  bool Selects(const json& object) const {
    return !object.is_null() && LabelsMatch(object, labels_) && FieldsMatch(object, fields_);
  }
  /// What the event is to this watch: an object that begins to match is added, one that no longer
  /// does is deleted, as it was before.
  std::string Line(const Event& event) const {
    const bool was = Selects(event.before);
    const bool is = event.type != "DELETED" && Selects(event.object);
    if (!was && !is) return "";
    json object = is ? event.object : event.before;
    object["metadata"]["resourceVersion"] = std::to_string(event.version);
    const char* type = !was ? "ADDED" : is ? "MODIFIED" : "DELETED";
    return json{{"type", type}, {"object", std::move(object)}}.dump() + "\n";
  }

  FakeKubeApi& api_;
  const Target target_;
  const std::string labels_;
  const std::string fields_;
  std::uint64_t after_;
  const std::uint64_t epoch_;
  http::Response response_;
  std::string text_;
};

namespace {

/// A response that is there already, as a stream.
class WholeBody final : public http::DownloadStream {
 public:
  explicit WholeBody(http::Response response) : response_(std::move(response)) {
    body_.swap(response_.body);
  }
  const http::Response& response() const override { return response_; }
  Result<std::span<const std::byte>> Read(const OpContext& ctx) override {
    CULVERT_TRY(ctx.Check());
    if (std::exchange(read_, true)) return std::span<const std::byte>{};
    return AsBytes(body_);
  }
  Result<std::string> ReadAll(const OpContext& ctx, std::size_t limit) override {
    CULVERT_TRY(ctx.Check());
    if (body_.size() > limit) return Fail(OutOfRange("the response body is larger than the limit"));
    return body_;
  }

 private:
  http::Response response_;
  std::string body_;
  bool read_ = false;
};

}  // namespace

FakeKubeApi::FakeKubeApi() = default;
FakeKubeApi::~FakeKubeApi() = default;

Result<http::Response> FakeKubeApi::Send(const OpContext& ctx, const http::Request& request) {
  CULVERT_TRY(ctx.Check());
  std::function<Status(const http::Request&)> before;
  std::function<Status(const http::Request&)> after;
  {
    const MutexLock lock(mutex_);
    ++requests_;
    before = before_;
    after = after_;
  }
  if (before) CULVERT_TRY(before(request));
  http::Response response;
  {
    const MutexLock lock(mutex_);
    response = Serve(request);
  }
  if (after) CULVERT_TRY(after(request));
  return response;
}

Result<std::unique_ptr<http::DownloadStream>> FakeKubeApi::Download(const OpContext& ctx,
                                                                    const http::Request& request) {
  const http::Query query = QueryOf(request.url);
  if (Value(query, "watch") != "true") {
    CULVERT_ASSIGN_OR_RETURN(http::Response response, Send(ctx, request));
    return std::make_unique<WholeBody>(std::move(response));
  }
  CULVERT_TRY(ctx.Check());
  std::function<Status(const http::Request&)> before;
  {
    const MutexLock lock(mutex_);
    ++requests_;
    before = before_;
  }
  if (before) CULVERT_TRY(before(request));
  const auto target = Target::Parse(PathOf(request.url));
  if (!target) return std::make_unique<WholeBody>(Refused(404, "NotFound", "no such path"));
  const MutexLock lock(mutex_);
  const std::string from = Value(query, "resourceVersion");
  const std::uint64_t after = from.empty() ? version_ : std::stoull(from);
  if (after < compacted_) {
    return std::make_unique<WholeBody>(Refused(410, "Expired", "too old resource version"));
  }
  return std::make_unique<Watch>(*this, *target, Value(query, "labelSelector"),
                                 Value(query, "fieldSelector"), after, watch_epoch_);
}

Result<std::unique_ptr<http::UploadStream>> FakeKubeApi::Upload(const OpContext& /*ctx*/,
                                                                const http::Request& /*request*/) {
  return Fail(Unimplemented("the API takes no streamed bodies"));
}

http::Response FakeKubeApi::Serve(const http::Request& request) {
  const auto target = Target::Parse(PathOf(request.url));
  if (!target) return Refused(404, "NotFound", "no such path");
  const http::Query query = QueryOf(request.url);
  json body;
  if (!request.body.empty()) {
    auto parsed = ParseJson(request.body);
    if (!parsed) return Refused(400, "BadRequest", parsed.error().message);
    body = *std::move(parsed);
  }
  if (request.method == "GET") {
    return target->name.empty() ? List(*target, query) : Get(*target, query);
  }
  if (request.method == "POST") return Create(*target, query, std::move(body));
  if (request.method == "PUT") return Update(*target, query, std::move(body));
  if (request.method == "PATCH") return Patch(*target, request, body);
  if (request.method == "DELETE") return Delete(*target, body);
  return Refused(405, "MethodNotAllowed", "not allowed");
}

http::Response FakeKubeApi::PodLog(const Target& target, const http::Query& query) {
  const auto found = logs_.find(target.PathFor(target.name));
  if (found == logs_.end()) return Refused(404, "NotFound", "the pod has no log");
  http::Response response;
  response.status = 200;
  response.body = found->second;
  const std::string tail = Value(query, "tailLines");
  if (tail.empty() || response.body.empty()) return response;
  std::size_t begin = response.body.size() - 1;  // the newline of the last line is no line
  for (std::size_t lines = std::stoull(tail); lines > 0 && begin != std::string::npos; --lines) {
    begin = begin == 0 ? std::string::npos : response.body.rfind('\n', begin - 1);
  }
  if (begin != std::string::npos) response.body.erase(0, begin + 1);
  return response;
}

http::Response FakeKubeApi::PodProxy(const Target& target) {
  const std::string pod = target.PathFor(target.name.substr(0, target.name.find(':')));
  const auto found = pod_answers_.find(pod + target.rest);
  if (found == pod_answers_.end()) {
    return Refused(503, "ServiceUnavailable", "error trying to reach service: connection refused");
  }
  http::Response response;
  response.status = 200;
  response.body = found->second;
  return response;
}

http::Response FakeKubeApi::Get(const Target& target, const http::Query& query) {
  const std::string path = target.PathFor(target.name);
  if (target.subresource == "log") return PodLog(target, query);
  if (target.subresource == "proxy") return PodProxy(target);
  const auto found = objects_.find(path);
  if (found == objects_.end()) {
    return Refused(404, "NotFound", target.plural + " \"" + target.name + "\" not found");
  }
  return Answered(200, found->second);
}

http::Response FakeKubeApi::List(const Target& target, const http::Query& query) {
  const std::string limit = Value(query, "limit");
  const std::string token = Value(query, "continue");
  std::uint64_t version = version_;
  std::string from;
  if (!token.empty()) {
    const std::size_t mark = token.find(':');
    version = std::stoull(token.substr(0, mark));
    from = token.substr(mark + 1);
    if (version < compacted_ || !pages_.contains(version)) {
      return Refused(410, "Expired", "the continue token is too old");
    }
  }
  const auto& objects = token.empty() ? objects_ : pages_[version];
  const std::size_t room = limit.empty() ? SIZE_MAX : std::stoul(limit);
  json items = json::array();
  std::string next;
  for (const auto& [path, object] : objects) {
    if (path <= from || !target.Holds(path) ||
        !LabelsMatch(object, Value(query, "labelSelector")) ||
        !FieldsMatch(object, Value(query, "fieldSelector"))) {
      continue;
    }
    if (items.size() == room) {
      next = std::to_string(version) + ":" + from;
      break;
    }
    items.push_back(object);
    from = path;
  }
  if (!next.empty() && token.empty()) pages_[version] = objects_;
  json metadata{{"resourceVersion", std::to_string(version)}};
  if (!next.empty()) metadata["continue"] = next;
  return Answered(200, {{"kind", "List"}, {"metadata", metadata}, {"items", items}});
}

http::Response FakeKubeApi::Create(const Target& target, const http::Query& query, json object) {
  if (!object.is_object() || !object.contains("metadata")) {
    return Refused(422, "Invalid", "metadata is missing");
  }
  const std::string name = object["metadata"].value("name", "");
  if (name.empty()) return Refused(422, "Invalid", "metadata.name: Required value");
  const std::string path = target.PathFor(name);
  if (objects_.contains(path)) {
    return Refused(409, "AlreadyExists", target.plural + " \"" + name + "\" already exists");
  }
  json& metadata = object["metadata"];
  if (!target.name_space.empty()) metadata["namespace"] = target.name_space;
  metadata["uid"] = "uid-" + std::to_string(++uids_);
  metadata["generation"] = 1;
  metadata["creationTimestamp"] = FormatRfc3339(clock_->Now());
  object.erase("status");  // only its own path writes it
  if (Value(query, "dryRun") == "All") return Answered(201, object);
  return Answered(201, Commit(path, std::move(object)));
}

http::Response FakeKubeApi::Update(const Target& target, const http::Query& query, json object) {
  const std::string path = target.PathFor(target.name);
  const auto found = objects_.find(path);
  if (found == objects_.end()) {
    return Refused(404, "NotFound", target.plural + " \"" + target.name + "\" not found");
  }
  const json& current = found->second;
  if (!object.is_object() || !object.contains("metadata")) {
    return Refused(422, "Invalid", "metadata is missing");
  }
  const std::string version = ObjectVersion(object);
  const std::string uid = object["metadata"].value("uid", "");
  if ((!version.empty() && version != ObjectVersion(current)) ||
      (!uid.empty() && current["metadata"]["uid"] != uid)) {
    return Refused(409, "Conflict", "the object has been modified");
  }
  json next;
  if (target.subresource == "status") {
    next = current;
    next["status"] = object.value("status", json::object());
  } else {
    next = std::move(object);
    json metadata = current["metadata"];
    for (const char* part : {"labels", "annotations", "finalizers", "ownerReferences"}) {
      metadata.erase(part);
      if (next["metadata"].contains(part)) metadata[part] = next["metadata"][part];
    }
    next["metadata"] = std::move(metadata);
    next.erase("status");
    if (current.contains("status")) next["status"] = current["status"];
    if (WithoutServerParts(next) != WithoutServerParts(current)) {
      next["metadata"]["generation"] = current["metadata"].value("generation", 1) + 1;
    }
  }
  if (next == current || Value(query, "dryRun") == "All") return Answered(200, next);
  const bool gone = next["metadata"].contains("deletionTimestamp") &&
                    next["metadata"].value("finalizers", json::array()).empty();
  if (gone) {
    Commit(path, nullptr);
    return Answered(200, next);
  }
  return Answered(200, Commit(path, std::move(next)));
}

http::Response FakeKubeApi::Patch(const Target& target, const http::Request& request,
                                  const json& patch) {
  const std::string path = target.PathFor(target.name);
  const auto found = objects_.find(path);
  const bool apply = request.headers.Get("Content-Type") == "application/apply-patch+yaml";
  if (found == objects_.end()) {
    if (apply) return Create(target, {}, patch);
    return Refused(404, "NotFound", target.plural + " \"" + target.name + "\" not found");
  }
  json next = found->second;
  next.merge_patch(patch);
  return Update(target, {}, std::move(next));
}

http::Response FakeKubeApi::Delete(const Target& target, const json& options) {
  const std::string path = target.PathFor(target.name);
  const auto found = objects_.find(path);
  if (found == objects_.end()) {
    return Refused(404, "NotFound", target.plural + " \"" + target.name + "\" not found");
  }
  const json wanted = options.is_object() ? options.value("preconditions", json::object()) : json();
  for (const char* part : {"uid", "resourceVersion"}) {
    if (wanted.contains(part) && wanted[part] != found->second["metadata"][part]) {
      return Refused(409, "Conflict", std::string("precondition failed: ") + part);
    }
  }
  if (!found->second["metadata"].value("finalizers", json::array()).empty()) {
    json next = found->second;
    next["metadata"]["deletionTimestamp"] = FormatRfc3339(clock_->Now());
    return Answered(200, Commit(path, std::move(next)));
  }
  Commit(path, nullptr);
  return Answered(200, {{"kind", "Status"}, {"status", "Success"}});
}

json FakeKubeApi::Commit(const std::string& path, json next) {
  const auto found = objects_.find(path);
  Event event{.version = ++version_, .path = path, .type = "MODIFIED", .object = {}, .before = {}};
  if (found != objects_.end()) event.before = found->second;
  if (next.is_null()) {
    event.type = "DELETED";
    event.object = found->second;
    objects_.erase(found);
  } else {
    if (found == objects_.end()) event.type = "ADDED";
    event.object = std::move(next);
  }
  event.object["metadata"]["resourceVersion"] = std::to_string(version_);
  if (event.type != "DELETED") objects_[path] = event.object;
  if (event.type != "DELETED" && observer_) observer_(event.object);
  json stored = event.object;
  events_.push_back(std::move(event));
  changed_.notify_all();
  return stored;
}

void FakeKubeApi::Compact() {
  const MutexLock lock(mutex_);
  ++version_;
  compacted_ = version_;
  events_.clear();
  pages_.clear();
  changed_.notify_all();
}

void FakeKubeApi::EndWatches() {
  const MutexLock lock(mutex_);
  ++watch_epoch_;
  changed_.notify_all();
}

std::map<std::string, int> FakeKubeApi::Changes() const {
  std::map<std::string, int> changes;
  const MutexLock lock(mutex_);
  for (const Event& event : events_) {
    if (event.type == "MODIFIED") continue;
    const std::size_t name = event.path.rfind('/');
    const std::size_t resource = event.path.rfind('/', name - 1) + 1;
    ++changes[event.type + " " + event.path.substr(resource, name - resource)];
  }
  return changes;
}

std::unique_ptr<FakeKubeApi> FakeKubeApi::Snapshot() const {
  auto copy = std::make_unique<FakeKubeApi>();
  const MutexLock lock(mutex_);
  const MutexLock other(copy->mutex_);
  copy->objects_ = objects_;
  copy->version_ = version_;
  copy->compacted_ = version_;
  copy->logs_ = logs_;
  copy->pod_answers_ = pod_answers_;
  return copy;
}

void FakeKubeApi::SetBefore(std::function<Status(const http::Request&)> before) {
  const MutexLock lock(mutex_);
  before_ = std::move(before);
}

void FakeKubeApi::SetAfter(std::function<Status(const http::Request&)> after) {
  const MutexLock lock(mutex_);
  after_ = std::move(after);
}

void FakeKubeApi::SetObserver(std::function<void(const json&)> observer) {
  const MutexLock lock(mutex_);
  observer_ = std::move(observer);
}

void FakeKubeApi::SetPodLog(const std::string& pod_path, std::string text) {
  const MutexLock lock(mutex_);
  logs_[pod_path] = std::move(text);
}

void FakeKubeApi::SetPodAnswer(const std::string& pod_path, const std::string& path,
                               std::string text) {
  const MutexLock lock(mutex_);
  pod_answers_[pod_path + path] = std::move(text);
}

json FakeKubeApi::Object(const std::string& path) const {
  const MutexLock lock(mutex_);
  const auto found = objects_.find(path);
  return found == objects_.end() ? json() : found->second;
}

std::map<std::string, json> FakeKubeApi::Objects(const std::string& prefix) const {
  const MutexLock lock(mutex_);
  std::map<std::string, json> found;
  for (auto at = objects_.lower_bound(prefix); at != objects_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    found.insert(*at);
  }
  return found;
}

void FakeKubeApi::Put(const std::string& path, json object) {
  const MutexLock lock(mutex_);
  const auto found = objects_.find(path);
  if (!object.is_null()) {
    json& metadata = object["metadata"];
    if (!metadata.contains("uid")) {
      metadata["uid"] = found == objects_.end() ? json("uid-" + std::to_string(++uids_))
                                                : found->second["metadata"]["uid"];
    }
  }
  if (!object.is_null() || found != objects_.end()) Commit(path, std::move(object));
}

void FakeKubeApi::Update(const std::string& path, json object) {
  const MutexLock lock(mutex_);
  const auto found = objects_.find(path);
  if (found == objects_.end()) return;
  if (found->second["metadata"]["uid"] != object["metadata"]["uid"]) return;
  Commit(path, std::move(object));
}

std::uint64_t FakeKubeApi::requests() const {
  const MutexLock lock(mutex_);
  return requests_;
}

}  // namespace culvert::test
