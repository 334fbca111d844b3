// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/tunnel_routes.h"

#include "emulator/block_receiver.h"
#include "emulator/row_sender.h"
#include "emulator/rows_hash.h"
#include "emulator/tunnel_json.h"

#include <algorithm>
#include <charconv>

namespace culvert::emulator {
namespace {

namespace wire = maxcompute::wire;

constexpr std::uint64_t kInstanceRowsMax = 10'000;  // tunnel-batch.md 7
constexpr std::uint64_t kDrainBytesMax = std::uint64_t{16} * 1024 * 1024;

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> SplitList(std::string_view text) {
  std::vector<std::string_view> items;
  while (true) {
    const std::size_t comma = text.find(',');
    items.push_back(Trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// `partition`, empty when it is not given.
Result<record::PartitionSpec> PartitionOf(const Call& call) {
  const std::string text = call.Query("partition").value_or("");
  if (text.empty()) return record::PartitionSpec();
  Result<record::PartitionSpec> spec = record::PartitionSpec::Parse(text);
  if (!spec) return Fail(std::move(spec).error().Because("InvalidPartitionSpec"));
  return spec;
}

std::string OwnerOf(const TunnelServices& tunnel, const Call& call) {
  const auto project = tunnel.common.projects.Find(call.Param("project"));
  return project ? (*project)->owner : std::string();
}

Status CheckStored(const TableDef& def) {
  if (def.kind == TableKind::kManaged) return {};
  const std::string what = def.kind == TableKind::kView ? "a view" : "an external table";
  return Fail(FailedPrecondition("table " + def.name + " is " + what +
                                 ", which Tunnel neither reads nor writes")
                  .Because("InvalidArgument"));
}

Status CheckRecords(const Call& call) {
  if (!call.Has("arrow")) return {};
  return Fail(Unimplemented("arrow bodies are not served; ask for records"));
}

class SlotHold {
 public:
  explicit SlotHold(RateLimiter& rates) : rates_(rates) {}
  SlotHold(const SlotHold&) = delete;
  SlotHold& operator=(const SlotHold&) = delete;
  ~SlotHold() { rates_.ReleaseSlot(); }

 private:
  RateLimiter& rates_;
};

// Sends the answer of a session call, or its error.
void Answer(Call& call, const Result<std::string>& body) {
  if (!body) {
    RespondJsonError(call, body.error());
    return;
  }
  RespondBody(call, 200, "application/json", *body);
}

// ---- downloads

Result<std::string> CreateDownload(TunnelServices& tunnel, Call& call) {
  const TableKey table = call.Table();
  CULVERT_ASSIGN_OR_RETURN(const auto def, tunnel.common.catalog.FindTable(table));
  CULVERT_TRY(CheckStored(*def));
  CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec partition, PartitionOf(call));
  CULVERT_TRY(tunnel.rates.Admit(RateKind::kDownloadSession, table));
  CULVERT_ASSIGN_OR_RETURN(const DownloadSessionPtr session,
                           tunnel.downloads.Open(table, partition));
  tunnel.common.events.Append("session.open", {{"session", session->id},
                                               {"mode", "download"},
                                               {"project", table.project},
                                               {"schema", table.schema},
                                               {"table", table.name},
                                               {"partition", session->partition.ToString()},
                                               {"columns", session->schema.columns.size()},
                                               {"records", session->rows},
                                               {"hash", RowsHash(session->segments)}});
  return DownloadJson(*session, DownloadState::kNormal, OwnerOf(tunnel, call));
}

Result<std::string> CreateInstanceDownload(TunnelServices& tunnel, Call& call) {
  const std::string instance = call.Param("instance");
  if (tunnel.common.instances == nullptr) {
    return Fail(NotFound("instance " + instance + " does not exist").Because("NoSuchInstance"));
  }
  CULVERT_ASSIGN_OR_RETURN(ResultSet result,
                           tunnel.common.instances->Find(call.Param("project"), instance));
  const bool limited = call.Has("instance_tunnel_limit_enabled");
  CULVERT_ASSIGN_OR_RETURN(
      const DownloadSessionPtr session,
      tunnel.downloads.OpenInstance(call.Param("project"), instance, std::move(result),
                                    limited ? kInstanceRowsMax : UINT64_MAX));
  return DownloadJson(*session, DownloadState::kNormal, OwnerOf(tunnel, call));
}

// The session that the request names, when it belongs to the path.
Result<DownloadSessionPtr> FindDownload(TunnelServices& tunnel, const Call& call) {
  const std::string id = call.Query("downloadid").value_or("");
  CULVERT_ASSIGN_OR_RETURN(DownloadSessionPtr session, tunnel.downloads.Get(id));
  const std::string instance = call.Param("instance");
  const bool fits = instance.empty() ? session->instance.empty() && session->table == call.Table()
                                     : session->instance == instance &&
                                           session->table.project ==
                                               MakeTableKey(call.Param("project"), "", "").project;
  if (!fits) {
    return Fail(
        NotFound("download " + id + " belongs to something else").Because("NoSuchDownload"));
  }
  return session;
}

Result<std::string> GetDownload(TunnelServices& tunnel, Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const DownloadSessionPtr session, FindDownload(tunnel, call));
  return DownloadJson(*session, tunnel.downloads.StateOf(*session), OwnerOf(tunnel, call));
}

Result<RowRequest> ReadRowRequest(const Call& call, const DownloadSession& session) {
  RowRequest request;
  CULVERT_ASSIGN_OR_RETURN(const RowRangeText range,
                           ParseRowRange(call.Query("rowrange").value_or("")));
  if (range.start > session.rows || range.count > session.rows - range.start) {
    return Fail(OutOfRange("rows " + std::to_string(range.start) + " and " +
                           std::to_string(range.count) + " more are beyond the " +
                           std::to_string(session.rows) + " of the session")
                    .Because("InvalidRowRange"));
  }
  request.start = range.start;
  request.count = range.count;
  CULVERT_ASSIGN_OR_RETURN(request.columns, ResolveColumns(session.schema, call.Query("columns")));
  request.codec = NegotiateCodec(call.exchange.headers().Get("Accept-Encoding").value_or(""));
  return request;
}

Status ReadRows(TunnelServices& tunnel, Call& call) {
  CULVERT_TRY(CheckRecords(call));
  CULVERT_ASSIGN_OR_RETURN(const DownloadSessionPtr session, FindDownload(tunnel, call));
  if (tunnel.downloads.StateOf(*session) == DownloadState::kExpired) {
    return Fail(FailedPrecondition("the download session has expired; open a new one")
                    .Because("StatusConflict"));
  }
  if (!call.Has("disable_modified_check")) {
    CULVERT_TRY(tunnel.downloads.CheckUnmodified(*session));
  }
  CULVERT_ASSIGN_OR_RETURN(const RowRequest request, ReadRowRequest(call, *session));
  CULVERT_TRY(tunnel.rates.TakeSlot());
  const SlotHold slot(tunnel.rates);
  tunnel.common.events.Append(
      "read", {{"session", session->id}, {"start", request.start}, {"count", request.count}});
  Throttle throttle(tunnel.limits.slot_bytes_per_second, tunnel.common.clock);
  // Once the head is out there is no other way to say that something failed than to cut the body.
  if (!SendRows(call.exchange, *session, request, throttle, tunnel.stop)) call.exchange.Reset();
  return {};
}

// ---- uploads

Result<std::string> CreateUpload(TunnelServices& tunnel, Call& call) {
  const TableKey table = call.Table();
  CULVERT_ASSIGN_OR_RETURN(const auto def, tunnel.common.catalog.FindTable(table));
  CULVERT_TRY(CheckStored(*def));
  CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec partition, PartitionOf(call));
  const bool overwrite = record::FoldName(call.Query("overwrite").value_or("")) == "true";
  if (overwrite && def->transactional) {
    return Fail(
        InvalidArgument("table " + def->name + " is a Delta table, which no upload overwrites")
            .Because("OverwriteModeNotAllowed"));
  }
  if (record::FoldName(call.Query("create_partition").value_or("")) == "true" &&
      !partition.empty()) {
    const Status added = tunnel.common.catalog.AddPartition(table, partition);
    if (!added && added.error().code != ErrorCode::kAlreadyExists) return Fail(added.error());
  }
  CULVERT_TRY(tunnel.rates.Admit(RateKind::kUploadSession, table));
  CULVERT_ASSIGN_OR_RETURN(const UploadView session,
                           tunnel.uploads.Open(table, partition,
                                               overwrite ? UploadSessions::Mode::kOverwrite
                                                         : UploadSessions::Mode::kAppend));
  CULVERT_ASSIGN_OR_RETURN(const auto visible,
                           tunnel.common.catalog.Snapshot(table, session.partition));
  tunnel.common.events.Append("session.open", {{"session", session.id},
                                               {"mode", overwrite ? "overwrite" : "append"},
                                               {"project", table.project},
                                               {"schema", table.schema},
                                               {"table", table.name},
                                               {"partition", session.partition.ToString()},
                                               {"records", visible->rows()},
                                               {"hash", RowsHash(visible->segments)}});
  return UploadJson(session, OwnerOf(tunnel, call), tunnel.limits.field_bytes, BlockList::kShown);
}

Result<UploadView> FindUpload(TunnelServices& tunnel, const Call& call) {
  const std::string id = call.Query("uploadid").value_or("");
  CULVERT_ASSIGN_OR_RETURN(UploadView session, tunnel.uploads.Get(id));
  if (session.table != call.Table()) {
    return Fail(NotFound("upload " + id + " belongs to another table").Because("NoSuchUpload"));
  }
  return session;
}

Result<std::string> GetUpload(TunnelServices& tunnel, Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const UploadView session, FindUpload(tunnel, call));
  const bool left_out = record::FoldName(call.Query("getblockid").value_or("")) == "false";
  return UploadJson(session, OwnerOf(tunnel, call), tunnel.limits.field_bytes,
                    left_out ? BlockList::kLeftOut : BlockList::kShown);
}

Status PutBlock(TunnelServices& tunnel, Call& call) {
  CULVERT_TRY(CheckRecords(call));
  CULVERT_ASSIGN_OR_RETURN(const UploadView session, FindUpload(tunnel, call));
  const std::optional<std::uint64_t> block_id = ParseNumber(call.Query("blockid").value_or(""));
  if (!block_id || *block_id >= tunnel.limits.blocks_per_session) {
    return Fail(InvalidArgument("'" + call.Query("blockid").value_or("") +
                                "' is no block id below " +
                                std::to_string(tunnel.limits.blocks_per_session))
                    .Because("InvalidBlockID"));
  }
  if (session.state != UploadState::kNormal) {
    return Fail(FailedPrecondition("the upload session is " +
                                   std::string(UploadStateName(session.state)) + "; open a new one")
                    .Because("StatusConflict"));
  }
  const std::string coding(call.exchange.headers().Get("Content-Encoding").value_or(""));
  const std::optional<wire::Codec> codec = wire::CodecFromContentEncoding(coding);
  if (!codec) return Fail(InvalidArgument("content encoding '" + coding + "' is not known"));
  CULVERT_TRY(tunnel.rates.Admit(RateKind::kBlock, session.table));
  CULVERT_TRY(tunnel.rates.TakeSlot());
  const SlotHold slot(tunnel.rates);

  EventLog& events = tunnel.common.events;
  events.Append("block.begin", {{"session", session.id}, {"block", *block_id}});
  SegmentBuilder builder(*session.layout, tunnel.segments, tunnel.limits.field_bytes);
  Throttle throttle(tunnel.limits.slot_bytes_per_second, tunnel.common.clock);
  CULVERT_ASSIGN_OR_RETURN(
      ReceivedBlock received,
      ReceiveBlock(call.exchange, *codec, builder, tunnel.limits, throttle, tunnel.stop));
  UploadBlock block;
  block.id = *block_id;
  block.records = received.records;
  block.bytes = received.bytes;
  block.version = ParseNumber(call.Query("block_version").value_or("")).value_or(0);
  block.created_seconds = NowSeconds(tunnel.common.clock);
  const std::uint64_t hash = RowsHash(received.segments);
  CULVERT_TRY(tunnel.uploads.PutBlock(session.id, block, std::move(received.segments)));
  events.Append("block.accept", {{"session", session.id},
                                 {"block", block.id},
                                 {"bytes", block.bytes},
                                 {"crc", received.crc_of_crcs},
                                 {"records", block.records},
                                 {"hash", hash}});
  RespondBody(call, 200, "", "");
  return {};
}

// A client that still sends would find its connection reset instead of the answer.
void Drain(http::ServerExchange& exchange) {
  std::uint64_t drained = 0;
  while (drained < kDrainBytesMax) {
    const auto bytes = exchange.ReadBody();
    if (!bytes || bytes->empty()) return;
    drained += bytes->size();
  }
}

void CommitUpload(TunnelServices& tunnel, Call& call) {
  const Result<UploadView> session = FindUpload(tunnel, call);
  if (!session) {
    RespondJsonError(call, session.error());
    return;
  }
  EventLog& events = tunnel.common.events;
  events.Append("commit.begin", {{"session", session->id}});
  const Result<UploadSessions::Committed> committed = tunnel.uploads.Commit(session->id);
  if (!committed) {
    RespondJsonError(call, committed.error());
    events.Append("commit.refused",
                  {{"session", session->id}, {"reason", committed.error().reason}});
    return;
  }
  if (committed->applied) {
    const auto visible = tunnel.common.catalog.Snapshot(session->table, session->partition);
    events.Append("commit.applied", {{"session", session->id},
                                     {"project", session->table.project},
                                     {"schema", session->table.schema},
                                     {"table", session->table.name},
                                     {"partition", session->partition.ToString()},
                                     {"overwrite", session->overwrite},
                                     {"blocks", committed->view.blocks.size()},
                                     {"records", visible ? (*visible)->rows() : 0},
                                     {"hash", visible ? RowsHash((*visible)->segments) : 0}});
  }
  RespondBody(call, 200, "application/json",
              UploadJson(committed->view, OwnerOf(tunnel, call), tunnel.limits.field_bytes,
                         BlockList::kShown));
  events.Append("commit.replied", {{"session", session->id}});
}

void AddRoute(Router& router, std::string_view method, std::string_view pattern,
              std::vector<std::string> query, std::string_view operation,
              std::function<void(Call&)> handler) {
  router.Add({.method = std::string(method),
              .pattern = std::string(pattern),
              .query = std::move(query),
              .operation = std::string(operation),
              .errors = ErrorForm::kJson,
              .handler = std::move(handler)});
}

}  // namespace

