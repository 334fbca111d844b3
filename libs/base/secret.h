// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace culvert {

/// A string that must not be seen: no stream operator, no formatter, no comparison, wiped when it
/// goes. `Reveal()` is the one way in, so that a search for it lists every use.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  std::string_view Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  void Wipe();
  std::string value_;
};

/// `AKCA…78`: first four and last two characters of an access key id, all that may be shown.
std::string RedactedKeyId(std::string_view access_key_id);

}  // namespace culvert
