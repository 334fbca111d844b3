// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/endpoint_worlds.h"

#include "emulator/emulator.h"
#include "emulator/offset_clock.h"
#include "libs/base/digest.h"
#include "libs/http/curl_transport.h"
#include "libs/maxcompute/client.h"
#include "runner/endpoints/maxcompute_source.h"
#include "runner/endpoints/maxcompute_target.h"
#include "runner/endpoints/stream_source.h"
#include "runner/endpoints/stream_target.h"
#include "tests/support/test_context.h"
#include "tests/unit/runner/engine/fakes.h"

#include <chrono>
#include <string>
#include <utility>

namespace culvert::runner {
namespace {

namespace wire = maxcompute::wire;
using maxcompute::TunnelTarget;
using maxcompute::UploadMode;
using std::chrono::hours;
using std::chrono::milliseconds;
using test::IsOk;

constexpr std::uint64_t kRows = 5000;
constexpr const char* kTable = "t";

/// An emulator with table t, columns as test::TestColumns, and a client of it.
class Warehouse {
 public:
  static std::unique_ptr<Warehouse> Make() {
    std::unique_ptr<Warehouse> made(new Warehouse());
    emulator::EmulatorOptions options;
    options.projects = {"demo"};
    options.access_keys = {"AKID:a-test-secret"};
    auto started = emulator::Emulator::Start(options, made->env_.clock(), made->env_.log());
    EXPECT_THAT(started, IsOk());
    if (!started) return nullptr;
    made->emulator_ = *std::move(started);
    http::CurlTransportOptions transport;
    transport.allow_plain_http = true;
    made->transport_ = http::MakeCurlTransport(transport);
    made->keys_ =
        maxcompute::StaticCredentials({.access_key_id = "AKID",
                                       .access_key_secret = Secret(std::string("a-test-secret")),
                                       .security_token = {}});
    maxcompute::ClientConfig config;
    config.endpoint = http::Url::Parse(made->emulator_->Endpoint()).value();
    config.project = "demo";
    config.retry.delay_initial = milliseconds(1);
    config.retry.delay_max = milliseconds(20);
    made->client_ = maxcompute::MakeClient(std::move(config), *made->transport_, *made->keys_,
                                           made->env_.clock());
    const auto created = made->client_->RunIdempotentSql(
        made->ctx(), {.sql = "CREATE TABLE t (id BIGINT, name STRING)", .hints = {}, .guid = ""});
    EXPECT_THAT(created, IsOk());
    return made;
  }

  OpContext ctx() const { return env_.ctx(std::chrono::seconds(50)); }
  maxcompute::Tunnel& tunnel() { return client_->tunnel(); }
  void PassADay() { emulator_->clock().Advance(hours(25)); }

  /// Commits rows first .. first + rows - 1 of test::TestRows.
  Status Append(std::uint64_t first, std::uint64_t rows) {
    const TunnelTarget table{.table = kTable, .partition = {}};
    CULVERT_ASSIGN_OR_RETURN(const auto session,
                             tunnel().CreateUpload(ctx(), table, UploadMode::kAppend));
    CULVERT_ASSIGN_OR_RETURN(
        const auto block, tunnel().OpenBlock(ctx(), table, session.id, 0, wire::Codec::kIdentity));
    CULVERT_TRY(block->Write(ctx(), test::TestStream(first, rows)));
    CULVERT_TRY(block->Finish(ctx()));
    CULVERT_TRY(tunnel().CommitUpload(ctx(), table, session.id));
    return {};
  }

  /// All rows, as another reader sees them now.
  Result<RowSet> Rows(const wire::RecordLayout& layout) {
    const TunnelTarget table{.table = kTable, .partition = {}};
    CULVERT_ASSIGN_OR_RETURN(const auto session, tunnel().CreateDownload(ctx(), table));
    if (session.record_count == 0) return RowSet();
    CULVERT_ASSIGN_OR_RETURN(
        const auto body,
        tunnel().OpenDownload(ctx(), table, session.id, {.start = 0, .count = session.record_count},
                              {}, wire::Codec::kIdentity));
    CULVERT_ASSIGN_OR_RETURN(const std::string stream, body.body->ReadAll(ctx(), 1U << 26U));
    return RowsOf(layout, AsBytes(stream));
  }