wire::Codec NegotiateCodec(std::string_view accept_encoding) {
  for (const std::string_view item : SplitList(accept_encoding)) {
    const std::size_t semicolon = item.find(';');
    const std::string_view name = Trim(item.substr(0, semicolon));
    if (name.empty()) continue;
    if (semicolon != std::string_view::npos) {
      std::string_view quality = Trim(item.substr(semicolon + 1));
      // `q=0`, `q=0.0`, `q=0.000`
      if (quality.starts_with("q=") &&
          quality.substr(2).find_first_not_of("0.") == std::string_view::npos) {
        continue;
      }
    }
    if (const auto codec = wire::CodecFromContentEncoding(name)) return *codec;
  }
  return wire::Codec::kIdentity;
}

Result<RowRangeText> ParseRowRange(std::string_view text) {
  std::string_view inner = Trim(text);
  const std::size_t comma = inner.find(',');
  if (inner.size() >= 2 && inner.front() == '(' && inner.back() == ')' &&
      comma != std::string_view::npos) {
    inner = inner.substr(1, inner.size() - 2);
    const auto start = ParseNumber(Trim(inner.substr(0, comma - 1)));
    const auto count = ParseNumber(Trim(inner.substr(comma)));
    if (start && count) return RowRangeText{.start = *start, .count = *count};
  }
  return Fail(InvalidArgument("row range '" + std::string(text) + "' is not (start,count)")
                  .Because("InvalidRowRange"));
}

