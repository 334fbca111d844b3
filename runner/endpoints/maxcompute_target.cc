// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/endpoints/maxcompute_target.h"

#include "libs/maxcompute/reasons.h"
#include "libs/record/partition_spec.h"

#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

namespace reasons = maxcompute::reasons;

// A block meets these when its session takes nothing any more; what became of the session is asked
// before anything else happens.
Error Translate(Error error, const std::string& table) {
  if (error.reason != reasons::kNoSuchUpload && error.reason != reasons::kStatusConflict) {
    return error;
  }
  return FailedPrecondition("the upload session of " + table + " takes no blocks any more")
      .Because("SessionExpired");
}

class Writer final : public BlockWriter {
 public:
  Writer(std::unique_ptr<maxcompute::BlockUpload> upload, std::string table)
      : upload_(std::move(upload)), table_(std::move(table)) {}
  Status Write(const OpContext& ctx, std::span<const std::byte> bytes) override {
    return Translated(upload_->Write(ctx, bytes));
  }
  Status Finish(const OpContext& ctx) override { return Translated(upload_->Finish(ctx)); }

 private:
  Status Translated(Status status) const {
    if (status) return status;
    return Fail(Translate(std::move(status.error()), table_));
  }

  std::unique_ptr<maxcompute::BlockUpload> upload_;
  std::string table_;
};

}  // namespace

SessionState StateOf(maxcompute::UploadStatus status) {
  using maxcompute::UploadStatus;
  switch (status) {
    case UploadStatus::kNormal:
      return SessionState::kOpen;
    case UploadStatus::kClosing:
    case UploadStatus::kCommitting:
      return SessionState::kSettling;
    case UploadStatus::kClosed:
      return SessionState::kCommitted;
    case UploadStatus::kUnknown:  // the service says no more: it may still turn out either way
      return SessionState::kSettling;
    case UploadStatus::kCanceled:
    case UploadStatus::kExpired:
    case UploadStatus::kCritical:
      return SessionState::kLost;
  }
  return SessionState::kLost;
}

Result<MaxComputeTarget> MaxComputeTarget::Make(maxcompute::Tunnel& tunnel,
                                                const syncjob::Plan& plan) {
  const auto* spec = std::get_if<syncjob::MaxComputeTarget>(&plan.spec.target);
  if (spec == nullptr) {
    return Fail(InvalidArgument("the plan's target is no table").Because("PlanInvalid"));
  }
  MaxComputeTarget target(tunnel);
  for (const syncjob::Session& session : plan.sessions) {
    const std::string& text = plan.targets[session.target].partition;
    record::PartitionSpec partition;
    if (!text.empty()) {
      CULVERT_ASSIGN_OR_RETURN(partition, record::PartitionSpec::Parse(text));
    }
    target.sessions_.push_back({.target = {.table = spec->table, .partition = std::move(partition)},
                                .upload_id = session.upload_id});
  }
  return target;
}

Result<std::unique_ptr<BlockWriter>> MaxComputeTarget::OpenBlock(const OpContext& ctx,
                                                                 std::size_t session,
                                                                 std::uint64_t block_id,
                                                                 maxcompute::wire::Codec codec) {
  const Session& open = sessions_[session];
  auto upload = tunnel_.OpenBlock(ctx, open.target, open.upload_id, block_id, codec);
  if (!upload) return Fail(Translate(std::move(upload.error()), open.target.table));
  return std::make_unique<Writer>(*std::move(upload), open.target.table);
}

Result<SessionView> MaxComputeTarget::Load(const OpContext& ctx, std::size_t session) {
  const Session& open = sessions_[session];
  auto loaded = tunnel_.GetUpload(ctx, open.target, open.upload_id);
  SessionView view;
  if (!loaded) {
    if (loaded.error().reason != reasons::kNoSuchUpload) return Fail(std::move(loaded.error()));
    view.state = SessionState::kLost;
    view.state_name = "gone";
    return view;
  }
  view.state = StateOf(loaded->status);
  view.state_name = std::string(maxcompute::UploadStatusName(loaded->status));
  view.field_bytes_max = loaded->field_bytes_max;
  for (const maxcompute::UploadedBlock& block : loaded->blocks) {
    view.blocks.push_back({.block_id = block.block_id, .rows = block.record_count});
  }
  return view;
}

Status MaxComputeTarget::Commit(const OpContext& ctx, std::size_t session) {
  const Session& open = sessions_[session];
  CULVERT_TRY(tunnel_.CommitUpload(ctx, open.target, open.upload_id));
  return {};
}

}  // namespace culvert::runner
