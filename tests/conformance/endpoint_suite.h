// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/op_context.h"
#include "libs/maxcompute/wire/record_stream.h"
#include "runner/engine/body_reader.h"
#include "runner/engine/source.h"
#include "runner/engine/target.h"
#include "tests/conformance/endpoint_world.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"

#include <gtest/gtest.h>

#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

// What the engine rests on, asked of every source and every target: those of the product against
// the emulator, and the fakes that unit tests put in their place. The promises are those of
// runner/engine/source.h and target.h.

namespace culvert::runner {

class SourceSuite : public testing::TestWithParam<MakeSourceWorld> {
 protected:
  void SetUp() override {
    world_ = GetParam()();
    ASSERT_NE(world_, nullptr);
    ASSERT_GE(world_->rows(), 1000u);
  }
  OpContext ctx() const { return env_.ctx(std::chrono::seconds(50)); }

  Result<RowSet> Read(const OpContext& ctx, const SourceRange& range) {
    const Source source = world_->source();
    if (const auto* coded = std::get_if<CodedSource*>(&source))
      return ReadCoded(ctx, **coded, range);
    return ReadBatches(ctx, *std::get<BatchSource*>(source), range);
  }
  RowSet Rows(std::uint64_t start, std::uint64_t rows) {
    const auto read = Read(ctx(), {.unit = 0, .start = start, .rows = rows});
    EXPECT_THAT(read, test::IsOk());
    return read.value_or(RowSet());
  }

  const test::RealContext env_;
  std::unique_ptr<SourceWorld> world_;

 private:
  Result<RowSet> ReadCoded(const OpContext& ctx, CodedSource& source, const SourceRange& range) {
    CULVERT_ASSIGN_OR_RETURN(const auto reader, source.Open(ctx, range));
    BlockResult result;
    BodyReader body(*reader, result);
    maxcompute::wire::RecordValidator validator(world_->layout());
    maxcompute::wire::ContentHash hash(world_->layout());
    ByteBuffer window;
    for (bool more = true; more;) {
      CULVERT_ASSIGN_OR_RETURN(more, body.Fill(ctx, window));
      CULVERT_ASSIGN_OR_RETURN(const auto consumed, validator.Consume(window.Readable()));
      hash.Add(window.Readable().first(consumed.record_bytes));
      window.Consume(consumed.total_bytes);
    }
    CULVERT_TRY(validator.Finish());
    return RowSet{.rows = validator.totals().records, .hash = hash.value()};
  }

  Result<RowSet> ReadBatches(const OpContext& ctx, BatchSource& source, const SourceRange& range) {
    CULVERT_ASSIGN_OR_RETURN(const auto reader, source.Open(ctx, range));
    record::RecordBatch batch = record::RecordBatch::Make(world_->layout().columns());
    maxcompute::wire::ContentHash hash(world_->layout());
    maxcompute::wire::StreamTotals totals;
    for (;;) {
      batch.Clear();
      CULVERT_TRY(reader->Next(ctx, batch));
      if (batch.rows == 0) break;
      EXPECT_LE(batch.rows, record::RecordBatch::kRowsMax);
      ByteBuffer records;
      maxcompute::wire::EncodeBatch(world_->layout(), batch, records, totals);
      hash.Add(records.Readable());
    }
    return RowSet{.rows = totals.records, .hash = hash.value()};
  }
};

TEST_P(SourceSuite, ARangeHasTheRowsAskedFor) {
  EXPECT_EQ(Rows(0, world_->rows()).rows, world_->rows());
  EXPECT_EQ(Rows(0, 1).rows, 1u);
  EXPECT_EQ(Rows(world_->rows() - 1, 1).rows, 1u);
  EXPECT_EQ(Rows(7, 500).rows, 500u);
}

TEST_P(SourceSuite, TheSameRangeGivesTheSameRows) {
  const RowSet first = Rows(100, 300);
  EXPECT_EQ(Rows(100, 300), first);
}

TEST_P(SourceSuite, RangesSideBySideMakeTheWhole) {
  const std::uint64_t rows = world_->rows();
  EXPECT_EQ(Rows(0, 1) + Rows(1, 400) + Rows(401, rows - 401), Rows(0, rows));
}

TEST_P(SourceSuite, AChangeBehindItShowsNothingOrFails) {
  const RowSet before = Rows(0, world_->rows());
  world_->Change();
  const auto after = Read(ctx(), {.unit = 0, .start = 0, .rows = world_->rows()});
  if (after) {
    EXPECT_EQ(*after, before);
  } else {
    EXPECT_EQ(after.error().reason, "SourceChanged");
  }
}

TEST_P(SourceSuite, AnEndedSessionSaysSo) {
  if (!world_->Expire()) return;  // it has none
  const auto read = Read(ctx(), {.unit = 0, .start = 0, .rows = 10});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().reason, "SessionExpired") << ToString(read.error());
}

