// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/handlers.h"

#include <nlohmann/json.hpp>

#include <ostream>
#include <string>
#include <vector>

// Jobs that the preflight refuses, and what must be left as it was. The same list is run by the
// runner alone and on a cluster.

namespace culvert::test {

struct Refusal {
  std::string name;    // of the test
  std::string source;  // spec.source.maxCompute without dataSourceRef, JSON
  std::string target;  // likewise
  int exit_code = 0;
  std::string reason;
  std::string text;                  // a part of the message: the noun, and what to do
  std::string source_from = "here";  // DataSource
  std::string target_from = "here";
  std::string off = {};    // property of the project that is set to false
  std::string fault = {};  // rule of the emulator
  int concurrent = 1;
};
void PrintTo(const Refusal& refusal, std::ostream* out);

const std::vector<Refusal>& Refusals();

/// The tables that the jobs name, in project `demo`.
void MakeRefusalTables(emulator::Services& services);

/// The DataSource documents of `endpoint`: `here`; `tight`, which takes two blocks a session;
/// `near` and `far`, which are in two regions.
std::vector<nlohmann::json> RefusalDataSources(const std::string& endpoint);

nlohmann::json SpecOf(const Refusal& refusal);

/// Every table and partition with its rows and the number of its version, in one text: equal texts,
/// nothing was written, truncated, created or altered.
std::string StateOf(emulator::Services& services);

/// Lines of a request log that asked for more than to look: anything but a GET, and but for the
/// opening of download sessions.
std::vector<std::string> WritesIn(const std::string& request_log);

}  // namespace culvert::test
