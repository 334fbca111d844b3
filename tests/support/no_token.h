// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/kube/config.h"

namespace culvert::kube {

/// For API servers that ask for none.
class NoToken final : public TokenSource {
 public:
  Result<Secret> Token() override { return Secret(); }
  void Rejected() override {}
};

}  // namespace culvert::kube
