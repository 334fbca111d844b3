// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/http/transport.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace culvert::test {

/// One request as the fake got it; for uploads `request.body` holds what was streamed.
struct RecordedRequest {
  enum class Kind { kSend, kDownload, kUpload };
  Kind kind = Kind::kSend;
  http::Request request;
  bool finished = true;  // false: an upload that was dropped before its Finish
};

/// A Transport that answers from a script: each request takes the next handler (or the default one
/// when the queue is empty; else kUnavailable). An upload's handler runs at Finish, with the whole
/// body. A download's body comes from the response's `body` in pieces. Thread-safe; must outlive
/// its streams.
class FakeTransport final : public http::Transport {
 public:
  using Handler = std::function<Result<http::Response>(const http::Request& request)>;

  void Push(Handler handler);
  /// Pushes a fixed response.
  void Push(int status, std::string body = "", http::Headers headers = {});
  void Push(Error error);
  void SetDefault(Handler handler);
  /// Largest piece a download's Read returns; 64 KiB at first.
  void SetPieceBytes(std::size_t bytes);

  std::vector<RecordedRequest> requests() const;
  std::size_t handlers_left() const;

  Result<http::Response> Send(const OpContext& ctx, const http::Request& request) override;
  Result<std::unique_ptr<http::DownloadStream>> Download(const OpContext& ctx,
                                                         const http::Request& request) override;
  Result<std::unique_ptr<http::UploadStream>> Upload(const OpContext& ctx,
                                                     const http::Request& request) override;

 private:
  class Downloading;
  class Uploading;
  Result<http::Response> Answer(const http::Request& request);
  std::size_t Record(RecordedRequest recorded);

  mutable Mutex mutex_;
  std::deque<Handler> handlers_ GUARDED_BY(mutex_);
  Handler default_ GUARDED_BY(mutex_);
  std::vector<RecordedRequest> requests_ GUARDED_BY(mutex_);
  std::size_t piece_bytes_ GUARDED_BY(mutex_) = 64 * 1024;
};

}  // namespace culvert::test
