// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/region_rule.h"

#include "libs/record/schema.h"

#include <string>

namespace culvert::syncjob {
namespace {

bool MayCross(const DataSource& data_source) {
  // Days in this form order as texts do.
  const bool older = !data_source.created_at.empty() && data_source.created_at <= kRegionRuleSince;
  return older || !data_source.cross_region.empty();
}

}  // namespace

Status CheckRegions(const DataSource& source, const DataSource& target) {
  if (source.region.empty() || target.region.empty() ||
      record::SameName(source.region, target.region)) {
    return {};
  }
  for (const DataSource* side : {&source, &target}) {
    if (MayCross(*side)) continue;
    return Fail(
        InvalidArgument("DataSource '" + source.name + "' is in region " + source.region +
                        " and '" + target.name + "' in " + target.region + ": '" + side->name +
                        "' must say crossRegion: cen, if a Cloud Enterprise Network joins them, or "
                        "createdAt, if it was created by " +
                        kRegionRuleSince)
            .Because("CrossRegionNotAllowed"));
  }
  return {};
}

}  // namespace culvert::syncjob
