// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "plugin/status_text.h"

#include "libs/base/count_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "plugin/text.h"

namespace culvert::plugin {
namespace {

constexpr std::size_t kJobCells = 20;
constexpr std::size_t kShardCells = 10;
constexpr std::size_t kStateWidth = 9;  // "Succeeded", "Suspended"
constexpr std::size_t kMessageBytesMax = 160;

Colour ColourOf(State state) {
  switch (state) {
    case State::kSucceeded:
      return Colour::kGreen;
    case State::kFailed:
      return Colour::kRed;
    case State::kRunning:
      return Colour::kCyan;
    case State::kPending:
    case State::kSuspended:
      return Colour::kYellow;
    case State::kWaiting:
      return Colour::kDim;
  }
  return Colour::kPlain;
}

Colour ColourOf(const RunView& run) {
  if (syncjob::IsTrue(run.status.conditions, syncjob::kSucceeded)) return Colour::kGreen;
  if (HasFailed(run)) return Colour::kRed;
  if (syncjob::IsTrue(run.status.conditions, syncjob::kSuspended) || run.suspended) {
    return Colour::kYellow;
  }
  return Colour::kCyan;
}

std::string ProgressLine(const syncjob::ProgressStatus& progress) {
  std::string line = Bar(progress.rows, progress.rows_total, kJobCells) + "  " +
                     GroupedDigits(progress.rows) + "/" + GroupedDigits(progress.rows_total) +
                     " rows";
  if (progress.bytes_per_second > 0) line += "  " + ByteRate(progress.bytes_per_second);
  if (progress.eta_seconds > 0) {
    line += "  ETA " + Duration(static_cast<std::int64_t>(progress.eta_seconds));
  }
  return line;
}

std::string ReportLine(const syncjob::ReportStatus& report) {
  std::string line = Counted(report.rows_written, "row") + " in " +
                     Duration(static_cast<std::int64_t>(report.seconds));
  if (report.rows_dirty > 0) line += ", " + GroupedDigits(report.rows_dirty) + " dirty";
  if (report.rows_filtered > 0) line += ", " + GroupedDigits(report.rows_filtered) + " filtered";
  if (report.committed_partitions_total > 0) {
    line += ", " + GroupedDigits(report.committed_partitions_total) + " committed";
  }
  if (!report.verified.empty()) line += ", verified by " + report.verified;
  if (!report.bottleneck.empty()) line += ", bottleneck " + report.bottleneck;
  return line;
}

/// What happened to a shard or to the pod of a step, in one line; empty when nothing needs words.
std::string Trouble(const ShardView& shard) {
  std::string text = shard.reason;
  if (!shard.message.empty()) {
    text += (text.empty() ? "" : ": ") + OneLine(shard.message, kMessageBytesMax);
  }
  if (shard.exit_code && *shard.exit_code != 0) {
    text += (text.empty() ? "exit code " : " (exit code ") + std::to_string(*shard.exit_code) +
            (text.empty() ? "" : ")");
  }
  if (shard.failed_pods > 1) {
    text += (text.empty() ? "" : ", ") + Counted(shard.failed_pods, "failed pod");
  }
  return text;
}

class Tree {
 public:
  Tree(const RunView& run, const TextStyle& style)
      : run_(run), style_(style), paint_(style.colours) {}

  std::string Text() {
    Head();
    for (std::size_t i = 0; i < run_.steps.size(); ++i) {
      Step(run_.steps[i], i + 1 == run_.steps.size());
    }
    return std::move(text_);
  }

 private:
  void Line(const std::string& prefix, const std::string& rest) {
    std::string line = prefix + rest;
    while (line.ends_with(' ')) line.pop_back();
    text_ += line + "\n";
  }

  void Head() {
    const syncjob::SyncJobStatus& status = run_.status;
    std::string line =
        paint_(Colour::kBold, run_.name) + "  " + paint_(ColourOf(run_), SummaryOf(run_));
    if (status.attempt > 0) line += "  attempt " + std::to_string(status.attempt);
    line += "  " + run_.source + " → " + run_.target + "  age " + Duration(run_.age_seconds);
    if (run_.suspended) line += "  " + paint_(Colour::kYellow, "suspended");
    Line("", line);
    const syncjob::Condition* const summary =
        syncjob::FindCondition(status.conditions, syncjob::kSucceeded);
    const bool succeeded = syncjob::IsTrue(status.conditions, syncjob::kSucceeded);
    if (succeeded && status.report) {
      Line("  ", ReportLine(*status.report));
    } else if (status.progress && status.progress->rows_total > 0) {
      Line("  ", ProgressLine(*status.progress));
    }
    if (!succeeded && summary != nullptr && !summary->message.empty()) {
      Line("  ", OneLine(summary->message, 2 * kMessageBytesMax));
    }
    if (HasFailed(run_)) {
      Line("  ", paint_(Colour::kDim, "more: kubectl culvert explain-failure " + run_.name));
    }
  }

