// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/unit/emulator/sql/world.h"

#include <initializer_list>
#include <string_view>

namespace culvert::emulator::sql {

/// An expression and how its value is shown.
struct FunctionCase {
  std::string_view expression;
  std::string_view value;
};

inline void ExpectValues(World& world, std::initializer_list<FunctionCase> cases) {
  for (const FunctionCase& one : cases) {
    EXPECT_EQ(world.Value(one.expression), one.value) << one.expression;
  }
}

}  // namespace culvert::emulator::sql
