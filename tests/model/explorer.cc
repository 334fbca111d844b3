// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/model/explorer.h"

#include "tests/model/cluster.h"
#include "tests/model/invariants.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

namespace culvert::control::model {
namespace {

using Number = std::uint32_t;
constexpr Number kNobody = std::numeric_limits<Number>::max();
constexpr std::uint8_t kTicksMax = 16;  // longer than the longest run

class Exploration {
 public:
  Exploration(const Shape& shape, const Judge& judge, std::size_t states_max)
      : shape_(shape), operator_(catalogue_, shape_, judge), states_max_(states_max) {}

  Findings Run() {
    Reach(Begin(), kNobody, 0);
    for (Number at = 0; at < nodes_.size() && found_.crime.empty(); ++at) {
      if (nodes_.size() > states_max_) break;
      Look(at);
    }
    found_.states = nodes_.size();
    found_.whole = found_.crime.empty() && nodes_.size() <= states_max_;
    if (found_.whole) FindCircle();
    return std::move(found_);
  }

 private:
  struct Node {
    State state;
    Number from = kNobody;
    Number depth = 0;
    std::vector<Number> goes_on = {};  // by steps that are not adverse
  };

  State Begin() {
    State state;
    state.faults = shape_.faults;
    state.wishes = shape_.wishes;
    catalogue_.Put(state.api.objects, kRunPath, RunDocument(shape_));
    if (shape_.rival) catalogue_.Put(state.api.objects, kRivalPath, RivalDocument());
    return state;
  }

  std::vector<Step> StepsOf(const State& state, std::string& crime) {
    std::vector<Step> steps;
    AddClusterSteps(catalogue_, shape_, state, steps);
    AddWishes(catalogue_, shape_, state, steps);
    AddTime(state, steps);
    const bool again = operator_.AddSteps(state, steps);
    if (std::ranges::any_of(steps, [](const Step& step) { return !step.adverse; })) return steps;
    if (!again) {
      ++found_.ends;
      crime = CrimeOfEnd(catalogue_, state);
    } else if (state.tick >= kTicksMax) {
      crime = "the run does not come to an end";
    } else {
      State next = state;
      ++next.tick;
      steps.push_back({.what = "an hour passes", .next = std::move(next)});
    }
    return steps;
  }

  /// Caches that fall behind, and time that passes in the midst of things.
  void AddTime(const State& state, std::vector<Step>& steps) {
    if (state.frozen != 0) {
      State next = state;
      next.frozen = 0;
      next.seen.clear();
      steps.push_back({.what = "the caches catch up", .next = std::move(next)});
    }
    if (state.faults == 0) return;
    State later = state;
    --later.faults;
    ++later.tick;
    if (later.tick < kTicksMax) {
      steps.push_back({.what = "an hour passes unused", .adverse = true, .next = std::move(later)});
    }
    if (state.frozen != 0) return;
    static constexpr const char* kNames[kKinds] = {"SyncJobs", "Jobs", "pods", "records", "claims"};
    for (unsigned kind = 0; kind <= kKinds; ++kind) {
      State next = state;
      --next.faults;
      next.frozen = kind == kKinds ? kAllKinds : static_cast<std::uint8_t>(1U << kind);
      for (const Id id : state.api.objects) {
        if ((next.frozen & BitOf(catalogue_.Of(id).kind)) != 0) next.seen.push_back(id);
      }
      steps.push_back({.what = std::string("the cache of ") +
                               (kind == kKinds ? "everything" : kNames[kind]) + " stays behind",
                       .adverse = true,
                       .next = std::move(next)});
    }
  }

