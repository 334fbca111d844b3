// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/emulator.h"
#include "emulator/faults.h"
#include "emulator/offset_clock.h"
#include "libs/base/digest.h"
#include "libs/http/curl_transport.h"
#include "libs/maxcompute/client.h"
#include "libs/maxcompute/reasons.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_context.h"
#include "tests/unit/emulator/records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

// The client over real sockets against the emulator, which checks signatures by code of its own.

namespace culvert::maxcompute {
namespace {

using emulator::TestColumns;
using emulator::TestIds;
using emulator::TestStream;
using std::chrono::milliseconds;
using test::FailsBecause;
using test::FailsWith;
using test::IsOk;
using test::IsOkAndHolds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using wire::Codec;

Credentials Key(std::string id, std::string secret, std::string token = "") {
  return {.access_key_id = std::move(id),
          .access_key_secret = Secret(std::move(secret)),
          .security_token = Secret(std::move(token))};
}

/// Gives the first key until it is refused, then the second.
class TwoKeys final : public CredentialsProvider {
 public:
  TwoKeys(Credentials first, Credentials second)
      : first_(std::make_shared<const Credentials>(std::move(first))),
        second_(std::make_shared<const Credentials>(std::move(second))),
        current_(first_) {}
  Result<std::shared_ptr<const Credentials>> Get() override { return current_; }
  bool Refresh(const Credentials& rejected) override {
    current_ = second_;
    return rejected.access_key_id != current_->access_key_id;
  }

