// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/emulator.h"
#include "libs/base/json.h"

#include <CLI/CLI.hpp>
#include <malloc.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdio>
#include <string>

namespace {

using culvert::emulator::Emulator;
using culvert::emulator::EmulatorOptions;

constexpr const char* kAbout =
    "A MaxCompute stand-in on this machine: REST, Tunnel and a subset of SQL, for tests and "
    "demonstrations.\n"
    "Prints one JSON line with its addresses once it serves, and runs until SIGTERM or SIGINT.";

constexpr const char* kExamples =
    "Examples:\n"
    "  culvert-emulator --listen 127.0.0.1:0 --project demo --access-key ID:SECRET\n"
    "  culvert-emulator --project demo --access-key ID:SECRET --data-dir data \\\n"
    "      --load flights=flights.csv,partition=month\n"
    "  curl -X POST http://127.0.0.1:PORT/_culvert/faults -d \\\n"
    "      "
    "'{\"match\":{\"operation\":\"block.put\",\"nth\":3},\"action\":{\"kind\":\"drop_reply\"}}'\n"
    "What it serves and what not is in emulator/README.md.";

// Memory that was given back is kept for the next block: where fresh pages are slow to come, as
// under some hypervisors, they are most of what an upload costs.
void KeepFreedMemory() {
  constexpr int kMebibyte = 1024 * 1024;
  // NOLINTBEGIN(concurrency-mt-unsafe): no threads yet
  (void)mallopt(M_MMAP_THRESHOLD, 2 * kMebibyte);  // larger ones go through the chunk pool
  (void)mallopt(M_TRIM_THRESHOLD, 64 * kMebibyte);
  // NOLINTEND(concurrency-mt-unsafe)
}

// `HOST:PORT`, `[::1]:PORT`
bool SplitListen(const std::string& text, EmulatorOptions& options) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  options.address = text.substr(0, colon);
  if (options.address.starts_with('[') && options.address.ends_with(']')) {
    options.address = options.address.substr(1, options.address.size() - 2);
  }
  const std::string port = text.substr(colon + 1);
  const unsigned long value =
      port.empty() || port.size() > 5 ? 65536 : std::strtoul(port.c_str(), nullptr, 10);
  if (port.find_first_not_of("0123456789") != std::string::npos || value > 65535) return false;
  options.port = static_cast<std::uint16_t>(value);
  return !options.address.empty();
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): CLI11 throws when an option is declared wrongly
int main(int argc, char** argv) {
  KeepFreedMemory();
  // Every thread inherits the mask, so that the signals wait for sigwait below.
  sigset_t signals;
  (void)sigemptyset(&signals);
  (void)sigaddset(&signals, SIGTERM);
  (void)sigaddset(&signals, SIGINT);
  (void)pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);

  EmulatorOptions options;
  std::string listen = "127.0.0.1:0";
  std::string limits = "real";
  std::string admin = "auto";
  bool rate_limits = false;
  double session_life_hours = 0;
  CLI::App app(kAbout, "culvert-emulator");
  app.footer(kExamples);
  app.add_option("--listen", listen, "ADDRESS:PORT to serve on; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--project", options.projects, "A project to have; may be given several times")
      ->required();
  app.add_option(
      "--access-key", options.access_keys,
      "ID:SECRET[:TOKEN][@EXPIRY]: a key that may sign; with TOKEN a temporary one; EXPIRY as "
      "2026-01-02T03:04:05Z; may be given several times");
  app.add_flag("--anonymous", options.anonymous, "Let requests without a signature in");
  app.add_option(
      "--data-dir", options.data_dir,
      "Keep everything in this directory, safe from kill -9; without it all is in memory");
  app.add_option("--load", options.load,
                 "NAME=FILE.csv[,partition=COLUMN[/COLUMN]]: make a table of the first project "
                 "from a CSV file with "
                 "a header of names or name:type; a table that exists is left alone");
  app.add_option("--sql", options.sql_files,
                 "FILE of SQL statements to run in the first project before serving, after --load; "
                 "may be given several times");
  app.add_option("--limits", limits,
                 "real: the service's limits of sizes, blocks and session life; off: none")
      ->check(CLI::IsMember({"real", "off"}))
      ->capture_default_str();
  app.add_flag(
      "--rate-limits", rate_limits,
      "Enforce sessions and blocks per table in five minutes, and 10 MB/s per data request");
  app.add_option("--slots", options.limits.slots,
                 "Data requests served at once; more get 429 (0: any number)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--slot-bytes-per-second", options.limits.slot_bytes_per_second,
                 "Bytes per second of one data request (0: as fast as it goes)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--session-life-hours", session_life_hours, "Life of a session, 24 on the service")
      ->check(CLI::PositiveNumber);
  app.add_option("--event-log", options.event_log_file,
                 "Append what happens to the data, one JSON line each");
  app.add_option("--request-log", options.request_log_file, "Append one JSON line per request");
  app.add_option("--admin", admin,
                 "Serve /_culvert/ and x-culvert-fault; auto: when listening on loopback only")
      ->check(CLI::IsMember({"auto", "on", "off"}))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  if (!SplitListen(listen, options)) {
    (void)std::fprintf(stderr, "culvert-emulator: --listen '%s' is not ADDRESS:PORT\n",
                       listen.c_str());
    return 10;
  }
  const bool loopback = options.address.starts_with("127.") || options.address == "::1" ||
                        options.address == "localhost";
  options.admin = admin == "on" || (admin == "auto" && loopback);
  if (limits == "off") {
    options.limits.blocks_per_session = UINT64_MAX;
    options.limits.block_bytes = UINT64_MAX;
    options.limits.field_bytes = culvert::maxcompute::wire::kRecordBytesMax;
    options.limits.session_life = std::chrono::hours(24 * 365);
  }
  if (session_life_hours > 0) {
    options.limits.session_life =
        std::chrono::seconds(static_cast<std::int64_t>(session_life_hours * 3600));
  }
  if (rate_limits) {
    options.limits.rates = true;
    if (options.limits.slot_bytes_per_second == 0) {
      options.limits.slot_bytes_per_second = culvert::maxcompute::kSlotBytesPerSecond;
    }
  }

  const auto clock = culvert::MakeSystemClock();
  culvert::Logger log(culvert::LogLevel::kInfo, *clock, culvert::StderrSink());
  auto emulator = Emulator::Start(options, *clock, log);
  if (!emulator) {
    (void)std::fprintf(stderr, "culvert-emulator: %s\n",
                       culvert::ToString(emulator.error()).c_str());
    return 10;
  }
  const std::string line =
      culvert::DumpJson(nlohmann::ordered_json{{"endpoint", (*emulator)->Endpoint()},
                                               {"tunnel", (*emulator)->TunnelEndpoint()},
                                               {"project", options.projects.front()}});
  (void)std::printf("%s\n", line.c_str());
  (void)std::fflush(stdout);
  int signal = 0;
  (void)sigwait(&signals, &signal);
  return 0;
}