 private:
  Warehouse() = default;
  const test::RealContext env_;
  std::unique_ptr<emulator::Emulator> emulator_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<maxcompute::CredentialsProvider> keys_;
  std::unique_ptr<maxcompute::Client> client_;
};

class TableSourceWorld final : public SourceWorld {
 public:
  static std::unique_ptr<SourceWorld> Make(const char* codec) {
    std::unique_ptr<TableSourceWorld> made(new TableSourceWorld());
    made->warehouse_ = Warehouse::Make();
    if (made->warehouse_ == nullptr) return nullptr;
    EXPECT_THAT(made->warehouse_->Append(0, kRows), IsOk());
    const auto session = made->warehouse_->tunnel().CreateDownload(
        made->warehouse_->ctx(), {.table = kTable, .partition = {}});
    EXPECT_THAT(session, IsOk());
    if (!session) return nullptr;
    syncjob::Plan plan;
    syncjob::MaxComputeSource spec;
    spec.table = kTable;
    spec.codec = codec;
    plan.spec.source = spec;
    plan.read_columns = {"id", "name"};
    plan.sources = {
        {.partition = {}, .download_id = session->id, .rows = session->record_count, .target = 0}};
    auto source = MaxComputeSource::Make(made->warehouse_->tunnel(), plan);
    EXPECT_THAT(source, IsOk());
    if (!source) return nullptr;
    made->source_ = std::make_unique<MaxComputeSource>(*std::move(source));
    return made;
  }
  Source source() override { return source_.get(); }
  const wire::RecordLayout& layout() override { return layout_; }
  std::uint64_t rows() const override { return kRows; }
  void Change() override { EXPECT_THAT(warehouse_->Append(kRows, 10), IsOk()); }
  bool Expire() override {
    warehouse_->PassADay();
    return true;
  }

 private:
  TableSourceWorld() = default;
  wire::RecordLayout layout_{test::TestColumns()};
  std::unique_ptr<Warehouse> warehouse_;
  std::unique_ptr<MaxComputeSource> source_;
};

class TemplateSourceWorld final : public SourceWorld {
 public:
  explicit TemplateSourceWorld(StreamSource source)
      : source_(std::move(source)), layout_(source_.columns()) {}
  Source source() override { return &source_; }
  const wire::RecordLayout& layout() override { return layout_; }
  std::uint64_t rows() const override { return kRows; }

 private:
  StreamSource source_;
  wire::RecordLayout layout_;
};

class FakeSourceWorld final : public SourceWorld {
 public:
  explicit FakeSourceWorld(wire::Codec codec) : source_(codec) {}
  Source source() override { return &source_; }
  const wire::RecordLayout& layout() override { return layout_; }
  std::uint64_t rows() const override { return kRows; }

 private:
  test::FakeSource source_;
  wire::RecordLayout layout_{test::TestColumns()};
};

/// What the targets share: rows of test::TestRows.
class TestRowsTarget : public TargetWorld {
 public:
  const wire::RecordLayout& layout() override { return layout_; }
  std::vector<std::byte> Stream(std::uint64_t first, std::uint64_t rows) override {
    return test::TestStream(first, rows);
  }
  std::vector<std::byte> Code(wire::Codec codec, std::span<const std::byte> plain) override {
    return test::Coded(codec, plain);
  }

 private:
  wire::RecordLayout layout_{test::TestColumns()};
};

class TableTargetWorld final : public TestRowsTarget {
 public:
  static std::unique_ptr<TargetWorld> Make() {
    std::unique_ptr<TableTargetWorld> made(new TableTargetWorld());
    made->warehouse_ = Warehouse::Make();
    if (made->warehouse_ == nullptr) return nullptr;
    syncjob::Plan plan;
    syncjob::MaxComputeTarget spec;
    spec.table = kTable;
    plan.spec.target = spec;
    plan.targets = {{.partition = {}}};
    for (int i = 0; i < 2; ++i) {
      const auto session = made->warehouse_->tunnel().CreateUpload(
          made->warehouse_->ctx(), {.table = kTable, .partition = {}}, UploadMode::kAppend);
      EXPECT_THAT(session, IsOk());
      if (!session) return nullptr;
      plan.sessions.push_back({.upload_id = session->id, .target = 0, .shard = -1});
    }
    auto target = MaxComputeTarget::Make(made->warehouse_->tunnel(), plan);
    EXPECT_THAT(target, IsOk());
    if (!target) return nullptr;
    made->target_ = std::make_unique<MaxComputeTarget>(*std::move(target));
    return made;
  }
  Target& target() override { return *target_; }
  std::optional<RowSet> Visible() override {
    const auto rows = warehouse_->Rows(layout());
    EXPECT_THAT(rows, IsOk());
    return rows.value_or(RowSet());
  }
  void Expire() override { warehouse_->PassADay(); }

