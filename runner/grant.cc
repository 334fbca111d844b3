// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/grant.h"

#include <string>

namespace culvert::runner {

Error NameGrant(Error error, std::string_view action, std::string_view object) {
  if (error.code != ErrorCode::kPermissionDenied) return error;
  error.message += "; the key needs " + std::string(action) + " on " + std::string(object);
  return error;
}

}  // namespace culvert::runner
