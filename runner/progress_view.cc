// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/progress_view.h"

#include "libs/base/count_text.h"
#include "libs/base/json.h"
#include "runner/rate_window.h"
#include "runner/terminal.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

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

// Columns that a text takes: one a character, as none of ours is wide.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The first `columns` characters of a text.
std::string_view Cut(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  while (at < text.size() && Width(text.substr(0, at + 1)) <= columns) ++at;
  return text.substr(0, at);
}

std::string BarCells(double share) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(kBarCells));
  std::string text = "[";
  for (std::size_t cell = 0; cell < kBarCells; ++cell) text += cell < full ? "█" : "░";
  return text + "] ";
}

}  // namespace

std::string BarText(const ProgressLine& line, std::size_t columns) {
  const double share =
      line.rows_total == 0
          ? 1.0
          : std::min(1.0, static_cast<double>(line.rows) / static_cast<double>(line.rows_total));
  const bool leaving = line.rows < line.rows_total && line.rows_per_second > 0;
  struct Part {
    std::string text;
    int weight;  // the lightest part gives way first
  };
  std::vector<Part> parts = {
      {.text = line.title + "  ", .weight = 3},
      {.text = BarCells(share), .weight = 4},
      {.text = Print("%3d %%", Percent(share)), .weight = 9},
      {.text = "  " + GroupedDigits(line.rows) + "/" + GroupedDigits(line.rows_total) + " rows",
       .weight = 8},
      {.text = Print("  %.1f MiB/s", line.bytes_per_second / kMebibyte), .weight = 5},
      {.text = leaving ? "  ETA " + Eta(SecondsLeft(line)) : "", .weight = 7},
      {.text = line.dirty > 0 ? "  " + GroupedDigits(line.dirty) + " dirty" : "", .weight = 6},
      {.text =
           "  " + std::to_string(line.blocks) + "/" + std::to_string(line.blocks_total) + " blocks",
       .weight = 2},
      {.text = line.partitions > 1 ? " of " + std::to_string(line.partitions) + " partitions" : "",
       .weight = 1}};
  std::size_t width = 0;
  for (const Part& part : parts) width += Width(part.text);
  while (width > columns && parts.size() > 1) {
    const auto lightest = std::ranges::min_element(parts, {}, &Part::weight);
    width -= Width(lightest->text);
    parts.erase(lightest);
  }
  std::string text;
  for (const Part& part : parts) text += part.text;
  return std::string(Cut(text, columns));
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
    : style_(style), begin_(std::move(total)), progress_(progress), clock_(clock) {
  begin_.rows = progress.rows;
  begin_.bytes_raw = progress.bytes_raw;
  if (style_ == ProgressStyle::kAuto) {
    style_ = IsTerminal(STDERR_FILENO) ? ProgressStyle::kBar : ProgressStyle::kJson;
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
    // The last column stays free: some terminals wrap as soon as it is written.
    const std::size_t columns = TerminalColumns(STDERR_FILENO) - 1;
    text.append("\r").append(BarText(line, columns)).append(last ? "\x1b[K\n" : "\x1b[K");
  }
  WriteText(STDERR_FILENO, text);
}

void ProgressView::Loop(const std::stop_token& stop) {
  RateWindow window(kRateWindow, clock_.SteadyNow(),
                    {.rows = begin_.rows, .bytes = begin_.bytes_raw});
  const auto pause = style_ == ProgressStyle::kJson ? kJsonPause : kBarPause;
  for (bool last = false; !last;) {
    last = !clock_.SleepUntil(clock_.SteadyNow() + pause, stop);
    ProgressLine line = begin_;
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
