// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/api_proxy.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <span>
#include <string_view>

namespace culvert::test {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kHeld{250};

std::string PathIn(const std::string& url) {
  const std::size_t host = url.find("://");
  const std::size_t path = url.find('/', host == std::string::npos ? 0 : host + 3);
  return path == std::string::npos ? "/" : url.substr(path, url.find('?') - path);
}

bool IsForPeople(const std::string& path) { return path.find("/events") != std::string::npos; }

std::string_view ReasonOf(int status) {
  switch (status) {
    case 409:
      return "Conflict";
    case 410:
      return "Expired";
    case 422:
      return "Invalid";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return "InternalError";
  }
}

json StatusObject(int status) {
  return {{"kind", "Status"}, {"apiVersion", "v1"},         {"status", "Failure"},
          {"code", status},   {"reason", ReasonOf(status)}, {"message", "injected by the proxy"}};
}

http::Response AnswerOf(const ApiFault& fault) {
  http::Response response;
  response.status = fault.status;
  response.headers.Add("Content-Type", "application/json");
  if (fault.retry_after_seconds > 0) {
    response.headers.Add("Retry-After", std::to_string(fault.retry_after_seconds));
  }
  response.body = StatusObject(fault.status).dump();
  return response;
}

Error Broken() { return Unavailable("the proxy broke the connection"); }

/// A body that is known as a whole.
class TextStream final : public http::DownloadStream {
 public:
  explicit TextStream(http::Response response)
      : text_(std::move(response.body)), response_(std::move(response)) {
    response_.body.clear();
  }
  const http::Response& response() const override { return response_; }
  Result<std::span<const std::byte>> Read(const OpContext& /*ctx*/) override {
    if (std::exchange(read_, true)) return std::span<const std::byte>{};
    return std::as_bytes(std::span(text_));
  }
  Result<std::string> ReadAll(const OpContext& /*ctx*/, std::size_t /*limit*/) override {
    read_ = true;
    return text_;
  }

 private:
  std::string text_;
  http::Response response_;
  bool read_ = false;
};

}  // namespace

/// The events of one watch, a line at a time.
class ApiProxy::Watch final : public http::DownloadStream {
 public:
  Watch(ApiProxy& proxy, std::unique_ptr<http::DownloadStream> inner)
      : proxy_(proxy), inner_(std::move(inner)) {}
  const http::Response& response() const override { return inner_->response(); }

  Result<std::span<const std::byte>> Read(const OpContext& ctx) override {
    for (;;) {
      if (ended_) return std::span<const std::byte>{};
      const std::size_t end = buffered_.find('\n');
      if (end == std::string::npos) {
        CULVERT_ASSIGN_OR_RETURN(const std::span<const std::byte> bytes, inner_->Read(ctx));
        if (bytes.empty()) return bytes;
        buffered_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        continue;
      }
      std::string line = buffered_.substr(0, end + 1);
      buffered_.erase(0, end + 1);
      const bool bookmark = line.find("\"type\":\"BOOKMARK\"") != std::string::npos;
      switch (bookmark ? WatchFault::kNone : proxy_.NumberEvent()) {
        case WatchFault::kNone:
          out_ = std::move(line);
          return std::as_bytes(std::span(out_));
        case WatchFault::kCut:
          ended_ = true;
          return Fail(Broken());
        case WatchFault::kGone:
          ended_ = true;
          out_ = json{{"type", "ERROR"}, {"object", StatusObject(410)}}.dump() + "\n";
          return std::as_bytes(std::span(out_));
        case WatchFault::kHalfLine:
          ended_ = true;
          out_ = line.substr(0, line.size() / 2);
          return std::as_bytes(std::span(out_));
        case WatchFault::kHold:
          ctx.clock.SleepUntil(ctx.clock.SteadyNow() + kHeld, ctx.stop);
          out_ = std::move(line);
          return std::as_bytes(std::span(out_));
      }
    }
  }
  Result<std::string> ReadAll(const OpContext& ctx, std::size_t limit) override {
    return inner_->ReadAll(ctx, limit);
  }

 private:
  ApiProxy& proxy_;
  std::unique_ptr<http::DownloadStream> inner_;
  std::string buffered_;
  std::string out_;
  bool ended_ = false;
};

void ApiProxy::SetPlan(Plan plan) {
  const MutexLock lock(mutex_);
  plan_ = std::move(plan);
}

