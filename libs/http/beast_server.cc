// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/beast_server.h"

#include "libs/base/byte_buffer.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/http/internal/request_head.h"
#include "libs/http/internal/socket.h"
#include "libs/http/internal/socket_exchange.h"

#include <algorithm>
#include <list>
#include <system_error>
#include <thread>
#include <utility>

namespace culvert::http {
namespace {

using internal::Listener;
using internal::RequestHead;
using internal::RequestHeadParser;
using internal::Socket;
using internal::SocketExchange;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kInputBytes = internal::BodyReader::kPieceBytesMax;
constexpr std::size_t kHeadFillBytes = 16UL * 1024;
constexpr std::size_t kRefusedAtOnceMax = 64;  // connections beyond the limit that get a 503
constexpr seconds kRefusedTimeout{5};
constexpr seconds kLingerTime{2};
constexpr std::size_t kLingerBytesMax = 64UL << 20;
constexpr milliseconds kAcceptPause{20};

Response Plain(int status, std::string_view text) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", "text/plain");
  response.body = text;
  return response;
}

int StatusOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kOutOfRange:
      return 431;
    case ErrorCode::kUnimplemented:
      return 501;
    default:
      return 400;
  }
}

/// Serves one connection to its end on the thread that calls Run.
class Connection {
 public:
  Connection(int fd, const ServerOptions& options, const Handler& handler, const Clock& clock,
             bool refused)
      : socket_(fd), options_(options), handler_(handler), clock_(clock), refused_(refused) {}

  void Run() {
    socket_.SetNoDelay();
    socket_.SetTimeout(refused_ ? std::min(kRefusedTimeout, options_.idle_timeout)
                                : options_.idle_timeout);
    while (ServeOne()) {
    }
    Linger();
    socket_.Close();
  }
  void Shutdown() { socket_.Shutdown(); }

 private:
  // Reads a head and answers it; true when another request may follow.
  bool ServeOne() {
    auto head = ReadHead();
    if (!head) {
      // Nothing to answer where the client went away or was idle.
      const ErrorCode code = head.error().code;
      if (code == ErrorCode::kUnavailable || code == ErrorCode::kDeadlineExceeded) return false;
      RequestHead unread;
      unread.keep_alive = false;
      SocketExchange exchange(socket_, input_, std::move(unread));
      (void)exchange.Respond(Plain(StatusOf(head.error()), head.error().message + "\n"));
      return false;
    }
    if (refused_) head->keep_alive = false;
    SocketExchange exchange(socket_, input_, *std::move(head));
    if (refused_) {
      (void)exchange.Respond(Plain(503, "too many connections\n"));
      return false;
    }
    Handle(exchange);
    return exchange.Complete();
  }

  // A handler's code may throw what a library of its throws; that ends the exchange, not the
  // server.
  void Handle(SocketExchange& exchange) {
    try {
      handler_(exchange);
    } catch (...) {
      (void)exchange.Respond(Plain(500, "the handler failed\n"));
      exchange.Close();
    }
  }

  Result<RequestHead> ReadHead() {
    RequestHeadParser parser(options_.header_bytes_max);
    while (!parser.done()) {
      if (!input_.empty()) {
        CULVERT_ASSIGN_OR_RETURN(const std::size_t used, parser.Feed(input_.Readable()));
        input_.Consume(used);
        if (parser.done()) break;
      }
      CULVERT_ASSIGN_OR_RETURN(const std::size_t got, socket_.Read(input_.Reserve(kHeadFillBytes)));
      if (got == 0) return Fail(Unavailable("the client closed the connection"));
      input_.Commit(got);
    }
    return parser.Take();
  }

  // A close with unread bytes in the kernel becomes a reset, which may overtake the answer. So says
  // FIN first and swallows what the client still sends, for a little while.
  void Linger() {
    socket_.FinishWriting();
    socket_.SetTimeout(kLingerTime);
    input_.Clear();
    const SteadyTime end = clock_.SteadyNow() + kLingerTime;
    std::size_t swallowed = 0;
    while (swallowed < kLingerBytesMax && clock_.SteadyNow() < end) {
      const auto got = socket_.Read(input_.Reserve(kHeadFillBytes));
      if (!got || *got == 0) return;
      swallowed += *got;
    }
  }

  Socket socket_;
  const ServerOptions& options_;
  const Handler& handler_;
  const Clock& clock_;
  bool refused_;
  ByteBuffer input_{kInputBytes};
};

class BeastServer final : public Server {
 public:
  BeastServer(Listener listener, ServerOptions options, Handler handler)
      : listener_(std::move(listener)), options_(std::move(options)), handler_(std::move(handler)) {
    accepting_ = std::jthread([this](const std::stop_token& stop) { AcceptAll(stop); });
  }
  ~BeastServer() override { Stop(); }

  std::uint16_t port() const override { return listener_.port(); }

  void Stop() override {
    const MutexLock stopping(stop_mutex_);
    accepting_.request_stop();
    listener_.Shutdown();
    if (accepting_.joinable()) accepting_.join();
    {
      const MutexLock lock(mutex_);
      for (Slot& slot : running_) slot.connection->Shutdown();
    }
    // A thread that ends moves its slot to finished_, so both lists empty themselves by joining.
    while (true) {
      Reap();
      const MutexLock lock(mutex_);
      if (running_.empty() && finished_.empty()) return;
      if (finished_.empty()) changed_.wait(mutex_, [this]() { return HasFinished(); });
    }
  }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::jthread thread;
  };

  bool HasFinished() REQUIRES(mutex_) { return !finished_.empty(); }

  void AcceptAll(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Result<int> fd = listener_.Accept();
      Reap();
      if (fd) {
        Serve(*fd);
      } else if (fd.error().code == ErrorCode::kCancelled) {
        return;
      } else {
        clock_->SleepUntil(clock_->SteadyNow() + kAcceptPause, stop);
      }
    }
  }

  void Serve(int fd) {
    const MutexLock lock(mutex_);
    const bool refused = running_.size() >= options_.connections_max;
    auto connection = std::make_unique<Connection>(fd, options_, handler_, *clock_, refused);
    if (running_.size() >= options_.connections_max + kRefusedAtOnceMax) return;  // closes it
    running_.push_back({std::move(connection), {}});
    const auto slot = std::prev(running_.end());
    try {
      slot->thread = std::jthread([this, slot] {
        slot->connection->Run();
        const MutexLock done(mutex_);
        finished_.splice(finished_.end(), running_, slot);
        changed_.notify_all();
      });
    } catch (const std::system_error&) {
      running_.erase(slot);  // the machine has no thread left: the connection is closed
    }
  }

  void Reap() {
    std::list<Slot> finished;
    {
      const MutexLock lock(mutex_);
      finished.swap(finished_);
    }
    // Joined by their destructors; the threads are at their last instruction.
  }

  Listener listener_;
  const ServerOptions options_;
  const Handler handler_;
  const std::unique_ptr<Clock> clock_ = MakeSystemClock();
  Mutex stop_mutex_;
  Mutex mutex_;
  CondVar changed_;
  std::list<Slot> running_ GUARDED_BY(mutex_);
  std::list<Slot> finished_ GUARDED_BY(mutex_);
  std::jthread accepting_;
};

}  // namespace

Result<std::unique_ptr<Server>> StartBeastServer(const ServerOptions& options, Handler handler) {
  CULVERT_ASSIGN_OR_RETURN(Listener listener, Listener::Open(options.address, options.port));
  return std::make_unique<BeastServer>(std::move(listener), options, std::move(handler));
}

}  // namespace culvert::http