Result<std::vector<std::size_t>> ResolveColumns(const record::Schema& schema,
                                                const std::optional<std::string>& list) {
  std::vector<std::size_t> columns;
  if (!list || Trim(*list).empty()) return columns;
  for (const std::string_view name : SplitList(*list)) {
    const std::optional<std::size_t> column = schema.FindColumn(name);
    if (!column || std::ranges::find(columns, *column) != columns.end()) {
      return Fail(InvalidArgument("'" + std::string(name) + "' is " +
                                  (column ? "asked for twice" : "no data column of the table"))
                      .Because("InvalidColumn"));
    }
    columns.push_back(*column);
  }
  if (columns.size() == schema.columns.size() && std::ranges::is_sorted(columns)) columns.clear();
  return columns;
}

void RegisterTunnelRoutes(Router& router, TunnelServices& tunnel) {
  constexpr std::string_view kTable = "/projects/{project}/tables/{table}";
  constexpr std::string_view kInstance = "/projects/{project}/instances/{instance}";
  const auto session_call = [&tunnel](auto function) {
    return [&tunnel, function](Call& call) { Answer(call, function(tunnel, call)); };
  };
  const auto data_call = [&tunnel](auto function) {
    return [&tunnel, function](Call& call) {
      const Status done = function(tunnel, call);
      if (done) return;
      Drain(call.exchange);
      RespondJsonError(call, done.error());
    };
  };
  AddRoute(router, "POST", kTable, {"downloads"}, "download.create", session_call(CreateDownload));
  AddRoute(router, "GET", kTable, {"downloadid"}, "download.get", session_call(GetDownload));
  AddRoute(router, "GET", kTable, {"data", "downloadid"}, "download.data", data_call(ReadRows));
  AddRoute(router, "POST", kTable, {"uploads"}, "upload.create", session_call(CreateUpload));
  AddRoute(router, "GET", kTable, {"uploadid"}, "upload.get", session_call(GetUpload));
  AddRoute(router, "PUT", kTable, {"uploadid"}, "block.put", data_call(PutBlock));
  AddRoute(router, "POST", kTable, {"uploadid"}, "upload.commit",
           [&tunnel](Call& call) { CommitUpload(tunnel, call); });

  AddRoute(router, "POST", kInstance, {"downloads"}, "instance.download.create",
           session_call(CreateInstanceDownload));
  AddRoute(router, "GET", kInstance, {"downloadid"}, "instance.download.get",
           session_call(GetDownload));
  AddRoute(router, "GET", kInstance, {"data", "downloadid"}, "instance.download.data",
           data_call(ReadRows));
}

}  // namespace culvert::emulator
