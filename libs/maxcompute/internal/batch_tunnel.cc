// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/internal/batch_tunnel.h"

#include "libs/maxcompute/internal/error_mapping.h"
#include "libs/maxcompute/internal/poll.h"
#include "libs/maxcompute/internal/session_json.h"
#include "libs/maxcompute/reasons.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace culvert::maxcompute::internal {
namespace {

using std::chrono::milliseconds;

constexpr PollPace kSessionPace{.first = milliseconds(100), .longest = milliseconds(5'000)};
constexpr std::string_view kDateTransform = "odps-tunnel-date-transform";

std::string Shown(const TunnelTarget& target) {
  std::string text = "table " + target.table;
  if (!target.partition.empty()) text += " partition " + target.partition.ToString();
  return text;
}

/// Session calls say that they know of date transforms; data calls do not, as the official clients
/// have it.
void MakeSessionCall(Call& call) { call.headers.Set(std::string(kDateTransform), "v1"); }

bool HoldsDatetime(const record::Type& type) {
  return type.kind == record::TypeKind::kDatetime ||
         std::ranges::any_of(type.children, HoldsDatetime);
}

/// Under a transform DATETIME travels as wall-clock time of a zone that the stream does not tell.
Status RefuseTransform(const http::Response& response, const record::Schema& schema) {
  if (!record::SameName(response.headers.Get(kDateTransform).value_or(""), "true")) return {};
  for (const record::Column& column : schema.columns) {
    if (!HoldsDatetime(column.type)) continue;
    return Fail(Unimplemented("column '" + column.name +
                              "' is sent as local time by this service, which is not supported")
                    .Because(reasons::kUnsupportedType));
  }
  return {};
}

Error NotOpen(const Call& call) {
  return FailedPrecondition("could not " + call.doing +
                            ": the session is not in a state that can be read")
      .Because(reasons::kStatusConflict);
}

class OneBlock final : public BlockUpload {
 public:
  OneBlock(Connection& connection, Call call, Connection::OpenUpload upload)
      : connection_(connection), call_(std::move(call)), upload_(std::move(upload)) {}

  Status Write(const OpContext& ctx, std::span<const std::byte> bytes) override {
    return Named(upload_.stream->Write(ctx, bytes));
  }

  Status Finish(const OpContext& ctx) override {
    auto response = upload_.stream->Finish(ctx);
    if (!response) return Named(Fail(std::move(response).error()));
    return connection_.Judge(ctx, call_, *upload_.credentials, *response);
  }

 private:
  Status Named(Status status) const {
    if (!status && status.error().code != ErrorCode::kCancelled) {
      status.error().message = "could not " + call_.doing + ": " + status.error().message;
    }
    return status;
  }

  Connection& connection_;
  const Call call_;
  Connection::OpenUpload upload_;
};

}  // namespace

Call BatchTunnel::TableCall(const TunnelTarget& target) const {
  const ClientConfig& config = connection_.config();
  Call call;
  call.service = Service::kTunnel;
  call.path = {"projects", config.project};
  if (!config.schema.empty()) {
    call.path.emplace_back("schemas");
    call.path.push_back(config.schema);
  }
  call.path.emplace_back("tables");
  call.path.push_back(record::FoldName(target.table));
  if (!target.partition.empty()) call.query.emplace_back("partition", target.partition.ToString());
  if (!config.quota_name.empty()) call.query.emplace_back("quotaName", config.quota_name);
  call.missing = reasons::kNoSuchTable;
  return call;
}

Call BatchTunnel::InstanceCall(const std::string& instance_id) const {
  const ClientConfig& config = connection_.config();
  Call call;
  call.service = Service::kTunnel;
  call.path = {"projects", config.project, "instances", instance_id};
  if (!config.quota_name.empty()) call.query.emplace_back("quotaName", config.quota_name);
  call.missing = reasons::kNoSuchInstance;
  return call;
}

Result<DownloadSession> BatchTunnel::ReadDownload(const OpContext& ctx, const Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const http::Response response, connection_.Send(ctx, call));
  CULVERT_ASSIGN_OR_RETURN(DownloadSession session, ReadDownloadSession(response.body));
  CULVERT_TRY(RefuseTransform(response, session.schema));
  return session;
}

Result<UploadSession> BatchTunnel::ReadUpload(const OpContext& ctx, const Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const http::Response response, connection_.Send(ctx, call));
  CULVERT_ASSIGN_OR_RETURN(UploadSession session, ReadUploadSession(response.body));
  CULVERT_TRY(RefuseTransform(response, session.schema));
  return session;
}

