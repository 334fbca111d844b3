// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/tunnel.h"

#include "libs/maxcompute/internal/session_json.h"

#include <gtest/gtest.h>

namespace culvert::maxcompute {
namespace {

TEST(TunnelTest, NamesOfUploadStatusesReadBack) {
  for (const UploadStatus status :
       {UploadStatus::kUnknown, UploadStatus::kNormal, UploadStatus::kClosing,
        UploadStatus::kClosed, UploadStatus::kCanceled, UploadStatus::kExpired,
        UploadStatus::kCritical, UploadStatus::kCommitting}) {
    EXPECT_EQ(internal::UploadStatusFromName(UploadStatusName(status)), status);
  }
  EXPECT_EQ(UploadStatusName(UploadStatus::kNormal), "NORMAL");
}

}  // namespace
}  // namespace culvert::maxcompute
