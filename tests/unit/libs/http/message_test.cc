// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/message.h"

#include <gtest/gtest.h>

namespace culvert::http {
namespace {

TEST(HeadersTest, FindsNamesWhateverTheirCase) {
  Headers headers;
  headers.Add("Content-Type", "text/plain");
  headers.Add("content-type", "second");
  EXPECT_EQ(headers.Get("CONTENT-TYPE"), "text/plain");
  EXPECT_EQ(headers.Get("Content"), std::nullopt);
  EXPECT_EQ(headers.all().size(), 2U);
}

TEST(HeadersTest, SetReplacesAllOfAName) {
  Headers headers;
  headers.Add("A", "1");
  headers.Add("B", "2");
  headers.Add("a", "3");
  headers.Set("A", "4");
  EXPECT_EQ(headers.Get("a"), "4");
  EXPECT_EQ(headers.all().size(), 2U);
}

TEST(HeadersTest, KeepsTheOrderAndTheSpelling) {
  Headers headers;
  headers.Add("X-One", "1");
  headers.Add("x-two", "2");
  EXPECT_EQ(headers.all()[0].first, "X-One");
  EXPECT_EQ(headers.all()[1].first, "x-two");
}

}  // namespace
}  // namespace culvert::http
