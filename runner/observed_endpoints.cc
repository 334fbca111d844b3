// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/observed_endpoints.h"

#include <chrono>
#include <utility>

namespace culvert::runner {
namespace {

class CountingReader final : public CodedReader {
 public:
  CountingReader(std::unique_ptr<CodedReader> inner, Counter& bytes)
      : inner_(std::move(inner)), bytes_(bytes) {}
  maxcompute::wire::Codec codec() const override { return inner_->codec(); }
  Result<std::span<const std::byte>> Read(const OpContext& ctx) override {
    auto bytes = inner_->Read(ctx);
    if (bytes) bytes_.Add(static_cast<double>(bytes->size()));
    return bytes;
  }

 private:
  std::unique_ptr<CodedReader> inner_;
  Counter& bytes_;
};

class ObservedSource final : public CodedSource {
 public:
  ObservedSource(std::unique_ptr<CodedSource> inner, RunnerMetrics& metrics)
      : inner_(std::move(inner)), metrics_(metrics) {}
  Result<std::unique_ptr<CodedReader>> Open(const OpContext& ctx,
                                            const SourceRange& range) override {
    CULVERT_ASSIGN_OR_RETURN(auto reader, inner_->Open(ctx, range));
    return std::make_unique<CountingReader>(std::move(reader), metrics_.read_bytes);
  }

 private:
  std::unique_ptr<CodedSource> inner_;
  RunnerMetrics& metrics_;
};

class ObservedWriter final : public BlockWriter {
 public:
  ObservedWriter(std::unique_ptr<BlockWriter> inner, SteadyTime begin, RunnerMetrics& metrics)
      : inner_(std::move(inner)), begin_(begin), metrics_(metrics) {
    metrics_.inflight_blocks.Add(1);
  }
  ~ObservedWriter() override { metrics_.inflight_blocks.Add(-1); }
  ObservedWriter(const ObservedWriter&) = delete;
  ObservedWriter& operator=(const ObservedWriter&) = delete;

  Status Write(const OpContext& ctx, std::span<const std::byte> bytes) override {
    CULVERT_TRY(inner_->Write(ctx, bytes));
    metrics_.written_bytes.Add(static_cast<double>(bytes.size()));
    return {};
  }
  Status Finish(const OpContext& ctx) override {
    CULVERT_TRY(inner_->Finish(ctx));
    metrics_.block_upload_seconds.Observe(
        std::chrono::duration<double>(ctx.clock.SteadyNow() - begin_).count());
    return {};
  }

 private:
  std::unique_ptr<BlockWriter> inner_;
  const SteadyTime begin_;
  RunnerMetrics& metrics_;
};

class ObservedTarget final : public Target {
 public:
  ObservedTarget(std::unique_ptr<Target> inner, RunnerMetrics& metrics)
      : inner_(std::move(inner)), metrics_(metrics) {}
  Result<std::unique_ptr<BlockWriter>> OpenBlock(const OpContext& ctx, std::size_t session,
                                                 std::uint64_t block_id,
                                                 maxcompute::wire::Codec codec) override {
    const SteadyTime begin = ctx.clock.SteadyNow();
    CULVERT_ASSIGN_OR_RETURN(auto writer, inner_->OpenBlock(ctx, session, block_id, codec));
    return std::make_unique<ObservedWriter>(std::move(writer), begin, metrics_);
  }
  Result<SessionView> Load(const OpContext& ctx, std::size_t session) override {
    return inner_->Load(ctx, session);
  }
  Status Commit(const OpContext& ctx, std::size_t session) override {
    return inner_->Commit(ctx, session);
  }
  bool has_sessions() const override { return inner_->has_sessions(); }

 private:
  std::unique_ptr<Target> inner_;
  RunnerMetrics& metrics_;
};

}  // namespace

std::unique_ptr<CodedSource> ObserveSource(std::unique_ptr<CodedSource> inner,
                                           RunnerMetrics& metrics) {
  return std::make_unique<ObservedSource>(std::move(inner), metrics);
}

std::unique_ptr<Target> ObserveTarget(std::unique_ptr<Target> inner, RunnerMetrics& metrics) {
  return std::make_unique<ObservedTarget>(std::move(inner), metrics);
}

}  // namespace culvert::runner
