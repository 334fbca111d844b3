// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/curl_transport.h"

#include "libs/base/byte_buffer.h"
#include "libs/base/check.h"
#include "libs/base/digest.h"
#include "libs/base/mutex.h"
#include "libs/http/internal/response_head.h"
#include "libs/http/internal/stall_watch.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <deque>
#include <optional>
#include <stop_token>
#include <utility>

namespace culvert::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr long kBufferBytes = 256L * 1024;
constexpr std::size_t kBufferedBytesMax = 512UL * 1024;
constexpr std::size_t kSendBodyMax = 64UL << 20;
constexpr std::size_t kUploadReplyMax = 1 << 20;
constexpr milliseconds kLongestWait{1000};  // after it the injected clock is read again

struct EasyFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiFree {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct UrlFree {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using HeaderList = std::unique_ptr<curl_slist, ListFree>;

void Append(HeaderList& list, const std::string& line) {
  curl_slist* grown = curl_slist_append(list.get(), line.c_str());
  CULVERT_CHECK(grown != nullptr);
  (void)list.release();  // the grown list begins where it began
  list.reset(grown);
}

template <typename T>
void Set(CURL* easy, CURLoption option, T value) {
  // Options and values are ours: a refusal is a bug or a lack of memory.
  CULVERT_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

/// `text` must outlive the handle's use: the pool's options do.
void SetBlob(CURL* easy, CURLoption option, std::string_view text) {
  curl_blob blob{.data = const_cast<char*>(text.data()),  // libcurl reads only
                 .len = text.size(),
                 .flags = CURL_BLOB_NOCOPY};
  Set(easy, option, &blob);
}

/// One easy handle with a multi handle of its own, which keeps the connection alive between uses.
struct Channel {
  std::string origin;  // scheme://host:port the connection goes to
  // Destroyed in reverse: the easy handle before the multi handle it was used with.
  std::unique_ptr<CURLM, MultiFree> multi{curl_multi_init()};
  std::unique_ptr<CURL, EasyFree> easy{curl_easy_init()};
};

std::string_view WithoutQuery(std::string_view url) { return url.substr(0, url.find('?')); }

std::string OriginOf(std::string_view url) {
  const std::size_t host = url.find("://");
  if (host == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, url.find_first_of("/?#", host + 3)));
}

// The host as libcurl reads it, so that what is judged is what is connected to; an IPv6 literal
// without its brackets. Empty for a URL that libcurl cannot read, which it refuses itself.
std::string HostOf(const std::string& url) {
  const std::unique_ptr<CURLU, UrlFree> parsed(curl_url());
  char* text = nullptr;
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &text, 0) != CURLUE_OK) {
    return {};
  }
  std::string host(text);
  curl_free(text);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

bool IsLoopback(std::string_view origin) {
  const std::size_t colon = origin.find("://");
  if (colon == std::string_view::npos) return false;
  const std::string_view host = origin.substr(colon + 3);
  return host.starts_with("127.") || host.starts_with("[::1]") || host == "localhost" ||
         host.starts_with("localhost:");
}

// libcurl sends a request again by itself when a kept connection dies before the first byte of the
// answer. For these methods nobody may: whether the first one took effect is for the caller to ask.
bool MayBeSentTwice(std::string_view method) {
  return method != "POST" && method != "PATCH" && method != "CONNECT";
}

ErrorCode CodeOf(CURLcode result) {
  switch (result) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorCode::kFailedPrecondition;
    case CURLE_URL_MALFORMAT:
      return ErrorCode::kInvalidArgument;
    default:
      return ErrorCode::kUnavailable;
  }
}

// Connections that live on after their transfer, newest last. Thread-safe.
class Pool {
 public:
  explicit Pool(CurlTransportOptions options) : options_(std::move(options)) {}
  const CurlTransportOptions& options() const { return options_; }

