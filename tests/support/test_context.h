// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/log.h"
#include "libs/base/op_context.h"
#include "tests/support/fake_clock.h"

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

namespace culvert::test {

/// All that an OpContext points at, with the machine's clock and a logger that says nothing:
/// `const RealContext env; thing.Do(env.ctx());`
class RealContext {
 public:
  RealContext() : log_(LogLevel::kError, *clock_, [](std::string_view) {}) {}
  OpContext ctx() const { return {stop_.get_token(), SteadyTime::max(), *clock_, log_}; }
  OpContext ctx(std::chrono::milliseconds budget) const { return ctx().WithTimeout(budget); }
  Clock& clock() const { return *clock_; }
  Logger& log() const { return log_; }
  void Stop() { stop_.request_stop(); }

 private:
  std::unique_ptr<Clock> clock_ = MakeSystemClock();
  mutable Logger log_;
  std::stop_source stop_;
};

/// The same with a fake clock; lines logged at info and above are kept in `log_text()`.
class FakeContext {
 public:
  FakeContext()
      : log_(LogLevel::kInfo, clock_, [this](std::string_view line) { log_text_ += line; }) {}
  OpContext ctx() const { return {stop_.get_token(), SteadyTime::max(), clock_, log_}; }
  FakeClock& clock() const { return clock_; }
  Logger& log() const { return log_; }
  const std::string& log_text() const { return log_text_; }
  void Stop() { stop_.request_stop(); }

 private:
  mutable FakeClock clock_;
  std::string log_text_;
  mutable Logger log_;
  std::stop_source stop_;
};

}  // namespace culvert::test
