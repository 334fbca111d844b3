// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/result.h"
#include "libs/base/secret.h"
#include "libs/http/message.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culvert::emulator {

/// One key that may sign requests.
struct AccessKey {
  std::string id;
  Secret secret;
  Secret token;                    // not empty: a temporary key, whose requests carry it
  std::optional<WallTime> expiry;  // from then on the key is refused
  bool revoked = false;
};
/// `ID:SECRET[:TOKEN][@EXPIRY]`, expiry as RFC 3339. kInvalidArgument, without the text.
Result<AccessKey> ParseAccessKey(std::string_view text);

/// What is signed of a request, as it came in.
struct SignedRequest {
  std::string method;
  std::string raw_target;  // path and query, encoded
  const http::Headers& headers;
};

/// The text that is signed (rest.md 3.1), from the path relative to the endpoint. `kTwice` decodes
/// the query a second time, as PyODPS does.
enum class Decoding : std::uint8_t { kOnce, kTwice };
Result<std::string> CanonicalString(const SignedRequest& request, Decoding decoding);

/// The keys there are, and the check of signatures v2 and v4 against them (rest.md 3). Written from
/// the protocol alone, apart from the client's signer, so that they do not share mistakes.
/// Thread-safe.
class KeyRing {
 public:
  /// `clock` must outlive the ring.
  explicit KeyRing(const Clock& clock) : clock_(clock) {}

  /// Adds or replaces a key.
  void Put(AccessKey key);
  /// kNotFound.
  Status Revoke(const std::string& id);
  Status Expire(const std::string& id, WallTime when);

  struct Listed {
    std::string id;
    bool temporary = false;
    bool revoked = false;
    std::optional<WallTime> expiry;
  };
  std::vector<Listed> List() const;

  /// The id of the key that signed the request. Errors carry the service's code in `reason`:
  /// Unauthorized, InvalidAccessKeyId (unknown, revoked or expired key), SignatureNotMatch,
  /// AuthenticationRequestExpired (expired temporary key or token), RequestTimeTooSkewed.
  Result<std::string> Verify(const SignedRequest& request) const;

 private:
  Status CheckDate(const http::Headers& headers) const;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, AccessKey> keys_ GUARDED_BY(mutex_);
};

/// The key id that an Authorization header names, unchecked; empty when there is none.
std::string ClaimedKeyId(const http::Headers& headers);

}  // namespace culvert::emulator
