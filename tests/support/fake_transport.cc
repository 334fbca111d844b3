// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_transport.h"

#include "libs/base/digest.h"

#include <algorithm>
#include <utility>

namespace culvert::test {

class FakeTransport::Downloading final : public http::DownloadStream {
 public:
  Downloading(http::Response response, std::size_t piece_bytes)
      : response_(std::move(response)), piece_bytes_(piece_bytes) {
    body_.swap(response_.body);
  }
  const http::Response& response() const override { return response_; }
  Result<std::span<const std::byte>> Read(const OpContext& ctx) override {
    CULVERT_TRY(ctx.Check());
    const std::string_view piece = std::string_view(body_).substr(at_, piece_bytes_);
    at_ += piece.size();
    return AsBytes(piece);
  }
  Result<std::string> ReadAll(const OpContext& ctx, std::size_t limit) override {
    CULVERT_TRY(ctx.Check());
    if (body_.size() - at_ > limit) {
      return Fail(OutOfRange("the response body is larger than the limit"));
    }
    return body_.substr(std::exchange(at_, body_.size()));
  }

 private:
  http::Response response_;
  std::string body_;
  std::size_t piece_bytes_;
  std::size_t at_ = 0;
};

class FakeTransport::Uploading final : public http::UploadStream {
 public:
  Uploading(FakeTransport& transport, std::size_t index) : transport_(transport), index_(index) {}
  Status Write(const OpContext& ctx, std::span<const std::byte> bytes) override {
    CULVERT_TRY(ctx.Check());
    const MutexLock lock(transport_.mutex_);
    transport_.requests_[index_].request.body.append(AsText(bytes));
    return {};
  }
  Result<http::Response> Finish(const OpContext& ctx) override {
    CULVERT_TRY(ctx.Check());
    http::Request request;
    {
      const MutexLock lock(transport_.mutex_);
      transport_.requests_[index_].finished = true;
      request = transport_.requests_[index_].request;
    }
    return transport_.Answer(request);
  }

 private:
  FakeTransport& transport_;
  std::size_t index_;
};

void FakeTransport::Push(Handler handler) {
  const MutexLock lock(mutex_);
  handlers_.push_back(std::move(handler));
}

void FakeTransport::Push(int status, std::string body, http::Headers headers) {
  http::Response response{status, std::move(headers), std::move(body)};
  Push([response = std::move(response)](const http::Request&) { return response; });
}

void FakeTransport::Push(Error error) {
  Push([error = std::move(error)](const http::Request&) -> Result<http::Response> {
    return Fail(error);
  });
}

void FakeTransport::SetDefault(Handler handler) {
  const MutexLock lock(mutex_);
  default_ = std::move(handler);
}

void FakeTransport::SetPieceBytes(std::size_t bytes) {
  const MutexLock lock(mutex_);
  piece_bytes_ = std::max<std::size_t>(1, bytes);
}

std::vector<RecordedRequest> FakeTransport::requests() const {
  const MutexLock lock(mutex_);
  return requests_;
}

std::size_t FakeTransport::handlers_left() const {
  const MutexLock lock(mutex_);
  return handlers_.size();
}

Result<http::Response> FakeTransport::Answer(const http::Request& request) {
  Handler handler;
  {
    const MutexLock lock(mutex_);
    if (!handlers_.empty()) {
      handler = std::move(handlers_.front());
      handlers_.pop_front();
    } else {
      handler = default_;
    }
  }
  if (!handler) return Fail(Unavailable("the fake transport has no answer left"));
  return handler(request);
}

std::size_t FakeTransport::Record(RecordedRequest recorded) {
  const MutexLock lock(mutex_);
  requests_.push_back(std::move(recorded));
  return requests_.size() - 1;
}

Result<http::Response> FakeTransport::Send(const OpContext& ctx, const http::Request& request) {
  CULVERT_TRY(ctx.Check());
  Record({RecordedRequest::Kind::kSend, request, true});
  return Answer(request);
}

Result<std::unique_ptr<http::DownloadStream>> FakeTransport::Download(
    const OpContext& ctx, const http::Request& request) {
  CULVERT_TRY(ctx.Check());
  Record({RecordedRequest::Kind::kDownload, request, true});
  CULVERT_ASSIGN_OR_RETURN(http::Response response, Answer(request));
  const MutexLock lock(mutex_);
  return std::make_unique<Downloading>(std::move(response), piece_bytes_);
}

Result<std::unique_ptr<http::UploadStream>> FakeTransport::Upload(const OpContext& ctx,
                                                                  const http::Request& request) {
  CULVERT_TRY(ctx.Check());
  http::Request opened = request;
  opened.body.clear();
  const std::size_t index = Record({RecordedRequest::Kind::kUpload, std::move(opened), false});
  return std::make_unique<Uploading>(*this, index);
}

}  // namespace culvert::test