 private:
  std::shared_ptr<const Credentials> first_;
  std::shared_ptr<const Credentials> second_;
  std::shared_ptr<const Credentials> current_;
};

std::string Transform(wire::Decompressor& decompressor, std::string_view coded) {
  std::string plain;
  std::array<std::byte, 4096> out{};
  std::span<const std::byte> in = AsBytes(coded);
  while (true) {
    const auto step = decompressor.Decompress(in, out);
    EXPECT_THAT(step, IsOk());
    if (!step) return plain;
    in = in.subspan(step->consumed);
    plain += AsText(std::span(out).first(step->produced));
    if (in.empty() && step->produced == 0) break;
  }
  EXPECT_THAT(decompressor.Finish(), IsOk());
  return plain;
}

std::string Compress(Codec codec, std::string_view plain) {
  const auto compressor = wire::MakeCompressor(codec);
  std::string coded;
  std::array<std::byte, 4096> out{};
  std::span<const std::byte> in = AsBytes(plain);
  while (!in.empty()) {
    const auto step = compressor->Compress(in, out);
    EXPECT_THAT(step, IsOk());
    if (!step) return coded;
    in = in.subspan(step->consumed);
    coded += AsText(std::span(out).first(step->produced));
  }
  while (true) {
    const auto tail = compressor->Finish(out);
    EXPECT_THAT(tail, IsOk());
    if (!tail) return coded;
    coded += AsText(std::span(out).first(tail->produced));
    if (tail->finished) return coded;
  }
}

std::vector<std::int64_t> Ids(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

class ClientEmulatorTest : public ::testing::Test {
 protected:
  ClientEmulatorTest() {
    http::CurlTransportOptions options;
    options.allow_plain_http = true;
    transport_ = http::MakeCurlTransport(options);
  }

  void SetUp() override {
    emulator::EmulatorOptions options;
    options.projects = {"demo"};
    options.access_keys = {"AKGOOD:secret1", "AKNEXT:secret2", "AKTEMP:secret3:token3",
                           "AKOLD:secret4@2020-01-01T00:00:00Z",
                           "AKOLDTEMP:secret5:token5@2020-01-01T00:00:00Z"};
    auto started = emulator::Emulator::Start(options, env_.clock(), env_.log());
    ASSERT_THAT(started, IsOk());
    emulator_ = std::move(*started);
    keys_ = StaticCredentials(Key("AKGOOD", "secret1"));
    client_ = NewClient(Config(), *keys_);
  }

  ClientConfig Config() const {
    ClientConfig config;
    config.endpoint = http::Url::Parse(emulator_->Endpoint()).value();
    config.project = "demo";
    config.retry.delay_initial = milliseconds(1);
    config.retry.delay_max = milliseconds(20);
    return config;
  }
  std::unique_ptr<Client> NewClient(ClientConfig config, CredentialsProvider& keys) {
    return MakeClient(std::move(config), *transport_, keys, env_.clock());
  }
  OpContext ctx() const { return env_.ctx(std::chrono::seconds(50)); }

  InstanceResult Sql(std::string sql) {
    auto result =
        client_->RunIdempotentSql(ctx(), {.sql = std::move(sql), .hints = {}, .guid = ""});
    EXPECT_THAT(result, IsOk());
    return result.value_or(InstanceResult());
  }
  void MakeTable(const std::string& name) {
    Sql("CREATE TABLE IF NOT EXISTS " + name + " (id BIGINT, name STRING)");
  }

  Status WriteBlock(const TunnelTarget& target, const std::string& id, std::uint64_t block_id,
                    std::string_view body, Codec codec = Codec::kIdentity) {
    CULVERT_ASSIGN_OR_RETURN(const auto block,
                             client_->tunnel().OpenBlock(ctx(), target, id, block_id, codec));
    CULVERT_TRY(block->Write(ctx(), AsBytes(body)));
    return block->Finish(ctx());
  }
  /// Commits rows [first, first + count) in one block.
  void Put(const TunnelTarget& target, std::int64_t first, std::int64_t count,
           UploadMode mode = UploadMode::kAppend) {
    const auto session = client_->tunnel().CreateUpload(ctx(), target, mode);
    ASSERT_THAT(session, IsOk());
    ASSERT_THAT(WriteBlock(target, session->id, 0, TestStream(first, count)), IsOk());
    const auto committed = client_->tunnel().CommitUpload(ctx(), target, session->id);
    ASSERT_THAT(committed, IsOk());
    ASSERT_EQ(committed->status, UploadStatus::kClosed);
  }
  Result<std::string> Read(const TunnelTarget& target, const std::string& id, RowRange range,
                           const std::vector<std::string>& columns = {},
                           Codec codec = Codec::kIdentity) {
    CULVERT_ASSIGN_OR_RETURN(
        const DownloadBody body,
        client_->tunnel().OpenDownload(ctx(), target, id, range, columns, codec));
    EXPECT_EQ(body.codec, codec);
    CULVERT_ASSIGN_OR_RETURN(const std::string coded, body.body->ReadAll(ctx(), 1u << 26));
    return Transform(*wire::MakeDecompressor(body.codec), coded);
  }
  std::vector<std::int64_t> ReadAll(const TunnelTarget& target) {
    const auto session = client_->tunnel().CreateDownload(ctx(), target);
    EXPECT_THAT(session, IsOk());
    if (!session) return {};
    const auto stream = Read(target, session->id, {.start = 0, .count = session->record_count});
    EXPECT_THAT(stream, IsOk());
    auto ids = TestIds(stream.value_or("")).value_or(std::vector<std::int64_t>());
    std::ranges::sort(ids);
    return ids;
  }
  void AddFault(std::string_view rule) { EXPECT_THAT(emulator_->faults().Add(rule), IsOk()); }

  const test::RealContext env_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<emulator::Emulator> emulator_;
  std::unique_ptr<CredentialsProvider> keys_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientEmulatorTest, ReadsTheProject) {
  const auto project = client_->GetProject(ctx());
  ASSERT_THAT(project, IsOk());
  EXPECT_EQ(project->name, "demo");
  EXPECT_EQ(project->properties.at("odps.sql.type.system.odps2"), "true");
}

TEST_F(ClientEmulatorTest, CreatesAndReadsATable) {
  Sql("CREATE TABLE IF NOT EXISTS t (id BIGINT NOT NULL COMMENT 'key', d DECIMAL(10,2), "
      "m MAP<STRING,ARRAY<BIGINT>>) COMMENT 'it''s <t>' PARTITIONED BY (dt STRING, hh STRING) "
      "LIFECYCLE 7");
  const auto table = client_->GetTable(ctx(), "T");
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->name, "t");
  EXPECT_EQ(table->kind, TableKind::kManaged);
  EXPECT_EQ(table->lifecycle_days, 7);
  ASSERT_THAT(table->schema.columns, SizeIs(3));
  EXPECT_FALSE(table->schema.columns[0].nullable);
  EXPECT_EQ(table->schema.columns[1].type.ToString(), "decimal(10,2)");
  EXPECT_EQ(table->schema.columns[2].type.ToString(), "map<string,array<bigint>>");
  EXPECT_THAT(table->schema.partition_keys, SizeIs(2));
  EXPECT_FALSE(table->IsDelta());
}

TEST_F(ClientEmulatorTest, RecognisesDeltaTablesAndViews) {
  Sql("CREATE TABLE delta (id BIGINT NOT NULL, v STRING, PRIMARY KEY (id)) "
      "TBLPROPERTIES ('transactional'='true')");
  const auto delta = client_->GetTable(ctx(), "delta");
  ASSERT_THAT(delta, IsOk());
  EXPECT_TRUE(delta->IsDelta());
  EXPECT_THAT(delta->primary_key, ElementsAre("id"));
  MakeTable("t");
  Sql("CREATE VIEW v AS SELECT id FROM t");
  const auto view = client_->GetTable(ctx(), "v");
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->kind, TableKind::kView);
}

TEST_F(ClientEmulatorTest, MissingThingsAreNamed) {
  EXPECT_THAT(client_->GetTable(ctx(), "nowhere"), FailsBecause(reasons::kNoSuchTable));
  EXPECT_THAT(client_->tunnel().CreateDownload(ctx(), {.table = "nowhere", .partition = {}}),
              FailsBecause(reasons::kNoSuchTable));
  MakeTable("t");
  EXPECT_THAT(client_->tunnel().GetUpload(ctx(), {.table = "t", .partition = {}}, "none"),
              FailsBecause(reasons::kNoSuchUpload));
  EXPECT_THAT(client_->tunnel().GetDownload(ctx(), {.table = "t", .partition = {}}, "none"),
              FailsBecause(reasons::kNoSuchDownload));
  EXPECT_THAT(client_->GetInstance(ctx(), "none"), FailsBecause(reasons::kNoSuchInstance));
  ClientConfig config = Config();
  config.project = "nowhere";
  EXPECT_THAT(NewClient(config, *keys_)->GetProject(ctx()), FailsBecause(reasons::kNoSuchProject));
}

TEST_F(ClientEmulatorTest, ListsPartitionsOverPages) {
  Sql("CREATE TABLE p (id BIGINT, name STRING) PARTITIONED BY (n STRING, k STRING)");
  std::string sql = "ALTER TABLE p ADD IF NOT EXISTS";
  for (int i = 0; i < 1203; ++i) {
    sql += " PARTITION (n='" + std::to_string(10'000 + i) + "',k='a b/c+&=%')";
  }
  Sql(sql);
  const auto partitions = client_->ListPartitions(ctx(), "p", 2000);
  ASSERT_THAT(partitions, IsOk());
  ASSERT_THAT(*partitions, SizeIs(1203));
  EXPECT_EQ(partitions->front().spec.entries.front().first, "n");
  EXPECT_EQ(partitions->back().spec.entries.back().second, "a b/c+&=%");
  EXPECT_THAT(client_->ListPartitions(ctx(), "p", 1202), FailsBecause(reasons::kTooManyPartitions));
}

TEST_F(ClientEmulatorTest, PartitionsAreWrittenAndRead) {
  Sql("CREATE TABLE p (id BIGINT, name STRING) PARTITIONED BY (dt STRING)");
  const record::PartitionSpec spec{.entries = {{"dt", "2024 02+29"}}};
  EXPECT_THAT(client_->GetPartition(ctx(), "p", spec), FailsBecause(reasons::kNoSuchPartition));
  EXPECT_THAT(
      client_->tunnel().CreateUpload(ctx(), {.table = "p", .partition = spec}, UploadMode::kAppend),
      FailsBecause(reasons::kNoSuchPartition));
  EXPECT_THAT(
      client_->tunnel().CreateUpload(ctx(), {.table = "p", .partition = {}}, UploadMode::kAppend),
      FailsBecause(reasons::kInvalidPartitionSpec));
  Sql("ALTER TABLE p ADD IF NOT EXISTS PARTITION (dt='2024 02+29')");
  Put({.table = "p", .partition = spec}, 0, 10);
  const auto partition = client_->GetPartition(ctx(), "p", spec);
  ASSERT_THAT(partition, IsOk());
  EXPECT_EQ(partition->record_count, 10);
  EXPECT_EQ(ReadAll({.table = "p", .partition = spec}), Ids(0, 10));
}

TEST_F(ClientEmulatorTest, MovesRowsInEveryCodec) {
  MakeTable("t");
  const TunnelTarget target{.table = "T", .partition = {}};
  const auto session = client_->tunnel().CreateUpload(ctx(), target, UploadMode::kAppend);
  ASSERT_THAT(session, IsOk());
  EXPECT_THAT(session->schema.columns, SizeIs(2));
  const std::array<Codec, 5> codecs = {Codec::kIdentity, Codec::kDeflate, Codec::kZstd,
                                       Codec::kLz4Frame, Codec::kSnappyFramed};
  for (std::size_t i = 0; i < codecs.size(); ++i) {
    const auto first = static_cast<std::int64_t>(i * 1000);
    EXPECT_THAT(
        WriteBlock(target, session->id, i, Compress(codecs[i], TestStream(first, 1000)), codecs[i]),
        IsOk())
        << wire::CodecName(codecs[i]);
  }
  const auto reloaded = client_->tunnel().GetUpload(ctx(), target, session->id);
  ASSERT_THAT(reloaded, IsOk());
  ASSERT_THAT(reloaded->blocks, SizeIs(5));
  for (const UploadedBlock& block : reloaded->blocks) EXPECT_EQ(block.record_count, 1000u);
  EXPECT_THAT(client_->tunnel().CommitUpload(ctx(), target, session->id), IsOk());

  const auto download = client_->tunnel().CreateDownload(ctx(), target);
  ASSERT_THAT(download, IsOk());
  ASSERT_EQ(download->record_count, 5000u);
  for (const Codec codec : codecs) {
    const auto stream = Read(target, download->id, {.start = 0, .count = 5000}, {}, codec);
    ASSERT_THAT(stream, IsOk());
    EXPECT_THAT(TestIds(*stream), IsOkAndHolds(Ids(0, 5000))) << wire::CodecName(codec);
  }
}

TEST_F(ClientEmulatorTest, ReadsRangesAndColumns) {
  MakeTable("t");
  const TunnelTarget target{.table = "t", .partition = {}};
  Put(target, 0, 100);
  const auto session = client_->tunnel().CreateDownload(ctx(), target);
  ASSERT_THAT(session, IsOk());
  EXPECT_THAT(TestIds(*Read(target, session->id, {.start = 30, .count = 20})),
              IsOkAndHolds(Ids(30, 20)));
  EXPECT_THAT(TestIds(*Read(target, session->id, {.start = 30, .count = 0})), IsOk());
  EXPECT_THAT(Read(target, session->id, {.start = 90, .count = 20}),
              FailsBecause(reasons::kInvalidRowRange));

  const auto stream = Read(target, session->id, {.start = 5, .count = 1}, {"name", "id"});
  ASSERT_THAT(stream, IsOk());
  const wire::RecordLayout layout({TestColumns()[1], TestColumns()[0]});
  wire::BatchDecoder decoder(layout);
  auto batch = record::RecordBatch::Make(layout.columns());
  ASSERT_THAT(decoder.Decode(AsBytes(*stream), batch), IsOk());
  ASSERT_EQ(batch.rows, 1u);
  EXPECT_EQ(batch.columns[0].BytesAt(0), "row 5");
  EXPECT_EQ(batch.columns[1].int64s[0], 5);
}

// Feature: Truncate is not atomic
TEST_F(ClientEmulatorTest, OverwriteReplacesAtTheCommit) {
  MakeTable("t");
  const TunnelTarget target{.table = "t", .partition = {}};
  Put(target, 0, 10);
  const auto session = client_->tunnel().CreateUpload(ctx(), target, UploadMode::kOverwrite);
  ASSERT_THAT(session, IsOk());
  EXPECT_TRUE(session->overwrite);
  EXPECT_THAT(client_->tunnel().CreateUpload(ctx(), target, UploadMode::kOverwrite),
              FailsBecause(reasons::kOverwriteConflict));
  ASSERT_THAT(WriteBlock(target, session->id, 7, TestStream(100, 5)), IsOk());
  EXPECT_EQ(ReadAll(target), Ids(0, 10));
  ASSERT_THAT(client_->tunnel().CommitUpload(ctx(), target, session->id), IsOk());
  EXPECT_EQ(ReadAll(target), Ids(100, 5));
}

TEST_F(ClientEmulatorTest, ABlockWrittenTwiceCountsOnce) {
  MakeTable("t");
  const TunnelTarget target{.table = "t", .partition = {}};
  const auto session = client_->tunnel().CreateUpload(ctx(), target, UploadMode::kAppend);
  ASSERT_THAT(session, IsOk());
  const std::string stream = TestStream(0, 10);
  ASSERT_THAT(WriteBlock(target, session->id, 0, TestStream(500, 3)), IsOk());
  ASSERT_THAT(WriteBlock(target, session->id, 0, stream), IsOk());
  EXPECT_THAT(WriteBlock(target, session->id, 1, stream.substr(0, stream.size() - 1)),
              FailsBecause(reasons::kCorruptedStream));
  ASSERT_THAT(client_->tunnel().CommitUpload(ctx(), target, session->id), IsOk());
  EXPECT_EQ(ReadAll(target), Ids(0, 10));
}

TEST_F(ClientEmulatorTest, ABlockDroppedBeforeItsEndLeavesNothing) {
  MakeTable("t");
  const TunnelTarget target{.table = "t", .partition = {}};
  const auto session = client_->tunnel().CreateUpload(ctx(), target, UploadMode::kAppend);
  ASSERT_THAT(session, IsOk());
  {
    auto block = client_->tunnel().OpenBlock(ctx(), target, session->id, 0, Codec::kIdentity);
    ASSERT_THAT(block, IsOk());
    ASSERT_THAT((*block)->Write(ctx(), AsBytes(TestStream(0, 10))), IsOk());
  }
  EXPECT_THAT(client_->tunnel().GetUpload(ctx(), target, session->id)->blocks, SizeIs(0));
}

TEST_F(ClientEmulatorTest, ACommitWhoseReplyIsLostIsToBeAsked) {
  MakeTable("t");
  const TunnelTarget target{.table = "t", .partition = {}};
  const auto session = client_->tunnel().CreateUpload(ctx(), target, UploadMode::kAppend);
  ASSERT_THAT(session, IsOk());
  ASSERT_THAT(WriteBlock(target, session->id, 0, TestStream(0, 10)), IsOk());
  AddFault(
      R"({"match":{"method":"POST","path":"*/tables/t","nth":1},"action":{"kind":"drop_reply"}})");
  EXPECT_THAT(client_->tunnel().CommitUpload(ctx(), target, session->id),
              FailsWith(ErrorCode::kUnavailable));
  EXPECT_EQ(client_->tunnel().GetUpload(ctx(), target, session->id)->status, UploadStatus::kClosed);
  EXPECT_EQ(ReadAll(target), Ids(0, 10));
}

TEST_F(ClientEmulatorTest, ServerErrorsAndThrottlingAreOvercome) {
  MakeTable("t");
  AddFault(R"({"match":{"method":"GET","every":2},"action":{"kind":"status","status":500}})");
  AddFault(R"({"match":{"method":"POST","every":2,"count":3},)"
           R"("action":{"kind":"status","status":429,"code":"FlowExceeded"}})");
  for (int i = 0; i < 4; ++i) EXPECT_THAT(client_->GetTable(ctx(), "t"), IsOk());
  const TunnelTarget target{.table = "t", .partition = {}};
  EXPECT_THAT(client_->tunnel().CreateDownload(ctx(), target), IsOk());
  EXPECT_THAT(client_->tunnel().CreateUpload(ctx(), target, UploadMode::kAppend), IsOk());
}

TEST_F(ClientEmulatorTest, RunsSqlAndReadsItsResult) {
  MakeTable("t");
  Put({.table = "t", .partition = {}}, 0, 10);
  const InstanceResult result = Sql("SELECT COUNT(*) AS c FROM t WHERE id >= 4");
  EXPECT_EQ(result.format, "csv");
  EXPECT_THAT(result.text, HasSubstr("6"));
  const auto failed =
      client_->RunIdempotentSql(ctx(), {.sql = "SELECT * FROM nowhere", .hints = {}, .guid = ""});
  EXPECT_THAT(failed, FailsBecause(reasons::kSqlFailed));
  EXPECT_THAT(failed.error().message, HasSubstr("ODPS-0130131"));
}

TEST_F(ClientEmulatorTest, FindsItsInstanceByGuid) {
  MakeTable("t");
  const WallTime since = env_.clock().Now();
  const auto submitted =
      client_->SubmitSql(ctx(), {.sql = "SELECT 1", .hints = {}, .guid = "guid-<1>"});
  ASSERT_THAT(submitted, IsOk());
  Sql("SELECT 2");
  EXPECT_THAT(client_->FindInstances(ctx(), "guid-<1>", since),
              IsOkAndHolds(ElementsAre(submitted->id)));
  EXPECT_THAT(client_->FindInstances(ctx(), "guid-2", since), IsOkAndHolds(SizeIs(0)));
  EXPECT_THAT(client_->WaitInstance(ctx(), submitted->id), IsOk());
}

// A statement whose answer was lost and that was sent again has two instances: both are told.
TEST_F(ClientEmulatorTest, ListsItsInstancesOverPages) {
  constexpr int kBeyondOnePage = 1'003;
  const WallTime since = env_.clock().Now();
  std::vector<std::string> twins;
  for (int i = 0; i < kBeyondOnePage; ++i) {
    const bool twin = i == 1 || i == kBeyondOnePage - 1;
    const auto submitted = client_->SubmitSql(
        ctx(), {.sql = "SELECT 1", .hints = {}, .guid = twin ? "twin" : "g" + std::to_string(i)});
    ASSERT_THAT(submitted, IsOk());
    if (twin) twins.push_back(submitted->id);
  }
  const auto all = client_->ListInstances(ctx(), since);
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->size(), static_cast<std::size_t>(kBeyondOnePage));
  EXPECT_THAT(client_->FindInstances(ctx(), "twin", since),
              IsOkAndHolds(::testing::UnorderedElementsAreArray(twins)));
  EXPECT_THAT(client_->FindInstances(ctx(), "g2", since), IsOkAndHolds(SizeIs(1)));
}

