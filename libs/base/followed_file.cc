// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/followed_file.h"

#include "libs/base/file.h"
#include "libs/base/log.h"

#include <chrono>
#include <cstddef>
#include <utility>

namespace culvert {
namespace {

constexpr std::size_t kFollowedBytesMax = 4096;
constexpr std::chrono::seconds kLookPause{2};

}  // namespace

void FollowedFile::Poll(const OpContext& ctx) {
  auto text = ReadWholeFile(path_, kFollowedBytesMax);
  if (!text) return Complain(ctx, text.error().message);
  if (text_ == *text) return;
  text_ = *std::move(text);
  const Status taken = take_(ctx, *text_);
  if (!taken) return Complain(ctx, taken.error().message);
  told_.clear();
}

void FollowedFile::Complain(const OpContext& ctx, const std::string& what) {
  if (told_ == what) return;
  told_ = what;
  ctx.log.Warn(complaint_, {{"file", path_}, {"error", what}});
}

void FollowedFile::Run(const OpContext& ctx) {
  while (ctx.clock.SleepUntil(ctx.clock.SteadyNow() + kLookPause, ctx.stop)) Poll(ctx);
}

FileFollower::FileFollower(const OpContext& ctx, FollowedFile file) : file_(std::move(file)) {
  if (file_.path().empty()) return;
  file_.Poll(ctx);
  thread_ = std::jthread([this, ctx](const std::stop_token& stop) {
    OpContext inner = ctx;
    inner.stop = stop;
    file_.Run(inner);
  });
}

}  // namespace culvert
