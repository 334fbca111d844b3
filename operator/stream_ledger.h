// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::control {

/// One DataSource and how many streams it allows to all runs together.
struct StreamPool {
  std::string data_source = {};  // namespace/name
  std::int32_t limit = 0;
  bool operator==(const StreamPool&) const = default;
};

/// Shares out the streams of DataSources among runs: of all pools that a run needs, or of none. The
/// status of each SyncJob records what it holds; this is the sum over all of them, kept from the
/// watch, with what this process has just given away and the watch has not shown yet. Who waits
/// longest is served first, so that many small runs cannot starve a large one. Thread-safe.
class StreamLedger {
 public:
  struct Need {
    std::string uid = {};
    std::string since = {};  // RFC 3339: when the run began
    std::vector<StreamPool> pools = {};
    std::int32_t streams = 0;  // of each pool
  };

  /// True when the run has its streams now; else it is remembered as waiting.
  bool Take(const Need& need);
  /// What the status of a run says, as watched. While a Take of the run is not yet in its status
  /// (0 streams, not terminal), the Take stays.
  void Saw(const std::string& uid, const std::vector<StreamPool>& pools, std::int32_t streams,
           bool terminal);
  /// The run holds nothing and waits for nothing any more.
  void Release(const std::string& uid);

  std::int32_t Held(const std::string& data_source) const;

 private:
  struct Entry {
    std::vector<StreamPool> pools = {};
    std::int32_t streams = 0;
    bool taken = false;  // given away here, not yet seen in the status
    std::string waiting_since = {};
  };
  std::int32_t Sum(const std::string& data_source, std::string_view except) const REQUIRES(mutex_);
  bool SomebodyBefore(const Need& need, const std::string& data_source) const REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);  // by uid
};

}  // namespace culvert::control