TEST_P(SourceSuite, AStoppedRunReadsNoMore) {
  std::stop_source stop;
  stop.request_stop();
  OpContext stopped = ctx();
  stopped.stop = stop.get_token();
  const auto read = Read(stopped, {.unit = 0, .start = 0, .rows = world_->rows()});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kCancelled) << ToString(read.error());
}

TEST_P(SourceSuite, ThreadsReadAtOnce) {
  const std::uint64_t piece = world_->rows() / 4;
  std::vector<RowSet> parts(4);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < parts.size(); ++i) {
      threads.emplace_back([this, &parts, i, piece] { parts[i] = Rows(i * piece, piece); });
    }
  }
  EXPECT_EQ(parts[0] + parts[1] + parts[2] + parts[3], Rows(0, 4 * piece));
}

class TargetSuite : public testing::TestWithParam<MakeTargetWorld> {
 protected:
  void SetUp() override {
    world_ = GetParam()();
    ASSERT_NE(world_, nullptr);
  }
  OpContext ctx() const { return env_.ctx(std::chrono::seconds(50)); }
  Target& target() { return world_->target(); }

  struct Place {
    std::size_t session = 0;
    std::uint64_t block = 0;
  };
  Status Write(const OpContext& ctx, Place at, std::span<const std::byte> stream,
               maxcompute::wire::Codec codec = maxcompute::wire::Codec::kIdentity) {
    const std::vector<std::byte> coded = world_->Code(codec, stream);
    CULVERT_ASSIGN_OR_RETURN(const auto writer,
                             target().OpenBlock(ctx, at.session, at.block, codec));
    // In two pieces: where they meet is nothing to the target.
    const std::span<const std::byte> all = coded;
    CULVERT_TRY(writer->Write(ctx, all.first(all.size() / 2)));
    CULVERT_TRY(writer->Write(ctx, all.subspan(all.size() / 2)));
    return writer->Finish(ctx);
  }
  RowSet Set(std::uint64_t first, std::uint64_t rows) {
    return RowsOf(world_->layout(), world_->Stream(first, rows));
  }

  const test::RealContext env_;
  std::unique_ptr<TargetWorld> world_;
};

TEST_P(TargetSuite, TakesBlocksInEachOfItsCodecs) {
  std::uint64_t block = 0;
  for (const auto codec : world_->codecs()) {
    EXPECT_THAT(Write(ctx(), {.session = 0, .block = block}, world_->Stream(block * 50, 50), codec),
                test::IsOk())
        << maxcompute::wire::CodecName(codec);
    ++block;
  }
}

TEST_P(TargetSuite, AStoppedRunWritesNoMore) {
  std::stop_source stop;
  stop.request_stop();
  OpContext stopped = ctx();
  stopped.stop = stop.get_token();
  const Status written = Write(stopped, {}, world_->Stream(0, 50));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kCancelled) << ToString(written.error());
}

TEST_P(TargetSuite, ThreadsWriteAtOnce) {
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t block = 0; block < 4; ++block) {
      threads.emplace_back([this, block] {
        EXPECT_THAT(Write(ctx(), {.session = 0, .block = block}, world_->Stream(block * 100, 100)),
                    test::IsOk());
      });
    }
  }
  if (target().has_sessions()) {
    ASSERT_THAT(target().Commit(ctx(), 0), test::IsOk());
  }
  if (const auto visible = world_->Visible()) {
    EXPECT_EQ(*visible, Set(0, 400));
  }
}

/// Targets with sessions: blocks, and the commit that shows them.
class SessionTargetSuite : public TargetSuite {
 protected:
  void Put(Place at, std::uint64_t first, std::uint64_t rows) {
    ASSERT_THAT(Write(ctx(), at, world_->Stream(first, rows)), test::IsOk());
  }
  SessionView Load(std::size_t session) {
    const auto view = target().Load(ctx(), session);
    EXPECT_THAT(view, test::IsOk());
    return view.value_or(SessionView());
  }
  // `id:rows` of each block.
  std::string Blocks(std::size_t session) {
    std::string text;
    for (const BlockOnTarget& block : Load(session).blocks) {
      text += (text.empty() ? "" : " ") + std::to_string(block.block_id) + ":" +
              std::to_string(block.rows);
    }
    return text;
  }
  RowSet Visible() { return world_->Visible().value_or(RowSet()); }
};