Result<DownloadSession> BatchTunnel::Open(const OpContext& ctx, const Call& create, Call reload) {
  CULVERT_ASSIGN_OR_RETURN(DownloadSession session, ReadDownload(ctx, create));
  reload.query.emplace_back("downloadid", session.id);
  Poll poll(kSessionPace);
  while (session.status == DownloadStatus::kInitiating) {
    CULVERT_TRY(poll.Wait(ctx));
    CULVERT_ASSIGN_OR_RETURN(session, ReadDownload(ctx, reload));
  }
  if (session.status != DownloadStatus::kNormal) return Fail(NotOpen(create));
  return session;
}

Result<DownloadSession> BatchTunnel::CreateDownload(const OpContext& ctx,
                                                    const TunnelTarget& target) {
  Call create = TableCall(target);
  create.method = "POST";
  MakeSessionCall(create);
  create.doing = "open a download of " + Shown(target);
  Call reload = create;
  reload.method = "GET";
  reload.missing = reasons::kNoSuchDownload;
  create.query.emplace_back("downloads", "");
  create.query.emplace_back("asyncmode", "true");
  return Open(ctx, create, std::move(reload));
}

Result<DownloadSession> BatchTunnel::GetDownload(const OpContext& ctx, const TunnelTarget& target,
                                                 const std::string& id) {
  Call call = TableCall(target);
  MakeSessionCall(call);
  call.query.emplace_back("downloadid", id);
  call.doing = "read download session " + id + " of " + Shown(target);
  call.missing = reasons::kNoSuchDownload;
  return ReadDownload(ctx, call);
}

Result<DownloadBody> BatchTunnel::OpenBody(const OpContext& ctx, Call call, const std::string& id,
                                           RowRange range, const std::vector<std::string>& columns,
                                           wire::Codec codec) {
  call.query.emplace_back("data", "");
  call.query.emplace_back("downloadid", id);
  call.query.emplace_back(
      "rowrange", "(" + std::to_string(range.start) + "," + std::to_string(range.count) + ")");
  if (!columns.empty()) {
    std::string names;
    for (const std::string& column : columns) {
      if (!names.empty()) names += ',';
      names += column;
    }
    call.query.emplace_back("columns", std::move(names));
  }
  const std::string_view coding = wire::ContentEncoding(codec);
  call.headers.Set("Accept-Encoding", coding.empty() ? "identity" : std::string(coding));
  call.doing = "download rows " + std::to_string(range.start) + " to " +
               std::to_string(range.start + range.count) + " of " + call.doing;
  call.missing = reasons::kNoSuchDownload;
  CULVERT_ASSIGN_OR_RETURN(auto stream, connection_.Download(ctx, call));
  // The service may code the answer otherwise than asked.
  const auto answered = stream->response().headers.Get("Content-Encoding").value_or("");
  const auto known = wire::CodecFromContentEncoding(answered);
  if (!known) {
    return Fail(FailedPrecondition("could not " + call.doing + ": the answer has coding '" +
                                   ScrubMessage(answered, 64) + "', which is unknown")
                    .Because(reasons::kUnsupportedCodec));
  }
  return DownloadBody{.body = std::move(stream), .codec = *known};
}

Result<DownloadBody> BatchTunnel::OpenDownload(const OpContext& ctx, const TunnelTarget& target,
                                               const std::string& id, RowRange range,
                                               const std::vector<std::string>& columns,
                                               wire::Codec codec) {
  Call call = TableCall(target);
  call.doing = Shown(target);
  return OpenBody(ctx, std::move(call), id, range, columns, codec);
}