void ApiProxy::SetWatchPlan(WatchPlan plan) {
  const MutexLock lock(mutex_);
  watch_plan_ = std::move(plan);
}

void ApiProxy::SetOnEvent(std::function<void(int)> on_event) {
  const MutexLock lock(mutex_);
  on_event_ = std::move(on_event);
}

void ApiProxy::ReadFrom(http::Transport* other) {
  const MutexLock lock(mutex_);
  other_ = other;
}

int ApiProxy::exchanges() const {
  const MutexLock lock(mutex_);
  return exchanges_;
}

int ApiProxy::events() const {
  const MutexLock lock(mutex_);
  return events_;
}

int ApiProxy::delivered() const {
  const MutexLock lock(mutex_);
  return delivered_;
}

std::string ApiProxy::Trace() const {
  const MutexLock lock(mutex_);
  return trace_;
}

ApiFault ApiProxy::Number(const http::Request& request, bool watch) {
  const std::string path = PathIn(request.url);
  if (IsForPeople(path)) return {};
  const MutexLock lock(mutex_);
  const ApiExchange exchange{
      .number = ++exchanges_, .method = request.method, .path = path, .watch = watch};
  const ApiFault fault = plan_ ? plan_(exchange) : ApiFault{};
  if (fault.kind != ApiFault::Kind::kNone) ++delivered_;
  return fault;
}

WatchFault ApiProxy::NumberEvent() {
  std::function<void(int)> on_event;
  int number = 0;
  WatchFault fault = WatchFault::kNone;
  {
    const MutexLock lock(mutex_);
    number = ++events_;
    if (watch_plan_) fault = watch_plan_(number);
    if (fault != WatchFault::kNone) ++delivered_;
    on_event = on_event_;
  }
  if (on_event) on_event(number);
  return fault;
}

http::Transport& ApiProxy::ServerOf(const http::Request& request) {
  const MutexLock lock(mutex_);
  return request.method == "GET" && other_ != nullptr ? *other_ : server_;
}

void ApiProxy::Tell(const http::Request& request, int status) {
  const MutexLock lock(mutex_);
  trace_ += std::to_string(exchanges_) + " " + request.method + " " + PathIn(request.url) + " " +
            std::to_string(status) + "\n";
}

Result<http::Response> ApiProxy::Send(const OpContext& ctx, const http::Request& request) {
  const ApiFault fault = Number(request, /*watch=*/false);
  if (fault.kind == ApiFault::Kind::kDropRequest) {
    Tell(request, 0);
    return Fail(Broken());
  }
  if (fault.kind == ApiFault::Kind::kAnswer) {
    Tell(request, fault.status);
    return AnswerOf(fault);
  }
  CULVERT_ASSIGN_OR_RETURN(http::Response response, ServerOf(request).Send(ctx, request));
  Tell(request, response.status);
  if (fault.kind == ApiFault::Kind::kDropReply) return Fail(Broken());
  if (fault.kind == ApiFault::Kind::kHalfReply) response.body.resize(response.body.size() / 2);
  return response;
}

Result<std::unique_ptr<http::DownloadStream>> ApiProxy::Download(const OpContext& ctx,
                                                                 const http::Request& request) {
  const bool watch = request.url.find("watch=") != std::string::npos;
  const ApiFault fault = Number(request, watch);
  switch (fault.kind) {
    case ApiFault::Kind::kDropRequest:
    case ApiFault::Kind::kDropReply:  // a read changes nothing
      return Fail(Broken());
    case ApiFault::Kind::kAnswer:
      return std::make_unique<TextStream>(AnswerOf(fault));
    case ApiFault::Kind::kHalfReply:
    case ApiFault::Kind::kNone:
      break;
  }
  CULVERT_ASSIGN_OR_RETURN(auto stream, ServerOf(request).Download(ctx, request));
  if (watch && stream->response().status == 200) {
    return std::make_unique<Watch>(*this, std::move(stream));
  }
  if (fault.kind != ApiFault::Kind::kHalfReply) return stream;
  http::Response response = stream->response();
  CULVERT_ASSIGN_OR_RETURN(response.body, stream->ReadAll(ctx, std::size_t{64} << 20));
  response.body.resize(response.body.size() / 2);
  return std::make_unique<TextStream>(std::move(response));
}

Result<std::unique_ptr<http::UploadStream>> ApiProxy::Upload(const OpContext& ctx,
                                                             const http::Request& request) {
  return server_.Upload(ctx, request);
}

}  // namespace culvert::test
