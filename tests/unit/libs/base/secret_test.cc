// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/secret.h"

#include "libs/base/log.h"

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace culvert {
namespace {

template <typename T>
concept Printable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Printable<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);
static_assert(!std::equality_comparable<Secret>);
static_assert(!std::is_constructible_v<LogField, std::string_view, Secret>);

TEST(SecretTest, KeepsItsValueOverCopiesAndMoves) {
  Secret secret("hidden");
  const Secret copy = secret;
  Secret moved = std::move(secret);
  EXPECT_EQ(copy.Reveal(), "hidden");
  EXPECT_EQ(moved.Reveal(), "hidden");
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): the promise under test
}

TEST(SecretTest, AssignmentReplacesTheValue) {
  Secret secret("a rather long value that is not stored inside the string object");
  secret = Secret("new");
  EXPECT_EQ(secret.Reveal(), "new");
  const Secret other("other");
  secret = other;
  EXPECT_EQ(secret.Reveal(), "other");
}

TEST(SecretTest, AMovedFromSecretKeepsNoBytes) {
  Secret secret("hidden");
  const char* bytes = secret.Reveal().data();
  const Secret moved = std::move(secret);
  EXPECT_EQ(std::string_view(bytes, 6), std::string_view("\0\0\0\0\0\0", 6));
}

TEST(SecretTest, ShowsTheEndsOfAKeyIdOnly) {
  EXPECT_EQ(RedactedKeyId("AKCA12345678"), "AKCA…78");
  EXPECT_EQ(RedactedKeyId("short"), "…");
  EXPECT_EQ(RedactedKeyId(""), "…");
}

}  // namespace
}  // namespace culvert
