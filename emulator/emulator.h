// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/handlers.h"
#include "emulator/limits.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace culvert::emulator {

class FaultSwitchboard;
class OffsetClock;

struct EmulatorOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free port
  std::vector<std::string> projects;
  std::vector<std::string> access_keys;  // ID:SECRET[:TOKEN][@EXPIRY]
  bool anonymous = false;
  bool admin = true;
  std::string data_dir;  // empty: in memory
  std::vector<std::string>
      load;  // NAME=FILE.csv[,partition=COLUMN[/COLUMN]], into the first project
  std::vector<std::string> sql_files;  // scripts run in the first project, after `load`
  Limits limits;
  std::string event_log_file;
  std::string request_log_file;
};

/// A running emulator: listener, stores, sessions. The program is little more than this; tests run
/// it in their own process. Thread-safe.
class Emulator {
 public:
  /// Serves once it returns. `clock` and `log` must outlive it. Errors: kInvalidArgument for bad
  /// options, kFailedPrecondition for an address or a data directory in use.
  static Result<std::unique_ptr<Emulator>> Start(const EmulatorOptions& options, Clock& clock,
                                                 Logger& log);
  ~Emulator();  // stops
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;

  std::uint16_t port() const;
  std::string Endpoint() const;        // http://127.0.0.1:PORT/api
  std::string TunnelEndpoint() const;  // http://127.0.0.1:PORT

  // For tests in the same process; over HTTP the same is below /_culvert/.
  Services& services();
  FaultSwitchboard& faults();
  OffsetClock& clock();

 private:
  struct State;
  explicit Emulator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace culvert::emulator
