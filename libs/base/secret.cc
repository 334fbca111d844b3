// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/secret.h"

#include <openssl/crypto.h>

#include <utility>

namespace culvert {

Secret::Secret(std::string value) : value_(std::move(value)) {
  // A short string is copied by the move, and its original stays readable.
  // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move): wiped, not read
  OPENSSL_cleanse(value.data(), value.capacity());
}
Secret::Secret(const Secret& other) = default;
Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.Wipe(); }
Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  Wipe();
  value_ = other.value_;
  return *this;
}
Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  Wipe();
  value_ = std::move(other.value_);
  other.Wipe();
  return *this;
}
Secret::~Secret() { Wipe(); }

void Secret::Wipe() {
  OPENSSL_cleanse(value_.data(), value_.capacity());
  value_.clear();
}

std::string RedactedKeyId(std::string_view access_key_id) {
  // Less than this, and what is shown would be most of it.
  constexpr std::size_t kShortestShown = 12;
  if (access_key_id.size() < kShortestShown) return "…";
  std::string shown(access_key_id.substr(0, 4));
  return shown.append("…").append(access_key_id.substr(access_key_id.size() - 2));
}

}  // namespace culvert
