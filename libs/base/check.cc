// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"

#include "libs/base/broken_invariant.h"

#include <cstdio>

namespace culvert::internal {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  EndBroken();
}

}  // namespace culvert::internal