 private:
  TableTargetWorld() = default;
  std::unique_ptr<Warehouse> warehouse_;
  std::unique_ptr<MaxComputeTarget> target_;
};

class DiscardingTargetWorld final : public TestRowsTarget {
 public:
  Target& target() override { return target_; }
  std::vector<wire::Codec> codecs() const override { return {wire::Codec::kIdentity}; }
  std::optional<RowSet> Visible() override { return std::nullopt; }

 private:
  StreamTarget target_{layout(), {}};
};

class PrintingTargetWorld final : public TestRowsTarget {
 public:
  Target& target() override { return target_; }
  std::vector<wire::Codec> codecs() const override { return {wire::Codec::kIdentity}; }
  // Reads the lines back: `{"id":0,"name":null}`.
  std::optional<RowSet> Visible() override {
    RowSet all;
    for (std::size_t at = 0; at < printed_.size();) {
      const std::size_t end = printed_.find('\n', at);
      EXPECT_NE(end, std::string::npos) << "a line without its end";
      if (end == std::string::npos) break;
      const std::string line = printed_.substr(at, end - at);
      EXPECT_EQ(line.rfind(R"({"id":)", 0), 0u) << line;
      const std::uint64_t id = std::stoull(line.substr(6));
      all = all + RowsOf(layout(), test::TestStream(id, 1));
      at = end + 1;
    }
    return all;
  }

 private:
  std::string printed_;
  StreamTarget target_{layout(), [this](std::string_view lines) -> Status {
                         printed_ += lines;
                         return {};
                       }};
};

class InMemoryTargetWorld final : public TestRowsTarget {
 public:
  Target& target() override { return target_; }
  std::optional<RowSet> Visible() override {
    RowSet all;
    for (const auto& [session, blocks] : target_.blocks) {
      if (target_.states[session] != SessionState::kCommitted) continue;
      for (const auto& [id, block] : blocks) all = all + RowsOf(layout(), block.plain);
    }
    return all;
  }
  void Expire() override {
    for (const std::size_t session : {0, 1}) target_.states[session] = SessionState::kLost;
  }

 private:
  test::FakeTarget target_{test::TestColumns()};
};

}  // namespace

std::unique_ptr<SourceWorld> PlainTableSource() { return TableSourceWorld::Make("identity"); }
std::unique_ptr<SourceWorld> ZstdTableSource() { return TableSourceWorld::Make("zstd"); }

std::unique_ptr<SourceWorld> TemplateSource() {
  syncjob::StreamSource spec;
  spec.count = kRows;
  const auto column = [&spec](const char* name, const char* type) -> syncjob::StreamColumn& {
    spec.column.push_back(
        {.name = name, .type = type, .constant = {}, .increasing_from = {}, .random = {}});
    return spec.column.back();
  };
  column("id", "bigint").increasing_from = 1;
  column("day", "date").increasing_from = 0;
  column("tag", "string").constant = "same";
  column("share", "double").random = {.min = 0, .max = 1};
  column("word", "string").random = {.min = 0, .max = 40};
  auto source = StreamSource::Make(spec, 7);
  EXPECT_THAT(source, IsOk());
  if (!source) return nullptr;
  return std::make_unique<TemplateSourceWorld>(*std::move(source));
}

std::unique_ptr<SourceWorld> PlainFakeSource() {
  return std::make_unique<FakeSourceWorld>(wire::Codec::kIdentity);
}
std::unique_ptr<SourceWorld> DeflatedFakeSource() {
  return std::make_unique<FakeSourceWorld>(wire::Codec::kDeflate);
}

std::unique_ptr<TargetWorld> TableTarget() { return TableTargetWorld::Make(); }
std::unique_ptr<TargetWorld> DiscardingTarget() {
  return std::make_unique<DiscardingTargetWorld>();
}
std::unique_ptr<TargetWorld> PrintingTarget() { return std::make_unique<PrintingTargetWorld>(); }
std::unique_ptr<TargetWorld> InMemoryTarget() { return std::make_unique<InMemoryTargetWorld>(); }

}  // namespace culvert::runner