  std::unique_ptr<Channel> Take(const std::string& origin) {
    {
      const MutexLock lock(mutex_);
      for (auto newest = idle_.end(); newest != idle_.begin();) {
        --newest;
        if ((*newest)->origin != origin) continue;
        std::unique_ptr<Channel> channel = std::move(*newest);
        idle_.erase(newest);
        return channel;
      }
    }
    auto channel = std::make_unique<Channel>();
    if (channel->multi == nullptr || channel->easy == nullptr) return nullptr;
    channel->origin = origin;
    curl_multi_setopt(channel->multi.get(), CURLMOPT_MAXCONNECTS, 1L);
    return channel;
  }

  void Return(std::unique_ptr<Channel> channel) {
    std::unique_ptr<Channel> oldest;  // closed outside the lock
    const MutexLock lock(mutex_);
    idle_.push_back(std::move(channel));
    if (idle_.size() <= options_.idle_connections_max) return;
    oldest = std::move(idle_.front());
    idle_.pop_front();
  }

 private:
  CurlTransportOptions options_;
  Mutex mutex_;
  std::deque<std::unique_ptr<Channel>> idle_ GUARDED_BY(mutex_);
};

/// One request on one channel, driven by the thread that calls.
class Transfer {
 public:
  enum class Body { kWhole, kStreamed };

  Transfer(std::shared_ptr<Pool> pool, std::unique_ptr<Channel> channel, const Request& request,
           Body body)
      : pool_(std::move(pool)),
        channel_(std::move(channel)),
        what_(request.method + " " + std::string(WithoutQuery(request.url))),
        body_(body == Body::kWhole ? request.body : std::string()),
        stall_(pool_->options().stall_window, pool_->options().stall_bytes_per_second),
        waiting_(pool_->options().response_timeout, 1) {
    Configure(request, body);
    CULVERT_CHECK(curl_multi_add_handle(multi(), easy()) == CURLM_OK);
  }
  ~Transfer() {
    // Of an unfinished transfer this ends the stream, without the last chunk of an upload.
    curl_multi_remove_handle(multi(), easy());
    curl_easy_reset(easy());
    // HTTP/2 would keep the connection of an unfinished one, which may be dead. A handle that met
    // no server has none to keep, and after a name that was not found it keeps its receive buffer,
    // whose size the next transfer could not set.
    if (done_ && connected_) pool_->Return(std::move(channel_));
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Until `ready()` or the end of the transfer, whichever is first.
  template <typename Ready>
  Status Drive(const OpContext& ctx, Ready&& ready) {
    if (done_ || ready()) return {};
    const std::stop_callback wake(ctx.stop, [this] { curl_multi_wakeup(multi()); });
    while (true) {
      CULVERT_TRY(Check(ctx));
      const std::uint64_t before = moved();
      Resume();
      Perform();
      if (done_ || ready()) return {};
      if (moved() == before) CULVERT_TRY(WaitForPeer(ctx));
    }
  }

  bool done() const { return done_; }
  bool head_done() const { return head_.done(); }
  bool wants_body() const { return wants_body_; }
  const Response& response() const { return head_.response(); }
  ByteBuffer& received() { return received_; }
  std::string_view& upload() { return upload_; }
  void EndUpload() { upload_ended_ = true; }

  /// The outcome, once done().
  Status Outcome() const {
    if (refusal_ && !connecting_) return Fail(*refusal_);
    if (refused_head_) return Fail(FailureOf("the answer's headers are malformed or too large"));
    if (result_ == CURLE_OK && head_.done()) return {};
    if (result_ == CURLE_OK) return Fail(FailureOf("the connection ended without an answer"));
    const std::string_view detail = error_text_.data();
    return Fail(FailureOf(detail.empty() ? curl_easy_strerror(result_) : detail));
  }

 private:
  CURL* easy() const { return channel_->easy.get(); }
  CURLM* multi() const { return channel_->multi.get(); }

  Error FailureOf(std::string_view detail) const {
    std::string text(detail);
    while (text.ends_with('\n') || text.ends_with('.')) text.pop_back();
    // "Failed to connect" begins small, "SSL certificate problem" stays as it is.
    if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
      text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    }
    Error error;
    error.code = CodeOf(result_);
    // After the request went out this is an answer that is no HTTP/1, not a refused address.
    if (connected_ && result_ == CURLE_UNSUPPORTED_PROTOCOL) error.code = ErrorCode::kUnavailable;
    error.message = what_ + " failed: " + text;
    return error;
  }