  void Step(const StepView& step, bool last) {
    std::string line = Padded(step.name, 9) + "  " +
                       paint_(ColourOf(step.state), Padded(StateName(step.state), kStateWidth));
    line += "  " + (step.seconds ? Padded(Duration(*step.seconds), 6) : std::string(6, ' '));
    if (step.shards_total > 0) {
      line += "  " + std::to_string(step.shards_done) + "/" + Counted(step.shards_total, "shard");
    } else if (!step.shards.empty()) {
      line += "  " + PodText(step.shards.front());
    }
    Line(last ? "└─ " : "├─ ", line);
    if (style_.shards && step.shards_total > 0 && !step.job.empty()) {
      Shards(step, last ? "   " : "│  ");
    }
  }

  /// What a pod does now, or why it does not.
  std::string PodText(const ShardView& pod) const {
    switch (pod.state) {
      case State::kRunning:
        return Live(pod) + After(pod);
      case State::kSucceeded:
        return pod.rows_total > 0 ? Counted(pod.rows_total, "row") : std::string();
      case State::kFailed:
        return paint_(Colour::kRed, Trouble(pod));
      default:
        return paint_(Colour::kYellow, Trouble(pod));
    }
  }

  static std::string Live(const ShardView& pod) {
    if (pod.rows_total == 0) return {};
    std::string text = Bar(pod.rows, pod.rows_total, kShardCells) + "  " + GroupedDigits(pod.rows) +
                       "/" + GroupedDigits(pod.rows_total) + " rows";
    if (pod.rows_per_second > 0) text += "  " + GroupedDigits(pod.rows_per_second) + " rows/s";
    return text;
  }
  std::string After(const ShardView& pod) const {
    if (pod.failed_pods == 0) return {};
    return (pod.rows_total == 0 ? "" : "  ") +
           paint_(Colour::kYellow, "after " + Counted(pod.failed_pods, "failed pod"));
  }

  /// Those that need a look first: failed, then not running with a reason, running, waiting, done.
  static int Rank(const ShardView& shard) {
    if (shard.state == State::kFailed) return 0;
    if (shard.state == State::kSucceeded) return 4;
    if (!shard.reason.empty()) return 1;
    return shard.state == State::kRunning ? 2 : 3;
  }

  void Shards(const StepView& step, const std::string& indent) {
    std::vector<const ShardView*> shown;
    shown.reserve(step.shards.size());
    for (const ShardView& shard : step.shards) shown.push_back(&shard);
    if (style_.shards_max > 0 && shown.size() > style_.shards_max) {
      std::ranges::stable_sort(shown, {}, [](const ShardView* shard) { return Rank(*shard); });
      shown.resize(style_.shards_max);
      std::ranges::sort(shown, {}, [](const ShardView* shard) { return shard->shard; });
    }
    const std::size_t hidden = step.shards.size() - shown.size();
    const std::size_t width = std::to_string(step.shards.back().shard).size();
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const bool last = hidden == 0 && i + 1 == shown.size();
      const ShardView& shard = *shown[i];
      const std::string number = std::to_string(shard.shard);
      Line(indent + (last ? "└─ " : "├─ "),
           "shard " + std::string(width - std::min(width, number.size()), ' ') + number + "  " +
               paint_(ColourOf(shard.state), Padded(StateName(shard.state), kStateWidth)) + "  " +
               PodText(shard));
    }
    if (hidden > 0) {
      Line(indent + "└─ ", paint_(Colour::kDim, "and " + Counted(hidden, "more shard") +
                                                    "; --all-shards shows them"));
    }
  }

  const RunView& run_;
  const TextStyle& style_;
  const Painter paint_;
  std::string text_;
};

}  // namespace

std::string StatusText(const RunView& run, const TextStyle& style) {
  return Tree(run, style).Text();
}

}  // namespace culvert::plugin