  void Look(Number at) {
    const State state = nodes_[at].state;
    std::string crime = CrimeOfState(catalogue_, shape_, state);
    std::vector<Step> steps;
    if (crime.empty()) steps = StepsOf(state, crime);
    if (!crime.empty()) {
      Tell(at, std::move(crime), "");
      return;
    }
    for (Step& step : steps) {
      if (!step.crime.empty()) {
        Tell(at, std::move(step.crime), step.what);
        return;
      }
      ++found_.transitions;
      const Number to = Reach(std::move(step.next), at, nodes_[at].depth + 1);
      // Caches that stay behind are adverse as long as it lasts.
      if (!step.adverse && to != at && state.frozen == 0) nodes_[at].goes_on.push_back(to);
    }
  }

  Number Reach(State state, Number from, Number depth) {
    const auto next = static_cast<Number>(nodes_.size());
    const auto [found, added] = numbers_.try_emplace(KeyOf(state), next);
    if (added) {
      nodes_.push_back({.state = std::move(state), .from = from, .depth = depth});
      found_.depth = std::max<std::size_t>(found_.depth, depth);
    }
    return found->second;
  }

  /// What led from one state to another: the states are kept, their steps are not.
  std::string Between(Number from, Number to) {
    std::string crime;
    for (const Step& step : StepsOf(nodes_[from].state, crime)) {
      if (step.next == nodes_[to].state) return step.what;
    }
    return "?";
  }

  void Tell(Number at, std::string crime, const std::string& last) {
    found_.crime = std::move(crime);
    for (Number to = at; nodes_[to].from != kNobody; to = nodes_[to].from) {
      found_.trace.push_back(Between(nodes_[to].from, to));
    }
    std::ranges::reverse(found_.trace);
    if (!last.empty()) found_.trace.push_back(last);
  }

  /// Without adverse steps no way leads back to where it began: else the operator might be at work
  /// for ever.
  void FindCircle() {
    enum Colour : std::uint8_t { kNew, kOpen, kDone };
    std::vector<std::uint8_t> colours(nodes_.size(), kNew);
    std::vector<std::pair<Number, std::size_t>> way;
    for (Number root = 0; root < nodes_.size(); ++root) {
      if (colours[root] != kNew) continue;
      way.emplace_back(root, 0);
      colours[root] = kOpen;
      while (!way.empty()) {
        auto& [at, place] = way.back();
        if (place == nodes_[at].goes_on.size()) {
          colours[at] = kDone;
          way.pop_back();
          continue;
        }
        const Number to = nodes_[at].goes_on[place++];
        if (colours[to] == kOpen) {
          TellCircle(way, to);
          return;
        }
        if (colours[to] == kDone) continue;
        colours[to] = kOpen;
        way.emplace_back(to, 0);
      }
    }
  }
  void TellCircle(const std::vector<std::pair<Number, std::size_t>>& way, Number back) {
    Tell(back, "the run goes round in circles though nothing adverse happens", "");
    found_.trace.emplace_back("-- from here on, again and again:");
    auto begin = std::ranges::find(way, back, [](const auto& one) { return one.first; });
    for (; begin + 1 != way.end(); ++begin) {
      found_.trace.push_back(Between(begin->first, (begin + 1)->first));
    }
    found_.trace.push_back(Between(way.back().first, back));
  }

  const Shape shape_;
  Catalogue catalogue_;
  Operator operator_;
  const std::size_t states_max_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, Number> numbers_;
  Findings found_;
};

}  // namespace

std::string Findings::Text() const {
  std::string text = std::to_string(states) + " states, " + std::to_string(transitions) +
                     " transitions, depth " + std::to_string(depth) + ", " + std::to_string(ends) +
                     " ends" + (whole ? "" : ", not all of it");
  if (crime.empty()) return text;
  text += "\n" + crime + ", after:";
  for (std::size_t i = 0; i < trace.size(); ++i) {
    text += "\n  " + std::to_string(i + 1) + ". " + trace[i];
  }
  return text;
}

Findings Explore(const Shape& shape, const Judge& judge, std::size_t states_max) {
  return Exploration(shape, judge, states_max).Run();
}

}  // namespace culvert::control::model
