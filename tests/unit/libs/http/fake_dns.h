// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace culvert::http {

/// While it lives, this process's resolver, libcurl's included, gives each look-up of `name` the
/// next of `answers` (lists of addresses, in this order), the last one from then on. All other
/// names go to the system. One at a time.
class FakeDns {
 public:
  FakeDns(std::string name, std::vector<std::vector<std::string>> answers);
  ~FakeDns();
  FakeDns(const FakeDns&) = delete;
  FakeDns& operator=(const FakeDns&) = delete;

  /// Of the name so far.
  int lookups() const;
};

}  // namespace culvert::http
