// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/object_name.h"

#include <gtest/gtest.h>

namespace culvert::convert {
namespace {

TEST(ObjectNameTest, MakesNamesThatKubernetesTakes) {
  EXPECT_EQ(ObjectName("odps_first"), "odps-first");
  EXPECT_EQ(ObjectName("Sales.PROD"), "sales-prod");
  EXPECT_EQ(ObjectName("__a__b__"), "a-b");
  EXPECT_EQ(ObjectName("\xE4\xB8\xAD"), "");
  EXPECT_EQ(ObjectName(std::string(80, 'a')), std::string(63, 'a'));
  EXPECT_EQ(ObjectName(std::string(62, 'a') + "_b"), std::string(62, 'a'));
}

}  // namespace
}  // namespace culvert::convert
