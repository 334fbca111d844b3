// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/mutex.h"
#include "libs/base/result.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culvert::emulator {

enum class FaultKind : std::uint8_t {
  kStatus,         // answers `status` instead of doing anything
  kDropReply,      // does it, then resets the connection in place of the answer
  kReplyStatus,    // does it, then answers `status`
  kReset,          // resets the connection after `after_bytes` of the body
  kClose,          // closes it there
  kStall,          // waits `wait` there, then goes on
  kTruncate,       // ends the body there, cleanly
  kFlipBit,        // flips bit `bit` of byte `after_bytes`
  kDelay,          // waits `wait` before doing anything
  kExpireSession,  // expires the session named by the request, then goes on
  kSessionState,   // puts the upload session into `state`, then goes on
  kRevokeKey,      // revokes the key that signed the request, then goes on
};

/// What goes wrong with one request.
struct FaultAction {
  FaultKind kind = FaultKind::kStatus;
  int status = 500;
  std::string code = "InternalServerError";
  std::string message = "injected fault";
  std::optional<int> retry_after_seconds;
  std::vector<std::pair<std::string, std::string>> headers;
  std::uint64_t after_bytes = 0;
  std::chrono::milliseconds wait{0};
  unsigned bit = 0;
  std::string state;
  /// Of which body `after_bytes` counts; unset: the request's of a PUT, else the answer's.
  enum class Body : std::uint8_t { kByMethod, kRequest, kResponse };
  Body body = Body::kByMethod;
};

/// Reads `{"kind":"reset","after_bytes":1000}`. kInvalidArgument for unknown kinds and keys.
Result<FaultAction> ParseFaultAction(std::string_view text);

/// Which requests a fault meets.
struct FaultMatch {
  std::string method;     // empty: any
  std::string operation;  // "block.put"; empty: any
  std::string path;       // the whole path, with wildcards * and ?; empty: any
};

/// The rules in force. Of the rules that fit a request the first whose turn it is acts.
/// Thread-safe.
class FaultSwitchboard {
 public:
  FaultSwitchboard();
  ~FaultSwitchboard();

  /// Adds
  /// `{"match":{"method","operation","path","nth","every","probability","seed","count"},"action":{..}}`,
  /// all of `match` optional: `nth` fires on that match only (1-based), `every` on each multiple,
  /// `probability` by a generator seeded with `seed`, at most `count` times. Returns the rule's id.
  /// kInvalidArgument.
  Result<std::uint64_t> Add(std::string_view text);
  /// kNotFound.
  Status Remove(std::uint64_t id);
  void Clear();
  /// `[{"id","rule","matched","hits"}]`.
  std::string ListJson() const;

  /// The fault for a request, if any; counts the request against every rule that fits.
  std::optional<FaultAction> Decide(std::string_view operation, std::string_view method,
                                    const std::string& path);

 private:
  struct Rule;
  mutable Mutex mutex_;
  std::uint64_t next_id_ GUARDED_BY(mutex_) = 1;
  std::vector<std::unique_ptr<Rule>> rules_ GUARDED_BY(mutex_);
};

}  // namespace culvert::emulator