TEST_F(ClientEmulatorTest, LooksAtNoInstanceFromLongBefore) {
  ASSERT_THAT(client_->SubmitSql(ctx(), {.sql = "SELECT 1", .hints = {}, .guid = "early"}), IsOk());
  EXPECT_THAT(client_->FindInstances(ctx(), "early", env_.clock().Now() + std::chrono::hours(1)),
              IsOkAndHolds(SizeIs(0)));
  EXPECT_THAT(client_->ListInstances(ctx(), env_.clock().Now() + std::chrono::hours(1)),
              IsOkAndHolds(SizeIs(0)));
}

// Whether a statement ran must not be answered by a list that broke off.
TEST_F(ClientEmulatorTest, AListThatFailsIsNoEmptyList) {
  ASSERT_THAT(client_->SubmitSql(ctx(), {.sql = "SELECT 1", .hints = {}, .guid = "g"}), IsOk());
  const WallTime since = env_.clock().Now();
  AddFault(R"({"match":{"method":"GET","nth":1},"action":{"kind":"status","status":500}})");
  EXPECT_THAT(client_->FindInstances(ctx(), "g", since), IsOkAndHolds(SizeIs(1)));
  AddFault(
      R"({"match":{"method":"GET"},"action":{"kind":"status","status":403,"code":"NoPermission"}})");
  EXPECT_FALSE(client_->FindInstances(ctx(), "g", since).has_value());
}

