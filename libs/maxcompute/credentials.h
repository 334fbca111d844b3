// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/clock.h"
#include "libs/base/result.h"
#include "libs/base/secret.h"

#include <memory>
#include <optional>
#include <string>

namespace culvert::maxcompute {

/// One access key, optionally temporary (STS). Id and secret always come from one version.
struct Credentials {
  std::string access_key_id;
  Secret access_key_secret;
  Secret security_token;  // empty unless STS
  std::optional<WallTime> expires =
      std::nullopt;  // as its giver says; for display, nothing is decided by it
};
/// True when both are the same key, whatever is known of their end.
bool SameKey(const Credentials& a, const Credentials& b);

/// Hands out the current key. Thread-safe.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  /// The key to sign the next request with. kUnauthenticated when it is missing or malformed.
  virtual Result<std::shared_ptr<const Credentials>> Get() = 0;
  /// Called when the service rejected `rejected`: true when another key is there now, so that the
  /// request is worth repeating at once.
  virtual bool Refresh(const Credentials& rejected) = 0;
};

/// A key that never changes.
std::unique_ptr<CredentialsProvider> StaticCredentials(Credentials credentials);

/// A directory as Kubernetes projects a Secret: files accessKeyId, accessKeySecret and optionally
/// securityToken and expiration (RFC 3339; one that cannot be read is as none), all read through
/// one open of `..data` when it exists; re-read when it moves. Surrounding white space is trimmed.
std::unique_ptr<CredentialsProvider> FileCredentials(std::string directory);

}  // namespace culvert::maxcompute
