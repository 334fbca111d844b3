// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/decision.h"
#include "operator/observed.h"
#include "operator/policy.h"
#include "tests/model/shape.h"
#include "tests/model/state.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace culvert::control::model {

/// Decide, or one that is broken on purpose.
using Judge = std::function<Decision(const Observed& see, const Policy& policy, WallTime now)>;

/// One pass of the operator over the run, carried out by the real Actor.
struct Pass {
  std::vector<ModelClient::Call> calls = {};  // requests, in order
  std::vector<Api> after = {};                // behind each write, in order
  Api end = {};
  bool again = false;  // it wants another look by itself, or failed
  std::string crime = {};
};

/// What goes wrong in a pass.
struct Mishap {
  enum Kind : std::uint8_t {
    kNone,
    kNotDone,     // the request never arrives, and the client is told so
    kNoAnswer,    // it is carried out, its answer is lost
    kForbidden,   // it is refused for good: rights, quota
    kOtherFirst,  // just before it another operator makes a whole pass
  };
  Kind kind = kNone;
  std::size_t call = 0;  // which request
};

/// Passes of the operator. Each of them depends on what the caches show, what the API server holds
/// and the time alone, and is made once.
class Operator {
 public:
  Operator(Catalogue& catalogue, const Shape& shape, Judge judge)
      : catalogue_(catalogue), shape_(shape), judge_(std::move(judge)) {}

  const Pass& Look(const Objects& view, const Api& api, std::uint8_t tick,
                   const Mishap& mishap = {});
  /// Adds the pass without mishap, and as far as the state allows with each mishap there is. The
  /// answer: whether the operator looks again by itself.
  bool AddSteps(const State& state, std::vector<Step>& steps);

 private:
  Pass Make(const Objects& view, const Api& api, std::uint8_t tick, const Mishap& mishap);
  Observed See(const Objects& view) const;

  Catalogue& catalogue_;
  const Shape& shape_;
  const Judge judge_;
  std::unordered_map<std::string, std::unique_ptr<const Pass>> known_;
};

/// Short, so that a run ends: few retries, few attempts.
Policy ModelPolicy();

}  // namespace culvert::control::model
