// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

// Clang's thread-safety analysis reads these; other compilers see nothing.
#if defined(__clang__)
#define CULVERT_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define CULVERT_THREAD_ANNOTATION(x)
#endif

#define GUARDED_BY(x) CULVERT_THREAD_ANNOTATION(guarded_by(x))
#define REQUIRES(...) CULVERT_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))

namespace culvert {

/// std::mutex that the analysis understands.
class CULVERT_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void Lock() CULVERT_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void Unlock() CULVERT_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }
  // BasicLockable, for std::condition_variable_any.
  void lock() CULVERT_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void unlock() CULVERT_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class CULVERT_THREAD_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) CULVERT_THREAD_ANNOTATION(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() CULVERT_THREAD_ANNOTATION(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Waits on a Mutex that the caller holds; use with a std::stop_token so that no wait is endless.
using CondVar = std::condition_variable_any;

}  // namespace culvert