TEST_F(ClientEmulatorTest, ReadsResultsThroughTheInstanceTunnel) {
  MakeTable("t");
  Put({.table = "t", .partition = {}}, 0, 50);
  const auto instance = client_->SubmitSql(
      ctx(), {.sql = "SELECT id, name FROM t WHERE id < 20", .hints = {}, .guid = "g"});
  ASSERT_THAT(instance, IsOk());
  ASSERT_THAT(client_->WaitInstance(ctx(), instance->id), IsOk());
  const auto session = client_->tunnel().CreateInstanceDownload(ctx(), instance->id);
  ASSERT_THAT(session, IsOk());
  EXPECT_EQ(session->record_count, 20u);
  const auto body = client_->tunnel().OpenInstanceDownload(
      ctx(), instance->id, session->id, {.start = 5, .count = 10}, {}, Codec::kIdentity);
  ASSERT_THAT(body, IsOk());
  EXPECT_THAT(TestIds(*body->body->ReadAll(ctx(), 1u << 20)), IsOkAndHolds(Ids(5, 10)));
}

TEST_F(ClientEmulatorTest, SignsWithVersionFour) {
  ClientConfig config = Config();
  config.region = "cn-hangzhou";
  const auto client = NewClient(config, *keys_);
  EXPECT_THAT(client->GetProject(ctx()), IsOk());
  MakeTable("t");
  EXPECT_THAT(client->tunnel().CreateDownload(ctx(), {.table = "t", .partition = {}}), IsOk());
}