  void Configure(const Request& request, Body body);
  HeaderList MakeHeaders(const Request& request, bool has_body) const;

  Status Check(const OpContext& ctx) const {
    if (ctx.stop.stop_requested()) return Fail(Cancelled(what_ + " was stopped"));
    if (ctx.clock.SteadyNow() >= ctx.deadline) {
      return Fail(DeadlineExceeded(what_ + " did not finish before its deadline"));
    }
    return {};
  }

  void Resume() {
    const bool upload_due = wants_body_ && (upload_ended_ || !upload_.empty());
    if (!upload_due && !download_paused_) return;
    if (upload_due) wants_body_ = false;
    download_paused_ = false;
    const int still = wants_body_ ? CURLPAUSE_SEND : CURLPAUSE_CONT;
    curl_easy_pause(easy(), still);
  }

  void Perform() {
    int running = 0;
    curl_multi_perform(multi(), &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      done_ = true;
      result_ = message->data.result;
    }
  }

  // Bytes that went either way so far.
  std::uint64_t moved() const {
    curl_off_t sent = 0;
    curl_easy_getinfo(easy(), CURLINFO_SIZE_UPLOAD_T, &sent);
    return received_bytes_ + static_cast<std::uint64_t>(sent);
  }

  Status WaitForPeer(const OpContext& ctx) {
    const SteadyTime begin = ctx.clock.SteadyNow();
    nanoseconds wait = std::min<nanoseconds>(kLongestWait, ctx.deadline - begin);
    // While connecting, libcurl's own limit rules. Then bytes are due: of the answer's head when
    // the whole request is out, else of the body.
    const bool head_due = connected_ && !head_.done() && (upload_ended_ || !streams_up_);
    const bool bytes_due = connected_ && !head_due;
    internal::StallWatch& watch = head_due ? waiting_ : stall_;
    if (connected_) wait = std::min(wait, watch.Left());
    const auto limit =
        std::max<milliseconds>(milliseconds(1), std::chrono::ceil<milliseconds>(wait));
    const std::uint64_t bytes = moved() - std::exchange(watched_bytes_, moved());
    if (head_due && bytes > 0) watch.Restart();  // the request was still on its way out
    curl_multi_poll(multi(), nullptr, 0, static_cast<int>(limit.count()), nullptr);
    if (!connected_) return {};
    const nanoseconds waited = ctx.clock.SteadyNow() - begin;
    if (!watch.Waited(waited, head_due ? 0 : bytes)) return {};
    return Fail(DeadlineExceeded(bytes_due ? what_ + " stalled: the peer is too slow or gone"
                                           : what_ + " got no answer in time"));
  }

