// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/progress_view.h"

#include "libs/base/json.h"
#include "runner/rate_window.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

namespace culvert::runner {
namespace {

constexpr std::chrono::milliseconds kBarPause{200};
constexpr std::chrono::milliseconds kJsonPause{1000};
constexpr std::chrono::seconds kRateWindow{5};
constexpr std::size_t kBarCells = 20;
constexpr double kMebibyte = 1024.0 * 1024.0;

template <typename... Values>
std::string Print(const char* format, Values... values) {
  std::array<char, 128> text{};
  const int size = std::snprintf(text.data(), text.size(), format, values...);
  return {text.data(), static_cast<std::size_t>(std::clamp(size, 0, 127))};
}

double SecondsLeft(const ProgressLine& line) {
  if (line.rows_per_second <= 0 || line.rows >= line.rows_total) return 0;
  return static_cast<double>(line.rows_total - line.rows) / line.rows_per_second;
}

std::string Eta(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(std::min(seconds, 359'999.0)));
  if (whole >= 3600) {
    return Print("%llu:%02llu:%02llu", static_cast<unsigned long long>(whole / 3600),
                 static_cast<unsigned long long>(whole / 60 % 60),
                 static_cast<unsigned long long>(whole % 60));
  }
  return Print("%llu:%02llu", static_cast<unsigned long long>(whole / 60),
               static_cast<unsigned long long>(whole % 60));
}

// Rounded, but never 100 before the end.
int Percent(double share) {
  return share >= 1.0 ? 100 : std::min(99, static_cast<int>(std::lround(share * 100.0)));
}

void WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;  // progress is not worth a failure
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::string GroupedDigits(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string BarText(const ProgressLine& line) {
  const double share =
      line.rows_total == 0
          ? 1.0
          : std::min(1.0, static_cast<double>(line.rows) / static_cast<double>(line.rows_total));
  std::string text = line.title + "  [";
  const auto full = static_cast<std::size_t>(share * static_cast<double>(kBarCells));
  for (std::size_t cell = 0; cell < kBarCells; ++cell) text += cell < full ? "█" : "░";
  text += Print("] %3d %%  ", Percent(share));
  text += GroupedDigits(line.rows) + "/" + GroupedDigits(line.rows_total) + " rows";
  text += Print("  %.1f MiB/s", line.bytes_per_second / kMebibyte);
  if (line.rows < line.rows_total && line.rows_per_second > 0) {
    text += "  ETA " + Eta(SecondsLeft(line));
  }
  if (line.dirty > 0) text += "  " + GroupedDigits(line.dirty) + " dirty";
  text += "  " + std::to_string(line.blocks) + "/" + std::to_string(line.blocks_total) + " blocks";
  if (line.partitions > 1) text += " of " + std::to_string(line.partitions) + " partitions";
  return text;
}

std::string JsonText(const ProgressLine& line) {
  return DumpJson({{"progress", line.title},
                   {"rows", line.rows},
                   {"rowsTotal", line.rows_total},
                   {"bytes", line.bytes_raw},
                   {"dirty", line.dirty},
                   {"blocks", line.blocks},
                   {"blocksTotal", line.blocks_total},
                   {"bytesPerSecond", static_cast<std::uint64_t>(line.bytes_per_second)},
                   {"rowsPerSecond", static_cast<std::uint64_t>(line.rows_per_second)},
                   {"etaSeconds", static_cast<std::uint64_t>(std::ceil(SecondsLeft(line)))}});
}

ProgressView::ProgressView(ProgressStyle style, ProgressLine total, const Progress& progress,
                           Clock& clock)
    : style_(style), total_(std::move(total)), progress_(progress), clock_(clock) {
  if (style_ == ProgressStyle::kAuto) {
    style_ = isatty(STDERR_FILENO) != 0 ? ProgressStyle::kBar : ProgressStyle::kJson;
  }
  if (style_ == ProgressStyle::kNone) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { Loop(stop); });
}

ProgressView::~ProgressView() = default;

void ProgressView::Show(const ProgressLine& line, bool last) const {
  std::string text;
  if (style_ == ProgressStyle::kJson) {
    text.append(JsonText(line)).append("\n");
  } else {
    text.append("\r").append(BarText(line)).append(last ? "\x1b[K\n" : "\x1b[K");
  }
  WriteAll(text);
}

void ProgressView::Loop(const std::stop_token& stop) {
  RateWindow window(kRateWindow, clock_.SteadyNow());
  const auto pause = style_ == ProgressStyle::kJson ? kJsonPause : kBarPause;
  for (bool last = false; !last;) {
    last = !clock_.SleepUntil(clock_.SteadyNow() + pause, stop);
    ProgressLine line = total_;
    line.rows = progress_.rows;
    line.bytes_raw = progress_.bytes_raw;
    line.dirty = progress_.dirty;
    line.blocks = progress_.blocks;
    const SteadyTime now = clock_.SteadyNow();
    const RateWindow::Rates recent = window.Sample(now, line.rows, line.bytes_raw);
    const RateWindow::Rates rates = last ? window.Overall(now, line.rows, line.bytes_raw) : recent;
    line.rows_per_second = rates.rows_per_second;
    line.bytes_per_second = rates.bytes_per_second;
    Show(line, last);
  }
}

}  // namespace culvert::runner