// Feature: Temporary credentials
TEST_F(ClientEmulatorTest, SendsTokens) {
  const auto keys = StaticCredentials(Key("AKTEMP", "secret3", "token3"));
  EXPECT_THAT(NewClient(Config(), *keys)->GetProject(ctx()), IsOk());
  const auto without = StaticCredentials(Key("AKTEMP", "secret3"));
  EXPECT_THAT(NewClient(Config(), *without)->GetProject(ctx()),
              FailsWith(ErrorCode::kUnauthenticated));
}

TEST_F(ClientEmulatorTest, WrongAndExpiredKeysAreRejected) {
  const auto fails = [&](Credentials key) {
    const auto keys = StaticCredentials(std::move(key));
    return NewClient(Config(), *keys)->GetProject(ctx());
  };
  EXPECT_THAT(fails(Key("AKNOBODY", "x")), FailsBecause(reasons::kCredentialsRejected));
  EXPECT_THAT(fails(Key("AKGOOD", "wrong")), FailsBecause(reasons::kCredentialsRejected));
  EXPECT_THAT(fails(Key("AKOLD", "secret4")), FailsBecause(reasons::kCredentialsRejected));
  EXPECT_THAT(fails(Key("AKOLDTEMP", "secret5", "token5")),
              FailsBecause(reasons::kCredentialsExpired));
}

