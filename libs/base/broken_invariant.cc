// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/broken_invariant.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace culvert {
namespace {

std::atomic<int> exit_code_of_broken = 0;  // 0: abort

}  // namespace

void ExitOnBrokenInvariant(int code) {
  exit_code_of_broken = code;
  std::set_terminate([] {
    std::fputs("broken invariant: an exception that nothing caught\n", stderr);
    internal::EndBroken();
  });
}

namespace internal {

void EndBroken() {
  const int code = exit_code_of_broken;
  if (code != 0) _exit(code);
  std::abort();
}

}  // namespace internal
}  // namespace culvert
