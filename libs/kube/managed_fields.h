// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace culvert::kube {

/// The text of an object without its `metadata.managedFields`: who set which field is often half of
/// the text, no controller reads it, and what is not there need not be parsed. `depth`: how many
/// objects are open within `metadata`, 2 for an object, 3 for one in a watch event. Only the
/// compact text of an API server is cut, `"managedFields":[...]`; any other is returned as it is.
/// `text` need not be JSON. The view is of `text` or of `buffer`.
std::string_view WithoutManagedFields(std::string_view text, int depth, std::string& buffer);

}  // namespace culvert::kube
