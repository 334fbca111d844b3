// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/endpoints/maxcompute_source.h"

#include "libs/maxcompute/reasons.h"

#include <utility>
#include <variant>

namespace culvert::runner {
namespace {

namespace reasons = maxcompute::reasons;

class Reader final : public CodedReader {
 public:
  explicit Reader(maxcompute::DownloadBody body) : body_(std::move(body)) {}
  maxcompute::wire::Codec codec() const override { return body_.codec; }
  Result<std::span<const std::byte>> Read(const OpContext& ctx) override {
    return body_.body->Read(ctx);
  }

 private:
  maxcompute::DownloadBody body_;
};

Error Translate(Error error, const maxcompute::TunnelTarget& target) {
  if (error.reason == reasons::kNoSuchDownload || error.reason == reasons::kStatusConflict ||
      error.reason == reasons::kNoSuchInstance) {
    return FailedPrecondition("the download session of " + target.table +
                              " has expired; start the run anew")
        .Because("SessionExpired");
  }
  if (error.reason == reasons::kTableModified || error.reason == reasons::kSchemaModified) {
    return FailedPrecondition("table " + target.table +
                              " was changed while it was read; start the run anew")
        .Because("SourceChanged");
  }
  return error;
}

}  // namespace

Result<MaxComputeSource> MaxComputeSource::Make(maxcompute::Tunnel& tunnel,
                                                const syncjob::Plan& plan) {
  MaxComputeSource source(tunnel);
  const auto* spec = std::get_if<syncjob::MaxComputeSource>(&plan.spec.source);
  const auto codec = spec == nullptr ? std::nullopt : maxcompute::wire::CodecFromName(spec->codec);
  if (!codec) {
    return Fail(InvalidArgument("the plan's source is no table or its codec is unknown")
                    .Because("PlanInvalid"));
  }
  source.codec_ = *codec;
  source.columns_ = plan.read_columns;
  for (const syncjob::SourceUnit& unit : plan.sources) {
    record::PartitionSpec partition;
    if (!unit.partition.empty()) {
      CULVERT_ASSIGN_OR_RETURN(partition, record::PartitionSpec::Parse(unit.partition));
    }
    source.units_.push_back({.target = {.table = spec->table, .partition = std::move(partition)},
                             .download_id = unit.download_id,
                             .instance_id = unit.instance_id});
  }
  return source;
}

Result<std::unique_ptr<CodedReader>> MaxComputeSource::Open(const OpContext& ctx,
                                                            const SourceRange& range) {
  const Unit& unit = units_[range.unit];
  const maxcompute::RowRange rows{.start = range.start, .count = range.rows};
  auto body = unit.instance_id.empty()
                  ? tunnel_.OpenDownload(ctx, unit.target, unit.download_id, rows, columns_, codec_)
                  : tunnel_.OpenInstanceDownload(ctx, unit.instance_id, unit.download_id, rows,
                                                 columns_, codec_);
  if (!body) return Fail(Translate(std::move(body.error()), unit.target));
  return std::make_unique<Reader>(*std::move(body));
}

}  // namespace culvert::runner