  static std::size_t OnHeader(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    transfer.received_bytes_ += size;
    if (transfer.head_.AddLine({data, size})) return size;
    transfer.refused_head_ = true;
    return 0;
  }
  static std::size_t OnBody(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (!transfer.received_.empty() && transfer.received_.size() + size > kBufferedBytesMax) {
      transfer.download_paused_ = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    transfer.received_.Append(AsBytes({data, size}));
    transfer.received_bytes_ += size;
    return size;
  }
  static std::size_t OnUpload(char* room, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.upload_.empty()) {
      if (transfer.upload_ended_) return 0;
      transfer.wants_body_ = true;
      return CURL_READFUNC_PAUSE;
    }
    const std::size_t taken = transfer.upload_.copy(room, size);
    transfer.upload_.remove_prefix(taken);
    return taken;
  }
  static int OnConnected(void* self, char* peer, char*, int, int) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.pool_->options().guard && !transfer.MayReach(IpAddress::Parse(peer))) {
      transfer.connecting_ = false;
      return CURL_PREREQFUNC_ABORT;
    }
    transfer.connected_ = true;
    return CURL_PREREQFUNC_OK;
  }
  static curl_socket_t OnSocket(void* self, curlsocktype, curl_sockaddr* peer) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (!transfer.MayReach(IpAddress::FromSocket(&peer->addr, peer->addrlen))) {
      return CURL_SOCKET_BAD;
    }
    transfer.connecting_ = true;
    return ::socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
  }

  // Keeps the guard's first refusal.
  bool MayReach(const std::optional<IpAddress>& address) {
    Status verdict = address ? pool_->options().guard(host_, *address)
                             : Fail(Internal("a connection to something without an address"));
    if (verdict) return true;
    if (!refusal_) {
      refusal_ = std::move(verdict.error());
      refusal_->message = what_ + " was not sent: " + refusal_->message;
    }
    return false;
  }

  std::shared_ptr<Pool> pool_;
  std::unique_ptr<Channel> channel_;
  std::string what_;  // method and URL without its query, for messages
  std::string host_;  // for the guard
  std::optional<Error> refusal_;
  bool connecting_ = false;  // to an address that the guard let through
  std::string body_;
  HeaderList headers_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  internal::StallWatch stall_;
  internal::StallWatch waiting_;
  internal::ResponseHead head_;
  ByteBuffer received_;
  std::string_view upload_;  // what Write still has to send
  std::uint64_t received_bytes_ = 0;
  std::uint64_t watched_bytes_ = 0;
  CURLcode result_ = CURLE_OK;
  bool streams_up_ = false;
  bool connected_ = false;
  bool wants_body_ = false;  // all of upload_ went to the kernel, and libcurl asked for more
  bool upload_ended_ = false;
  bool download_paused_ = false;
  bool refused_head_ = false;
  bool done_ = false;
};

HeaderList Transfer::MakeHeaders(const Request& request, bool has_body) const {
  HeaderList list;
  for (const auto& [name, value] : request.headers.all()) {
    // libcurl's form for a header without a value ends in ';'.
    std::string line = name;
    Append(list, line.append(value.empty() ? ";" : ": ").append(value));
  }
  Append(list, "Expect:");  // else libcurl waits a second for a "100 Continue" that may never come
  if (!request.headers.Get("Accept")) Append(list, "Accept:");
  if (has_body && !request.headers.Get("Content-Type")) Append(list, "Content-Type:");
  return list;
}

