// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/wire/bits.h"

namespace culvert::maxcompute::wire::internal {

Bits DetectBits() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  // AMD before Zen 3 has the instructions, at hundreds of cycles each.
  const bool microcoded =
      __builtin_cpu_is("bdver4") || __builtin_cpu_is("znver1") || __builtin_cpu_is("znver2");
  if (__builtin_cpu_supports("bmi2") && !microcoded) return Bits::kBmi2;
#endif
  return Bits::kPortable;
}

}  // namespace culvert::maxcompute::wire::internal