TEST_P(SessionTargetSuite, HoldsABlockWithItsRows) {
  EXPECT_TRUE(target().has_sessions());
  EXPECT_EQ(Load(0).state, SessionState::kOpen);
  EXPECT_EQ(Blocks(0), "");
  Put({.session = 0, .block = 3}, 0, 50);
  EXPECT_EQ(Blocks(0), "3:50");
  EXPECT_EQ(Blocks(1), "");
}

TEST_P(SessionTargetSuite, ABlockWrittenAgainReplacesItself) {
  Put({.session = 0, .block = 1}, 0, 50);
  Put({.session = 0, .block = 1}, 100, 20);
  EXPECT_EQ(Blocks(0), "1:20");
  ASSERT_THAT(target().Commit(ctx(), 0), test::IsOk());
  EXPECT_EQ(Visible(), Set(100, 20));
}

TEST_P(SessionTargetSuite, ABlockLeftUnfinishedIsNotHeld) {
  const auto stream = world_->Stream(0, 50);
  {
    const auto writer = target().OpenBlock(ctx(), 0, 0, maxcompute::wire::Codec::kIdentity);
    ASSERT_THAT(writer, test::IsOk());
    ASSERT_THAT((*writer)->Write(ctx(), stream), test::IsOk());
  }
  EXPECT_EQ(Blocks(0), "");
}

TEST_P(SessionTargetSuite, ATruncatedBlockIsRefused) {
  const auto stream = world_->Stream(0, 50);
  EXPECT_FALSE(Write(ctx(), {}, std::span(stream).first(stream.size() - 1)));
  EXPECT_EQ(Blocks(0), "");
}

TEST_P(SessionTargetSuite, NothingShowsBeforeTheCommitAndAllAfterIt) {
  Put({.session = 0, .block = 0}, 0, 50);
  Put({.session = 0, .block = 1}, 50, 30);
  EXPECT_EQ(Visible(), RowSet());
  ASSERT_THAT(target().Commit(ctx(), 0), test::IsOk());
  EXPECT_EQ(Visible(), Set(0, 80));
  EXPECT_EQ(Load(0).state, SessionState::kCommitted);
}

TEST_P(SessionTargetSuite, ACommitRepeatedShowsNothingTwice) {
  Put({.session = 0, .block = 0}, 0, 50);
  ASSERT_THAT(target().Commit(ctx(), 0), test::IsOk());
  const Status again = target().Commit(ctx(), 0);  // may be refused
  EXPECT_EQ(Visible(), Set(0, 50)) << (again ? "ok" : ToString(again.error()));
  EXPECT_EQ(Load(0).state, SessionState::kCommitted);
}

TEST_P(SessionTargetSuite, SessionsAreCommittedApart) {
  Put({.session = 0, .block = 0}, 0, 50);
  Put({.session = 1, .block = 0}, 50, 10);
  ASSERT_THAT(target().Commit(ctx(), 1), test::IsOk());
  EXPECT_EQ(Visible(), Set(50, 10));
  EXPECT_EQ(Load(0).state, SessionState::kOpen);
  ASSERT_THAT(target().Commit(ctx(), 0), test::IsOk());
  EXPECT_EQ(Visible(), Set(0, 60));
}

TEST_P(SessionTargetSuite, ACommittedSessionTakesNoBlock) {
  ASSERT_THAT(target().Commit(ctx(), 0), test::IsOk());
  const Status written = Write(ctx(), {}, world_->Stream(0, 50));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().reason, "SessionExpired") << ToString(written.error());
  EXPECT_EQ(Visible(), RowSet());
}

TEST_P(SessionTargetSuite, AnEndedSessionIsLost) {
  Put({.session = 0, .block = 0}, 0, 50);
  world_->Expire();
  EXPECT_EQ(Load(0).state, SessionState::kLost);
  const Status written = Write(ctx(), {.session = 0, .block = 1}, world_->Stream(50, 10));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().reason, "SessionExpired") << ToString(written.error());
  EXPECT_EQ(Visible(), RowSet());
}

}  // namespace culvert::runner