void Transfer::Configure(const Request& request, Body body) {
  const CurlTransportOptions& options = pool_->options();
  CURL* const handle = easy();
  streams_up_ = body == Body::kStreamed;
  const bool may_have_body = request.method == "POST" || request.method == "PUT" ||
                             request.method == "PATCH" || !body_.empty();

  // Not Set: a malformed URL is the caller's and shows when the transfer starts.
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  if (streams_up_) {
    Set(handle, CURLOPT_UPLOAD, 1L);
    Set(handle, CURLOPT_UPLOAD_BUFFERSIZE, kBufferBytes);
    Set(handle, CURLOPT_READFUNCTION, &Transfer::OnUpload);
    Set(handle, CURLOPT_READDATA, static_cast<void*>(this));
  } else if (may_have_body) {
    Set(handle, CURLOPT_POST, 1L);
    Set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
    Set(handle, CURLOPT_POSTFIELDS, body_.data());
  } else if (request.method == "HEAD") {
    Set(handle, CURLOPT_NOBODY, 1L);
  }
  Set(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  headers_ = MakeHeaders(request, streams_up_ || may_have_body);
  Set(handle, CURLOPT_HTTPHEADER, headers_.get());
  Set(handle, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (!options.writes_are_idempotent && !MayBeSentTwice(request.method)) {
    Set(handle, CURLOPT_FRESH_CONNECT, 1L);
  }

  Set(handle, CURLOPT_HTTP_VERSION,
      static_cast<long>(options.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  Set(handle, CURLOPT_PROTOCOLS_STR, options.allow_plain_http ? "http,https" : "https");
  Set(handle, CURLOPT_FOLLOWLOCATION, 0L);
  Set(handle, CURLOPT_PATH_AS_IS, 1L);  // the path was signed as it is
  Set(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  Set(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  Set(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_pem.empty()) {
    SetBlob(handle, CURLOPT_CAINFO_BLOB, options.ca_pem);
  } else if (!options.ca_bundle_file.empty()) {
    Set(handle, CURLOPT_CAINFO, options.ca_bundle_file.c_str());
  }
  if (!options.client_certificate_pem.empty()) {
    SetBlob(handle, CURLOPT_SSLCERT_BLOB, options.client_certificate_pem);
    SetBlob(handle, CURLOPT_SSLKEY_BLOB, options.client_key_pem.Reveal());
  }
  if (options.guard) {
    host_ = HostOf(request.url);
    Set(handle, CURLOPT_OPENSOCKETFUNCTION, &Transfer::OnSocket);
    Set(handle, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  }
  if (options.guard || IsLoopback(channel_->origin)) Set(handle, CURLOPT_PROXY, "");
  Set(handle, CURLOPT_NOSIGNAL, 1L);
  Set(handle, CURLOPT_TCP_NODELAY, 1L);
  Set(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  Set(handle, CURLOPT_BUFFERSIZE, kBufferBytes);
  Set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  Set(handle, CURLOPT_ERRORBUFFER, error_text_.data());
  Set(handle, CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  Set(handle, CURLOPT_HEADERDATA, static_cast<void*>(this));
  Set(handle, CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  Set(handle, CURLOPT_WRITEDATA, static_cast<void*>(this));
  Set(handle, CURLOPT_PREREQFUNCTION, &Transfer::OnConnected);
  Set(handle, CURLOPT_PREREQDATA, static_cast<void*>(this));
}

class CurlDownload final : public DownloadStream {
 public:
  explicit CurlDownload(std::unique_ptr<Transfer> transfer) : transfer_(std::move(transfer)) {}

  Status Open(const OpContext& ctx) {
    CULVERT_TRY(transfer_->Drive(ctx, [&] { return transfer_->head_done(); }));
    return transfer_->head_done() ? Status() : transfer_->Outcome();
  }
  const Response& response() const override { return transfer_->response(); }

  Result<std::span<const std::byte>> Read(const OpContext& ctx) override {
    ByteBuffer& received = transfer_->received();
    received.Consume(std::exchange(returned_, 0));
    CULVERT_TRY(transfer_->Drive(ctx, [&] { return !received.empty(); }));
    if (received.empty()) {
      CULVERT_TRY(transfer_->Outcome());
      return std::span<const std::byte>();
    }
    returned_ = std::min<std::size_t>(received.size(), kBufferBytes);
    return received.Readable().first(returned_);
  }

  Result<std::string> ReadAll(const OpContext& ctx, std::size_t limit) override {
    std::string whole;
    while (true) {
      CULVERT_ASSIGN_OR_RETURN(const std::span<const std::byte> piece, Read(ctx));
      if (piece.empty()) return whole;
      if (piece.size() > limit - whole.size()) {
        return Fail(
            OutOfRange("the response's body is larger than " + std::to_string(limit) + " bytes"));
      }
      whole.append(AsText(piece));
    }
  }

 private:
  std::unique_ptr<Transfer> transfer_;
  std::size_t returned_ = 0;  // bytes that the caller still looks at
};

class CurlUpload final : public UploadStream {
 public:
  explicit CurlUpload(std::unique_ptr<Transfer> transfer) : transfer_(std::move(transfer)) {}

  /// Until the request's head is sent.
  Status Open(const OpContext& ctx) { return Write(ctx, {}); }

  Status Write(const OpContext& ctx, std::span<const std::byte> bytes) override {
    CULVERT_TRY(CheckUsable());
    transfer_->upload() = AsText(bytes);
    const Status driven = transfer_->Drive(
        ctx, [&] { return transfer_->upload().empty() && transfer_->wants_body(); });
    transfer_->upload() = {};
    cut_short_ = !driven;
    CULVERT_TRY(driven);
    return transfer_->done() ? transfer_->Outcome() : Status();
  }

  Result<Response> Finish(const OpContext& ctx) override {
    CULVERT_TRY(CheckUsable());
    transfer_->EndUpload();
    ByteBuffer& received = transfer_->received();
    std::string body;
    while (true) {
      CULVERT_TRY(transfer_->Drive(ctx, [&] { return !received.empty(); }));
      body.append(AsText(received.Readable()));
      received.Clear();
      if (body.size() > kUploadReplyMax) {
        return Fail(OutOfRange("the response's body is larger than " +
                               std::to_string(kUploadReplyMax) + " bytes"));
      }
      if (transfer_->done()) break;
    }
    CULVERT_TRY(transfer_->Outcome());
    Response response = transfer_->response();
    response.body = std::move(body);
    return response;
  }

 private:
  // After a Write that gave up half way, a Finish would pass the rest off as a whole body.
  Status CheckUsable() const {
    if (!cut_short_) return {};
    return Fail(FailedPrecondition("the upload was cut short by an earlier failure"));
  }

  std::unique_ptr<Transfer> transfer_;
  bool cut_short_ = false;
};

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlTransportOptions options)
      : pool_(std::make_shared<Pool>(std::move(options))) {}

  Result<Response> Send(const OpContext& ctx, const Request& request) override {
    CULVERT_ASSIGN_OR_RETURN(const std::unique_ptr<DownloadStream> stream, Download(ctx, request));
    CULVERT_ASSIGN_OR_RETURN(std::string body, stream->ReadAll(ctx, kSendBodyMax));
    Response response = stream->response();
    response.body = std::move(body);
    return response;
  }

  Result<std::unique_ptr<DownloadStream>> Download(const OpContext& ctx,
                                                   const Request& request) override {
    CULVERT_ASSIGN_OR_RETURN(auto transfer, Start(request, Transfer::Body::kWhole));
    auto stream = std::make_unique<CurlDownload>(std::move(transfer));
    CULVERT_TRY(stream->Open(ctx));
    return stream;
  }

  Result<std::unique_ptr<UploadStream>> Upload(const OpContext& ctx,
                                               const Request& request) override {
    CULVERT_ASSIGN_OR_RETURN(auto transfer, Start(request, Transfer::Body::kStreamed));
    auto stream = std::make_unique<CurlUpload>(std::move(transfer));
    CULVERT_TRY(stream->Open(ctx));
    return stream;
  }

 private:
  Result<std::unique_ptr<Transfer>> Start(const Request& request, Transfer::Body body) {
    const auto breaks = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    for (const auto& [name, value] : request.headers.all()) {
      if (std::ranges::any_of(name, breaks) || std::ranges::any_of(value, breaks)) {
        return Fail(InvalidArgument("a request header has a line break in it"));
      }
    }
    std::unique_ptr<Channel> channel = pool_->Take(OriginOf(request.url));
    if (channel == nullptr) {
      return Fail(ResourceExhausted("no descriptors or memory left for another connection")
                      .Because("LocalPressure"));
    }
    return std::make_unique<Transfer>(pool_, std::move(channel), request, body);
  }

  std::shared_ptr<Pool> pool_;
};

}  // namespace

std::unique_ptr<Transport> MakeCurlTransport(const CurlTransportOptions& options) {
  // Once a process, before the first handle; never undone, as another user may still be there.
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  CULVERT_CHECK(initialized == CURLE_OK);
  return std::make_unique<CurlTransport>(options);
}

}  // namespace culvert::http