Result<UploadSession> BatchTunnel::CreateUpload(const OpContext& ctx, const TunnelTarget& target,
                                                UploadMode mode) {
  Call call = TableCall(target);
  call.method = "POST";
  MakeSessionCall(call);
  call.query.emplace_back("uploads", "");
  if (mode == UploadMode::kOverwrite) call.query.emplace_back("overwrite", "true");
  call.doing = "open an upload to " + Shown(target);
  CULVERT_ASSIGN_OR_RETURN(UploadSession session, ReadUpload(ctx, call));
  if (session.status != UploadStatus::kNormal) return Fail(NotOpen(call));
  // Appending where replacing was asked for would double the rows.
  if (session.overwrite != (mode == UploadMode::kOverwrite)) {
    return Fail(Internal("could not " + call.doing + ": the session's overwrite is not as asked")
                    .Because(reasons::kUnexpectedAnswer));
  }
  return session;
}

Result<UploadSession> BatchTunnel::GetUpload(const OpContext& ctx, const TunnelTarget& target,
                                             const std::string& id) {
  Call call = TableCall(target);
  MakeSessionCall(call);
  call.query.emplace_back("uploadid", id);
  call.doing = "read upload session " + id + " of " + Shown(target);
  call.missing = reasons::kNoSuchUpload;
  return ReadUpload(ctx, call);
}

Result<std::unique_ptr<BlockUpload>> BatchTunnel::OpenBlock(const OpContext& ctx,
                                                            const TunnelTarget& target,
                                                            const std::string& id,
                                                            std::uint64_t block_id,
                                                            wire::Codec codec) {
  Call call = TableCall(target);
  call.method = "PUT";
  call.query.emplace_back("uploadid", id);
  call.query.emplace_back("blockid", std::to_string(block_id));
  call.content_type = "application/octet-stream";
  const std::string_view coding = wire::ContentEncoding(codec);
  if (!coding.empty()) call.headers.Set("Content-Encoding", std::string(coding));
  call.doing = "write block " + std::to_string(block_id) + " to " + Shown(target);
  call.missing = reasons::kNoSuchUpload;
  CULVERT_ASSIGN_OR_RETURN(auto upload, connection_.Upload(ctx, call));
  return std::make_unique<OneBlock>(connection_, std::move(call), std::move(upload));
}

Result<UploadSession> BatchTunnel::CommitUpload(const OpContext& ctx, const TunnelTarget& target,
                                                const std::string& id) {
  Call call = TableCall(target);
  call.method = "POST";
  MakeSessionCall(call);
  call.query.emplace_back("uploadid", id);
  call.repeat = Repeat::kOnNewKeyOrDate;
  call.doing = "commit upload session " + id + " of " + Shown(target);
  call.missing = reasons::kNoSuchUpload;
  CULVERT_ASSIGN_OR_RETURN(const http::Response response, connection_.Send(ctx, call));
  auto session = ReadUploadSession(response.body);
  if (!session) {
    // Accepted, but nothing is known of what came of it: the caller asks, as after any lost answer.
    return Fail(Unavailable("could not " + call.doing + ": " + session.error().message)
                    .Because(reasons::kUnexpectedAnswer));
  }
  return session;
}

Result<DownloadSession> BatchTunnel::CreateInstanceDownload(const OpContext& ctx,
                                                            const std::string& instance_id) {
  Call create = InstanceCall(instance_id);
  create.method = "POST";
  MakeSessionCall(create);
  create.doing = "open a download of the result of instance " + instance_id;
  Call reload = create;
  reload.method = "GET";
  create.query.emplace_back("downloads", "");
  return Open(ctx, create, std::move(reload));
}

Result<DownloadBody> BatchTunnel::OpenInstanceDownload(const OpContext& ctx,
                                                       const std::string& instance_id,
                                                       const std::string& id, RowRange range,
                                                       const std::vector<std::string>& columns,
                                                       wire::Codec codec) {
  Call call = InstanceCall(instance_id);
  call.doing = "the result of instance " + instance_id;
  return OpenBody(ctx, std::move(call), id, range, columns, codec);
}

}  // namespace culvert::maxcompute::internal
