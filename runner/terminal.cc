// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/terminal.h"

#include <nlohmann/json.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace culvert::runner {
namespace {
constexpr std::size_t kColumnsAssumed = 80;
constexpr std::size_t kFixedFields = 3;  // ts, level, msg
}  // namespace

bool IsTerminal(int descriptor) { return isatty(descriptor) != 0; }

std::size_t TerminalColumns(int descriptor) {
  winsize size{};
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : kColumnsAssumed;
}

void WriteText(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string PlainLogLine(std::string_view line) {
  const auto log = nlohmann::ordered_json::parse(line, nullptr, false);
  std::string plain(log.is_object() ? "" : line);
  if (log.is_object()) {
    const std::string level = log.value("level", "");
    if (level == "warn") plain = "warning: ";
    if (level == "debug" || level == "error") plain = level + ": ";
    plain += log.value("msg", "");
    const std::size_t fields = log.size() - kFixedFields;
    std::string_view before = ": ";
    for (const auto& [key, value] : log.items()) {
      if (key == "ts" || key == "level" || key == "msg") continue;
      plain += before;
      before = ", ";
      if (fields > 1 || !value.is_string()) {
        for (const char c : key) plain += c == '_' ? ' ' : c;
        plain += ' ';
      }
      plain += value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  // What came from elsewhere must neither break the line nor drive the terminal.
  for (char& c : plain) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return plain;
}

Logger::Sink TerminalSink(int descriptor) {
  return [descriptor](std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    WriteText(descriptor, "\r\x1b[K" + PlainLogLine(line) + "\n");
  };
}

}  // namespace culvert::runner
