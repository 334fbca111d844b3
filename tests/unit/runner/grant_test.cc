// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/grant.h"

#include <gtest/gtest.h>

namespace culvert::runner {
namespace {

// Feature: Download action needs its permission
TEST(GrantTest, ARefusalSaysWhatToGrant) {
  const Error denied = NameGrant(
      PermissionDenied("could not open a download of t: NoPermission").Because("PermissionDenied"),
      "Download", "table p.t");
  EXPECT_EQ(denied.message,
            "could not open a download of t: NoPermission; the key needs Download on table p.t");
  EXPECT_EQ(denied.reason, "PermissionDenied");
}

TEST(GrantTest, OtherErrorsStayAsTheyAre) {
  const Error missing = NotFound("no such table");
  EXPECT_EQ(NameGrant(missing, "Download", "table p.t").message, missing.message);
}

}  // namespace
}  // namespace culvert::runner
