// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/result.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::emulator {

/// One record to set, or to remove when `value` is empty.
struct DurableChange {
  std::string kind;  // "table", "partition", "upload", "block", "download", "instance", "project"
  std::string key;
  std::optional<std::string> value;
};

/// Small records by kind and key, behind everything that must survive a kill: with a data directory
/// a SQLite database (WAL, synchronous=FULL), without one nothing at all. Thread-safe.
class DurableStore {
 public:
  virtual ~DurableStore() = default;
  /// All changes or none; on disk when it returns.
  virtual Status Write(const std::vector<DurableChange>& changes) = 0;
  /// Every record of a kind, by key. Empty when nothing is kept.
  virtual Result<std::vector<std::pair<std::string, std::string>>> Load(std::string_view kind) = 0;
};

/// Keeps nothing.
std::unique_ptr<DurableStore> MakeForgetfulStore();
/// `directory`/metadata.sqlite, made when missing. kFailedPrecondition when another process has it
/// open.
Result<std::unique_ptr<DurableStore>> OpenSqliteStore(const std::string& directory);

}  // namespace culvert::emulator
