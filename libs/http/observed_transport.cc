// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/observed_transport.h"

#include "libs/base/log.h"

#include <algorithm>
#include <utility>

namespace culvert::http {
namespace {

using std::chrono::nanoseconds;

/// What the requests of one transport have in common.
struct Witness {
  RequestObserver& observer;
  const ObservedTransportOptions options;

  void Saw(const OpContext& ctx, const Request& request, nanoseconds took, const Response* response,
           const Error* error) const {
    const int status = response == nullptr ? 0 : response->status;
    observer.OnRequest(
        {.method = request.method, .url = request.url, .status = status, .took = took});
    const std::string url = RedactUrl(request.url, options.shown_parameters);
    const double seconds = std::chrono::duration<double>(took).count();
    if (response == nullptr) {
      ctx.log.Debug("request without an answer",
                    {{"method", request.method},
                     {"url", url},
                     {"error", error == nullptr ? "cut short" : error->message},
                     {"duration_seconds", seconds}});
      return;
    }
    const auto id = response->headers.Get(options.request_id_header);
    ctx.log.Debug("request", {{"method", request.method},
                              {"url", url},
                              {"status", status},
                              {"duration_seconds", seconds},
                              {"request_id", id.value_or("")}});
  }
};

nanoseconds Since(const OpContext& ctx, SteadyTime begin) {
  return std::chrono::duration_cast<nanoseconds>(ctx.clock.SteadyNow() - begin);
}

class ObservedUpload final : public UploadStream {
 public:
  ObservedUpload(const Witness& witness, const OpContext& ctx, Request request, SteadyTime begin,
                 std::unique_ptr<UploadStream> inner)
      : witness_(witness),
        clock_(ctx.clock),
        request_(std::move(request)),
        begin_(begin),
        inner_(std::move(inner)) {}
  ~ObservedUpload() override {
    if (finished_) return;
    // No context is left to log by; the count is what matters.
    witness_.observer.OnRequest(
        {.method = request_.method,
         .url = request_.url,
         .status = 0,
         .took = std::chrono::duration_cast<nanoseconds>(clock_.SteadyNow() - begin_)});
  }
  ObservedUpload(const ObservedUpload&) = delete;
  ObservedUpload& operator=(const ObservedUpload&) = delete;

  Status Write(const OpContext& ctx, std::span<const std::byte> bytes) override {
    return inner_->Write(ctx, bytes);
  }
  Result<Response> Finish(const OpContext& ctx) override {
    finished_ = true;
    auto response = inner_->Finish(ctx);
    witness_.Saw(ctx, request_, Since(ctx, begin_), response ? &*response : nullptr,
                 response ? nullptr : &response.error());
    return response;
  }

 private:
  const Witness& witness_;
  const Clock& clock_;
  const Request request_;
  const SteadyTime begin_;
  std::unique_ptr<UploadStream> inner_;
  bool finished_ = false;
};

class ObservedTransport final : public Transport {
 public:
  ObservedTransport(Transport& inner, RequestObserver& observer, ObservedTransportOptions options)
      : inner_(inner), witness_{.observer = observer, .options = std::move(options)} {}

  Result<Response> Send(const OpContext& ctx, const Request& request) override {
    const SteadyTime begin = ctx.clock.SteadyNow();
    auto response = inner_.Send(ctx, request);
    witness_.Saw(ctx, request, Since(ctx, begin), response ? &*response : nullptr,
                 response ? nullptr : &response.error());
    return response;
  }

  Result<std::unique_ptr<DownloadStream>> Download(const OpContext& ctx,
                                                   const Request& request) override {
    const SteadyTime begin = ctx.clock.SteadyNow();
    auto stream = inner_.Download(ctx, request);
    witness_.Saw(ctx, request, Since(ctx, begin), stream ? &(*stream)->response() : nullptr,
                 stream ? nullptr : &stream.error());
    return stream;
  }

  Result<std::unique_ptr<UploadStream>> Upload(const OpContext& ctx,
                                               const Request& request) override {
    const SteadyTime begin = ctx.clock.SteadyNow();
    auto stream = inner_.Upload(ctx, request);
    if (!stream) {
      witness_.Saw(ctx, request, Since(ctx, begin), nullptr, &stream.error());
      return stream;
    }
    // Of the request only what will be told; its headers hold the signature.
    return std::make_unique<ObservedUpload>(
        witness_, ctx,
        Request{.method = request.method, .url = request.url, .headers = {}, .body = {}}, begin,
        std::move(*stream));
  }

 private:
  Transport& inner_;
  const Witness witness_;
};

}  // namespace

std::unique_ptr<Transport> ObserveTransport(Transport& inner, RequestObserver& observer,
                                            ObservedTransportOptions options) {
  return std::make_unique<ObservedTransport>(inner, observer, std::move(options));
}

std::string RedactUrl(std::string_view url, const std::vector<std::string>& shown) {
  const std::size_t mark = url.find('?');
  std::string text(url.substr(0, mark));
  if (mark == std::string_view::npos) return text;
  std::string_view rest = url.substr(mark);  // each part with the character before it
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&', 1), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end);
    const std::size_t equals = part.find('=');
    const std::string_view key =
        part.substr(1, equals == std::string_view::npos ? equals : equals - 1);
    const bool whole =
        equals == std::string_view::npos || std::ranges::find(shown, key) != shown.end();
    text += whole ? part : part.substr(0, equals + 1);
    if (!whole) text += "…";
  }
  return text;
}

}  // namespace culvert::http