// Feature: Temporary credentials
TEST_F(ClientEmulatorTest, AReplacedKeyIsTakenUpInTheMidstOfAnUpload) {
  MakeTable("t");
  TwoKeys keys(Key("AKGOOD", "secret1"), Key("AKNEXT", "secret2"));
  client_ = NewClient(Config(), keys);
  const TunnelTarget target{.table = "t", .partition = {}};
  const auto session = client_->tunnel().CreateUpload(ctx(), target, UploadMode::kAppend);
  ASSERT_THAT(session, IsOk());
  AddFault(R"({"match":{"method":"PUT","nth":1},"action":{"kind":"revoke_key"}})");
  const std::string stream = TestStream(0, 10);
  EXPECT_THAT(WriteBlock(target, session->id, 0, stream),
              FailsBecause(reasons::kCredentialsRefreshed));
  EXPECT_THAT(WriteBlock(target, session->id, 0, stream), IsOk());
  EXPECT_THAT(client_->tunnel().CommitUpload(ctx(), target, session->id), IsOk());
  EXPECT_EQ(ReadAll(target), Ids(0, 10));
}

TEST_F(ClientEmulatorTest, AClockThatIsOffIsCorrected) {
  MakeTable("t");
  const TunnelTarget target{.table = "t", .partition = {}};
  const auto session = client_->tunnel().CreateUpload(ctx(), target, UploadMode::kAppend);
  ASSERT_THAT(session, IsOk());
  emulator_->clock().Advance(std::chrono::hours(2));
  const Status written = WriteBlock(target, session->id, 0, TestStream(0, 10));
  EXPECT_THAT(written, FailsBecause(reasons::kClockSkew));
  EXPECT_THAT(written, FailsWith(ErrorCode::kAborted));
  EXPECT_THAT(WriteBlock(target, session->id, 0, TestStream(0, 10)), IsOk());
  emulator_->clock().Advance(std::chrono::hours(-5));
  EXPECT_THAT(client_->tunnel().CommitUpload(ctx(), target, session->id), IsOk());
  EXPECT_THAT(client_->GetTable(ctx(), "t"), IsOk());
}

TEST_F(ClientEmulatorTest, SessionsExpire) {
  MakeTable("t");
  const TunnelTarget target{.table = "t", .partition = {}};
  const auto session = client_->tunnel().CreateUpload(ctx(), target, UploadMode::kAppend);
  ASSERT_THAT(session, IsOk());
  emulator_->clock().Advance(std::chrono::hours(25));
  const auto reloaded = client_->tunnel().GetUpload(ctx(), target, session->id);
  if (reloaded) {
    EXPECT_EQ(reloaded->status, UploadStatus::kExpired);
  } else {
    EXPECT_THAT(reloaded, FailsBecause(reasons::kNoSuchUpload));
  }
  const auto committed = client_->tunnel().CommitUpload(ctx(), target, session->id);
  EXPECT_FALSE(committed.has_value());
}

}  // namespace
}  // namespace culvert::maxcompute
