// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"

#include <memory>
#include <string_view>
#include <vector>

namespace culvert::emulator {

/// Rows of a finished query, in the layout of `schema.columns`.
struct ResultSet {
  record::Schema schema;
  std::shared_ptr<const maxcompute::wire::RecordLayout> layout;
  std::vector<SegmentPtr> segments;
};

/// Where the instance tunnel finds the rows of SQL instances. Thread-safe.
class InstanceResults {
 public:
  virtual ~InstanceResults() = default;
  /// kNotFound/NoSuchInstance, kFailedPrecondition/InstanceNotTerminate while it runs,
  /// kFailedPrecondition/TaskFailed when it failed, kFailedPrecondition/InvalidArgument when it has
  /// no rows.
  virtual Result<ResultSet> Find(std::string_view project, std::string_view instance) const = 0;
};

}  // namespace culvert::emulator
