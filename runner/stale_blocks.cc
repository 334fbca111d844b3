// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/stale_blocks.h"

#include "libs/base/byte_buffer.h"
#include "libs/maxcompute/wire/record_stream.h"

#include <cstdint>
#include <set>

namespace culvert::runner {

namespace wire = maxcompute::wire;

Status EmptyStaleBlocks(const OpContext& ctx, const syncjob::Plan& plan, std::size_t session,
                        const SessionView& view, Target& target) {
  std::set<std::uint64_t> planned;
  for (const syncjob::Shard& shard : plan.shards) {
    for (const syncjob::Block& block : shard.blocks) {
      if (block.session == session) planned.insert(block.block_id);
    }
  }
  ByteBuffer trailer;
  wire::EncodeTrailer({}, trailer);
  for (const BlockOnTarget& block : view.blocks) {
    if (block.rows == 0 || planned.contains(block.block_id)) continue;
    CULVERT_ASSIGN_OR_RETURN(
        const auto writer, target.OpenBlock(ctx, session, block.block_id, wire::Codec::kIdentity));
    CULVERT_TRY(writer->Write(ctx, trailer.Readable()));
    CULVERT_TRY(writer->Finish(ctx));
  }
  return {};
}

}  // namespace culvert::runner
