// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/internal/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace culvert::http::internal {
namespace {

std::string ErrnoText(int number) { return std::generic_category().message(number); }

Error Broken(std::string_view action, int number) {
  if (number == EAGAIN || number == EWOULDBLOCK) {
    return DeadlineExceeded("the peer was idle for too long");
  }
  return Unavailable("cannot " + std::string(action) + " the connection: " + ErrnoText(number));
}

Error ListenError(const std::string& address, std::uint16_t port, int number) {
  std::string message =
      "cannot listen on " + address + " port " + std::to_string(port) + ": " + ErrnoText(number);
  switch (number) {
    case EACCES:
      return PermissionDenied(std::move(message));
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return FailedPrecondition(std::move(message));
    default:
      return Internal(std::move(message));
  }
}

template <typename T>
void SetOption(int fd, int level, int name, const T& value) {
  // Cannot fail for a live socket and these options; a failure would show in the next read.
  ::setsockopt(fd, level, name, &value, sizeof(value));
}

// An address of either family with its length.
struct Endpoint {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Result<Endpoint> MakeEndpoint(const std::string& address, std::uint16_t port) {
  Endpoint endpoint;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&endpoint.storage, &v4, sizeof(v4));
    endpoint.size = sizeof(v4);
    return endpoint;
  }
  if (::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&endpoint.storage, &v6, sizeof(v6));
    endpoint.size = sizeof(v6);
    return endpoint;
  }
  return Fail(InvalidArgument("'" + address + "' is not an IPv4 or IPv6 address"));
}

}  // namespace

Socket::~Socket() { Close(); }

void Socket::SetTimeout(std::chrono::seconds timeout) const {
  timeval limit{};
  limit.tv_sec = static_cast<decltype(limit.tv_sec)>(timeout.count());
  SetOption(fd_, SOL_SOCKET, SO_RCVTIMEO, limit);
  SetOption(fd_, SOL_SOCKET, SO_SNDTIMEO, limit);
}

void Socket::SetNoDelay() const { SetOption(fd_, IPPROTO_TCP, TCP_NODELAY, 1); }

Result<std::size_t> Socket::Read(std::span<std::byte> room) const {
  while (true) {
    if (fd_ < 0) return Fail(Unavailable("the connection is closed"));
    const ssize_t got = ::recv(fd_, room.data(), room.size(), 0);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return Fail(Broken("read from", errno));
  }
}

Status Socket::WriteAll(std::span<iovec> parts) const {
  while (!parts.empty()) {
    if (fd_ < 0) return Fail(Unavailable("the connection is closed"));
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return Fail(Broken("write to", errno));
    auto left = static_cast<std::size_t>(sent);
    while (!parts.empty() && left >= parts.front().iov_len) {
      left -= parts.front().iov_len;
      parts = parts.subspan(1);
    }
    if (left > 0) {
      iovec& part = parts.front();
      part.iov_base = static_cast<std::byte*>(part.iov_base) + left;
      part.iov_len -= left;
    }
  }
  return {};
}

Status Socket::WriteAll(std::string_view text) const {
  // iovec has no const form; sendmsg only reads.
  iovec part{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  return WriteAll(std::span(&part, 1));
}

void Socket::FinishWriting() const {
  if (fd_ >= 0) ::shutdown(fd_, SHUT_WR);
}

void Socket::Shutdown() {
  const MutexLock lock(mutex_);
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

void Socket::Close() {
  const MutexLock lock(mutex_);
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Socket::CloseWithReset() {
  if (fd_ < 0) return;
  SetOption(fd_, SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0});
  Close();
}

Result<Listener> Listener::Open(const std::string& address, std::uint16_t port) {
  constexpr int kBacklog = 1024;
  CULVERT_ASSIGN_OR_RETURN(Endpoint endpoint, MakeEndpoint(address, port));
  const int fd = ::socket(endpoint.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(ListenError(address, port, errno));
  Listener listener(fd, port);
  SetOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(fd, endpoint.get(), endpoint.size) != 0 || ::listen(fd, kBacklog) != 0) {
    return Fail(ListenError(address, port, errno));
  }
  Endpoint bound;
  bound.size = sizeof(bound.storage);
  if (::getsockname(fd, bound.get(), &bound.size) != 0) {
    return Fail(ListenError(address, port, errno));
  }
  // The port is at the same place in both families.
  sockaddr_in view{};
  std::memcpy(&view, &bound.storage, sizeof(view));
  listener.port_ = ntohs(view.sin_port);
  return listener;
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), port_(other.port_) {}

Listener::~Listener() {
  if (fd_ >= 0) ::close(fd_);
}

Result<int> Listener::Accept() const {
  while (true) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) return fd;
    switch (errno) {
      case EINVAL:
      case EBADF:
        return Fail(Cancelled("the listener is shut down"));
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        return Fail(ResourceExhausted("cannot accept a connection: " + ErrnoText(errno)));
      default:
        break;  // the peer gave up while it waited in the queue, or a signal: on to the next one
    }
  }
}

void Listener::Shutdown() const { ::shutdown(fd_, SHUT_RDWR); }

}  // namespace culvert::http::internal
