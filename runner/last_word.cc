// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/last_word.h"

#include "libs/syncjob/report.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace culvert::runner {

void LastWord::Committed(std::size_t session) {
  const MutexLock lock(mutex_);
  committed_.insert(session);
}

void LastWord::Failed(const Error& error) {
  message_.shard.reset();
  // Whatever postSql was to do, the rows are committed, and the report says which.
  if (error.reason != "PostSqlFailed") message_.run.reset();
  message_.plan.reset();
  message_.exit_code = static_cast<int>(syncjob::ExitCodeFor(error));
  message_.reason = error.reason.empty() ? std::string(ErrorCodeName(error.code)) : error.reason;
  message_.message = ToString(error);
  const MutexLock lock(mutex_);
  message_.committed = committed_.size();
}

Status WriteLastWord(const std::string& path, const syncjob::StepMessage& message) {
  const auto failed = [&path] {
    return Fail(
        ResourceExhausted("cannot write the pod's message to " + path).Because("LocalPressure"));
  };
  const std::string text = syncjob::StepMessageToJson(message);
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return failed();
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = write(fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  const bool closed = close(fd) == 0;
  if (!rest.empty() || !closed) return failed();
  return {};
}

}  // namespace culvert::runner
