// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "plugin/run_view.h"

namespace culvert::plugin {

struct TextStyle {
  bool colours = false;
  bool shards = true;           // a line for each shard
  std::size_t shards_max = 20;  // those that need a look come first; 0: all
};

/// A run as a tree, job → step → shard, with bars for what is under way.
std::string StatusText(const RunView& run, const TextStyle& style);

}  // namespace culvert::plugin
