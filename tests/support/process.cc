// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/process.h"

#include "libs/base/mutex.h"
#include "tests/support/poll.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

extern char** environ;

namespace culvert::test {
namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    read_end = ends[0];
    write_end = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    CloseRead();
    CloseWrite();
  }
  void CloseRead() {
    if (read_end >= 0) ::close(std::exchange(read_end, -1));
  }
  void CloseWrite() {
    if (write_end >= 0) ::close(std::exchange(write_end, -1));
  }
};

std::vector<std::string> Environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    if (!added.contains(text.substr(0, text.find('=')))) entries.push_back(text);
  }
  for (const auto& [name, value] : added) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

struct Process::State {
  int pid = -1;
  Pipe in;
  Pipe out;
  Pipe err;
  mutable Mutex mutex;
  CondVar changed;
  std::string out_text GUARDED_BY(mutex);
  std::string err_text GUARDED_BY(mutex);
  std::size_t out_taken GUARDED_BY(mutex) = 0;
  int open_outputs GUARDED_BY(mutex) = 2;
  bool out_ended GUARDED_BY(mutex) = false;
  std::optional<int> exit_code GUARDED_BY(mutex);
  std::jthread out_thread;
  std::jthread err_thread;

  void Drain(int fd, std::string& text, bool is_out) {
    std::array<char, 16 * 1024> piece{};
    while (true) {
      const ssize_t got = ::read(fd, piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      const MutexLock lock(mutex);
      if (got <= 0) {
        --open_outputs;
        out_ended = out_ended || is_out;
        changed.notify_all();
        return;
      }
      text.append(piece.data(), static_cast<std::size_t>(got));
      changed.notify_all();
    }
  }

  // Reaps the child when it has ended.
  bool Reap() REQUIRES(mutex) {
    if (exit_code) return true;
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != pid) return false;
    exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  }
};

Process::Process(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Process>> Process::Start(const ProcessOptions& options) {
  auto state = std::make_unique<State>();
  Pipe failure;  // the child writes its errno here when exec fails; closed by a successful exec
  if (state->in.write_end < 0 || state->out.write_end < 0 || state->err.write_end < 0 ||
      failure.write_end < 0) {
    return Fail(ResourceExhausted("cannot make a pipe"));
  }
  std::vector<std::string> args = options.args;
  std::vector<std::string> env = Environment(options.env);
  const std::vector<char*> argv = Pointers(args);
  const std::vector<char*> envp = Pointers(env);

  const pid_t pid = ::fork();
  if (pid < 0) return Fail(ResourceExhausted("cannot fork"));
  if (pid == 0) {
    // Only calls that are safe after a fork of a program with threads.
    ::dup2(state->in.read_end, STDIN_FILENO);
    ::dup2(state->out.write_end, STDOUT_FILENO);
    ::dup2(state->err.write_end, STDERR_FILENO);
    if (options.working_directory.empty() || ::chdir(options.working_directory.c_str()) == 0) {
      ::execve(argv[0], argv.data(), envp.data());
    }
    const int number = errno;
    [[maybe_unused]] const ssize_t told = ::write(failure.write_end, &number, sizeof(number));
    ::_exit(127);
  }
  failure.CloseWrite();
  state->in.CloseRead();
  state->out.CloseWrite();
  state->err.CloseWrite();
  int number = 0;
  ssize_t told = 0;
  do {
    told = ::read(failure.read_end, &number, sizeof(number));
  } while (told < 0 && errno == EINTR);
  if (told == static_cast<ssize_t>(sizeof(number))) {
    ::waitpid(pid, nullptr, 0);
    std::string message = "cannot start '" + options.args.front() + "': " + std::strerror(number);
    if (number == ENOENT) return Fail(NotFound(std::move(message)));
    return Fail(PermissionDenied(std::move(message)));
  }
  state->pid = pid;
  if (!options.stdin_text.empty()) {
    // Fits the pipe's own buffer, so this does not block.
    [[maybe_unused]] const ssize_t written =
        ::write(state->in.write_end, options.stdin_text.data(), options.stdin_text.size());
  }
  state->in.CloseWrite();
  State* raw = state.get();
  state->out_thread = std::jthread([raw] { raw->Drain(raw->out.read_end, raw->out_text, true); });
  state->err_thread = std::jthread([raw] { raw->Drain(raw->err.read_end, raw->err_text, false); });
  return std::unique_ptr<Process>(new Process(std::move(state)));
}

Process::~Process() {
  {
    const MutexLock lock(state_->mutex);
    if (!state_->Reap()) {
      ::kill(state_->pid, SIGKILL);
      ::waitpid(state_->pid, nullptr, 0);
    }
  }
  // The threads end with the pipes; grandchildren that keep one open would keep them waiting.
  state_->out_thread.join();
  state_->err_thread.join();
}

int Process::pid() const { return state_->pid; }

Result<std::string> Process::ReadLine(std::chrono::milliseconds budget) {
  const auto clock = MakeSystemClock();
  const SteadyTime end = clock->SteadyNow() + budget;
  const MutexLock lock(state_->mutex);
  while (true) {
    const std::size_t newline = state_->out_text.find('\n', state_->out_taken);
    if (newline != std::string::npos) {
      std::string line = state_->out_text.substr(state_->out_taken, newline - state_->out_taken);
      state_->out_taken = newline + 1;
      return line;
    }
    if (state_->out_ended) return Fail(Unavailable("the output has ended"));
    if (state_->changed.wait_until(state_->mutex, end) == std::cv_status::timeout) {
      return Fail(DeadlineExceeded("no line came in time"));
    }
  }
}

std::string Process::stdout_text() const {
  const MutexLock lock(state_->mutex);
  return state_->out_text;
}

std::string Process::stderr_text() const {
  const MutexLock lock(state_->mutex);
  return state_->err_text;
}

void Process::Signal(int number) {
  const MutexLock lock(state_->mutex);
  // Not reaped yet, so the id is still this child's.
  if (!state_->Reap()) ::kill(state_->pid, number);
}

std::optional<int> Process::ExitCode() {
  const MutexLock lock(state_->mutex);
  state_->Reap();
  return state_->exit_code;
}

Result<int> Process::Wait(std::chrono::milliseconds budget) {
  const bool ended = Eventually(budget, [this] {
    const MutexLock lock(state_->mutex);
    return state_->Reap() && state_->open_outputs == 0;
  });
  if (!ended) return Fail(DeadlineExceeded("the process did not end in time"));
  const MutexLock lock(state_->mutex);
  return *state_->exit_code;
}

Result<ProcessOutcome> RunProcess(const ProcessOptions& options, std::chrono::milliseconds budget) {
  CULVERT_ASSIGN_OR_RETURN(const std::unique_ptr<Process> process, Process::Start(options));
  CULVERT_ASSIGN_OR_RETURN(const int code, process->Wait(budget));
  return ProcessOutcome{code, process->stdout_text(), process->stderr_text()};
}

}  // namespace culvert::test
