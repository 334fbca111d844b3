// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/signals.h"

#include "libs/base/check.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>

namespace culvert {
namespace {
constexpr int kCancelledExit = 143;
}  // namespace

Signals::Signals() {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  // A peer that goes away or a file that may not grow is an error of its call, not the end of this
  // process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const int signals = signalfd(-1, &watched, SFD_CLOEXEC);
  end_ = eventfd(0, EFD_CLOEXEC);
  CULVERT_CHECK(signals >= 0 && end_ >= 0);
  watcher_ = std::jthread([this, signals] { Watch(signals, end_); });
}

Signals::~Signals() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(end_, &one, sizeof one);
  watcher_.join();
  close(end_);
}

void Signals::Watch(int signals, int end) {
  std::array<pollfd, 2> waits = {pollfd{.fd = signals, .events = POLLIN, .revents = 0},
                                 pollfd{.fd = end, .events = POLLIN, .revents = 0}};
  for (;;) {
    if (poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[1].revents != 0) break;
    if (waits[0].revents == 0) continue;
    signalfd_siginfo info{};
    if (read(signals, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    if (!stop_.request_stop()) _exit(kCancelledExit);
  }
  close(signals);
}

void ProtectMemory() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace culvert
