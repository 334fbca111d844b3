// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/error.h"

#include <string_view>

namespace culvert::runner {

/// A refusal (kPermissionDenied) that says what to grant: "...; the key needs Download on table
/// p.t". Any other error comes back as it is. `action` is a privilege as the vendor's GRANT takes
/// it (page "MaxCompute permissions": Describe, Select, Download, Update, Alter, CreateTable);
/// `object` names what it is for: "table p.t".
Error NameGrant(Error error, std::string_view action, std::string_view object);

}  // namespace culvert::runner
