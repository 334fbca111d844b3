// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/log_level.h"
#include "libs/record/schema.h"
#include "libs/record/text_type.h"
#include "libs/syncjob/column_plan.h"
#include "libs/syncjob/internal/spec_json.h"
#include "libs/syncjob/internal/spec_reader.h"
#include "libs/syncjob/partition_query.h"
#include "libs/syncjob/sql_text.h"
#include "libs/syncjob/transformer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace culvert::syncjob::internal {
namespace {

constexpr std::size_t kSpecBytesMax = std::size_t{8} * 1024;  // one partition spec or column entry
constexpr std::size_t kSpecsMax = 2'000;    // as many as a run may have source partitions
constexpr std::size_t kColumnsMax = 1'200;  // of a table, vendor page "Limits on tables"
constexpr std::size_t kWhereBytesMax = std::size_t{64} * 1024;  // also of a statement
constexpr std::size_t kStatementsMax = 16;                      // of one list
constexpr std::int64_t kStringBytesMax = std::int64_t{8} * 1024 * 1024;
constexpr std::int64_t kInt64Max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kInt64Min = std::numeric_limits<std::int64_t>::min();

std::string ReadDataSourceRef(ReadContext& context, ObjectReader& in) {
  const YamlNode* node = in.Map("dataSourceRef", true);
  ObjectReader ref(context, node, in.PathOf("dataSourceRef"), {"name"});
  return node == nullptr ? std::string() : ref.RequiredText("name", 253);
}

std::string ReadTable(ObjectReader& in) {
  std::string table = in.Resolved("table", in.RequiredText("table"));
  const bool plain = std::ranges::all_of(table, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!plain) {
    in.Fail("table",
            "one table name of letters, digits and '_'; project and schema belong to the "
            "DataSource");
  }
  return table;
}

std::vector<std::string> ReadColumn(ObjectReader& in) {
  std::vector<std::string> column =
      in.Resolved("column", in.Texts("column", kSpecBytesMax), kSpecBytesMax);
  if (column.empty()) in.Fail("column", R"(required, names in order or ["*"])");
  if (column.size() > kColumnsMax) {
    in.Fail("column", "more than " + std::to_string(kColumnsMax) + " columns");
  }
  if (column.size() > 1 && std::ranges::find(column, "*") != column.end()) {
    in.Fail("column", R"("*" stands alone: name all columns, or only "*")");
  }
  return column;
}

/// The users' scripts say isCompress on the reading and compress on the writing side; both mean
/// deflate.
std::string ReadCodec(ObjectReader& in) {
  static constexpr std::array<std::string_view, 5> kCodecs = {"identity", "deflate", "zstd", "lz4",
                                                              "snappy"};
  const bool has_is_compress = in.Has("isCompress");
  const bool has_compress = in.Has("compress");
  const bool is_compress = in.Flag("isCompress", false);
  const bool compress = in.Flag("compress", false);
  if (has_is_compress && has_compress && is_compress != compress) {
    in.Fail("compress", "contradicts isCompress, keep one of the two");
  }
  std::string codec = in.Text("codec");
  if (codec.empty()) return is_compress || compress ? "deflate" : "identity";
  if (std::ranges::find(kCodecs, codec) == kCodecs.end()) {
    in.Fail("codec", "one of identity, deflate, zstd, lz4, snappy");
  }
  const bool coded = codec != "identity";
  if ((has_is_compress && is_compress != coded) || (has_compress && compress != coded)) {
    in.Fail("codec", "contradicts isCompress or compress, keep codec alone");
  }
  return codec;
}

/// What `enableWhere` asks for, and what functions need.
void ReadQuery(ObjectReader& in, const MaxComputeSource& source) {
  const bool filters = source.where.find_first_not_of(" \t\r\n") != std::string::npos;
  if (source.enable_where && !filters) {
    in.Fail("where", "required by enableWhere: true, a condition such as amount > 0");
  }
  if (!source.enable_where && filters) {
    in.Warn("where", "has no effect without enableWhere: true, every row is read");
  }
  const auto is_function = [](const std::string& entry) {
    return entry.find('(') != std::string::npos && !entry.starts_with('\'');
  };
  if (!source.enable_where) {
    const auto function = std::ranges::find_if(source.column, is_function);
    if (function == source.column.end()) return;
    in.Fail("column", "'" + function->substr(0, 128) + "': " + std::string(kFunctionsNeedWhere));
    return;
  }
  if (const Status whole = CheckSql(source.where, SqlPiece::kCondition); !whole) {
    in.Fail("where", whole.error().message);
  }
  for (const std::string& entry : source.column) {
    if (!is_function(entry)) continue;
    if (const Status whole = CheckSql(entry, SqlPiece::kColumn); !whole) {
      in.Fail("column", "'" + entry.substr(0, 128) + "': " + whole.error().message);
    }
  }
}

/// `preSql` or `postSql`.
std::vector<std::string> ReadStatements(ObjectReader& in, std::string_view field) {
  std::vector<std::string> statements =
      in.Resolved(field, in.Texts(field, kWhereBytesMax), kWhereBytesMax);
  if (statements.size() > kStatementsMax) {
    in.Fail(field, "more than " + std::to_string(kStatementsMax) + " statements");
  }
  for (const std::string& statement : statements) {
    if (const Status whole = CheckSql(statement, SqlPiece::kStatement); !whole) {
      in.Fail(field, whole.error().message);
    }
  }
  return statements;
}

MaxComputeSource ReadMaxComputeSource(ReadContext& context, const YamlNode& node,
                                      const std::string& path) {
  ObjectReader in(context, &node, path,
                  {"dataSourceRef", "table", "partition", "column", "where", "enableWhere",
                   "successOnNoPartition", "isCompress", "compress", "codec", "preSql", "postSql",
                   "readCharAsString"});
  MaxComputeSource source;
  source.data_source = ReadDataSourceRef(context, in);
  source.table = ReadTable(in);
  source.partition = in.Resolved("partition", in.Texts("partition", kSpecBytesMax), kSpecBytesMax);
  if (source.partition.size() > kSpecsMax) {
    in.Fail("partition", "more than " + std::to_string(kSpecsMax) + " entries");
  }
  source.column = ReadColumn(in);
  source.success_on_no_partition = in.Flag("successOnNoPartition", false);
  source.codec = ReadCodec(in);
  source.read_char_as_string = in.Flag("readCharAsString", false);
  source.where = in.Resolved("where", in.LongText("where", kWhereBytesMax), kWhereBytesMax);
  source.enable_where = in.Flag("enableWhere", false);
  ReadQuery(in, source);
  source.pre_sql = ReadStatements(in, "preSql");
  source.post_sql = ReadStatements(in, "postSql");
  for (const std::string& spec : source.partition) {
    if (!spec.starts_with("/*")) continue;
    if (const auto query = PartitionQuery::Parse(spec); !query) {
      in.Fail("partition", query.error().message);
    }
  }
  return source;
}

void ReadCreatePolicy(ObjectReader& in, MaxComputeTarget& target) {
  constexpr std::int64_t kDaysMax = 37'231;  // what the service takes
  const std::string policy = in.Text("createPolicy");
  if (policy == "IfNotExists") {
    target.create_policy = CreatePolicy::kIfNotExists;
  } else if (!policy.empty() && policy != "Never") {
    in.Fail("createPolicy", "one of Never, IfNotExists");
  }
  target.lifecycle_days =
      static_cast<std::int32_t>(in.Integer("lifecycleDays", 1, kDaysMax, kLifecycleDaysDefault));
  if (target.create_policy == CreatePolicy::kNever &&
      target.lifecycle_days != kLifecycleDaysDefault) {
    in.Warn("lifecycleDays", "has no effect without createPolicy: IfNotExists");
  }
}

MaxComputeTarget ReadMaxComputeTarget(ReadContext& context, const YamlNode& node,
                                      const std::string& path) {
  ObjectReader in(
      context, &node, path,
      {"dataSourceRef", "table", "partition", "partitionFromSource", "column", "truncate",
       "consistencyCommit", "emptyAsNull", "isCompress", "compress", "codec", "preSql", "postSql",
       "createPolicy", "lifecycleDays", "overLengthRule", "nullVarcharAsDirty"});
  MaxComputeTarget target;
  target.data_source = ReadDataSourceRef(context, in);
  target.table = ReadTable(in);
  target.partition = in.Resolved("partition", in.Text("partition", kSpecBytesMax), kSpecBytesMax);
  if (target.partition.find_first_of("*?") != std::string::npos) {
    in.Fail("partition", "one partition without wildcards, or partitionFromSource: true");
  }
  target.partition_from_source = in.Flag("partitionFromSource", false);
  if (target.partition_from_source && !target.partition.empty()) {
    in.Fail("partition", "excluded by partitionFromSource: true, remove one");
  }
  target.column = ReadColumn(in);
  target.truncate = in.RequiredFlag("truncate");
  target.consistency_commit = in.Flag("consistencyCommit", false);
  target.empty_as_null = in.Flag("emptyAsNull", false);
  target.codec = ReadCodec(in);
  if (in.Has("overLengthRule")) {
    const auto rule = OverLengthRuleFrom(in.Text("overLengthRule"));
    if (!rule) in.Fail("overLengthRule", "one of dirty, truncate, setNull");
    target.over_length_rule = rule.value_or(OverLengthRule::kDirty);
  }
  target.null_varchar_as_dirty = in.Flag("nullVarcharAsDirty", false);
  target.pre_sql = ReadStatements(in, "preSql");
  target.post_sql = ReadStatements(in, "postSql");
  ReadCreatePolicy(in, target);
  return target;
}

/// Bounds of `random` and `increasing` for a type; false: the type cannot be generated so.
bool GeneratedBounds(const record::Type& type, std::int64_t& min, std::int64_t& max) {
  using enum record::TypeKind;
  min = kInt64Min + 1;  // BIGINT leaves out the least value
  max = kInt64Max;
  switch (type.kind) {
    case kBoolean:
      min = 0;
      max = 1;
      return true;
    case kTinyint:
      min = -128;
      max = 127;
      return true;
    case kSmallint:
      min = std::numeric_limits<std::int16_t>::min();
      max = std::numeric_limits<std::int16_t>::max();
      return true;
    case kInt:
      min = std::numeric_limits<std::int32_t>::min();
      max = std::numeric_limits<std::int32_t>::max();
      return true;
    case kBigint:
      return true;
    case kFloat:
    case kDouble:
    case kDecimal:
      min = -1'000'000'000'000'000;  // exact in a DOUBLE
      max = 1'000'000'000'000'000;
      return true;
    case kDate:
      min = -719'162;   // 0001-01-01
      max = 2'932'896;  // 9999-12-31
      return true;
    case kDatetime:
      min = -62'135'596'800'000;  // 0001-01-01 00:00:00.000
      max = 253'402'300'799'999;  // 9999-12-31 23:59:59.999
      return true;
    case kTimestamp:
    case kTimestampNtz:
      min = -62'135'596'800;  // the same in seconds
      max = 253'402'300'799;
      return true;
    case kString:
    case kBinary:
      min = 0;
      max = kStringBytesMax;
      return true;
    case kVarchar:
    case kChar:
      min = 0;
      max = type.length;
      return true;
    default:
      return false;
  }
}

StreamColumn ReadStreamColumn(ReadContext& context, const YamlNode& node, const std::string& path,
                              std::uint64_t count) {
  ObjectReader in(context, &node, path, {"name", "type", "value", "increasing", "random"});
  StreamColumn column;
  column.name = in.RequiredText("name");
  column.type = in.RequiredText("type", std::size_t{64} * 1024);
  if (!in.ok()) return column;
  const Result<record::Type> type = record::Type::Parse(column.type);
  if (!type) {
    in.Fail("type", type.error().message);
    return column;
  }
  const int ways =
      (in.Has("value") ? 1 : 0) + (in.Has("increasing") ? 1 : 0) + (in.Has("random") ? 1 : 0);
  if (ways != 1) {
    in.Fail("", "needs exactly one of value, increasing, random");
    return column;
  }
  if (in.Has("value")) {
    // It is read as the column's type later.
    constexpr auto kBytesMax = static_cast<std::size_t>(kStringBytesMax);
    column.constant = in.Resolved("value", in.IntOrText("value", kBytesMax), kBytesMax);
    return column;
  }
  std::int64_t min = 0;
  std::int64_t max = 0;
  const std::string_view way = in.Has("increasing") ? "increasing" : "random";
  const bool increases = way == "increasing";
  const bool counts = !increases || type->kind != record::TypeKind::kBoolean;
  const bool generated = counts && GeneratedBounds(*type, min, max);
  if (!generated) {
    in.Fail(way, "cannot be used with type " + type->ToString() + ", give a value");
    return column;
  }
  if (increases) {
    if (record::IsTextOrBinary(type->kind)) {  // the number as text
      min = kInt64Min;
      max = kInt64Max;
    }
    ObjectReader increasing(context, in.Map("increasing"), in.PathOf("increasing"), {"from"});
    const std::int64_t from =
        increasing.Integer("from", min, max, std::clamp<std::int64_t>(0, min, max));
    const auto room = static_cast<std::uint64_t>(max) - static_cast<std::uint64_t>(from);
    if (count > 0 && count - 1 > room) {
      in.Fail(way, std::to_string(count) + " rows from " + std::to_string(from) +
                       " on go beyond type " + type->ToString());
    }
    column.increasing_from = from;
    return column;
  }
  ObjectReader random(context, in.Map("random"), in.PathOf("random"), {"min", "max"});
  StreamColumn::Random bounds;
  for (const std::string_view field : {std::string_view("min"), std::string_view("max")}) {
    if (random.ok() && !random.Has(field)) random.Fail(field, "required");
  }
  bounds.min = random.Integer("min", min, max, 0);
  bounds.max = random.Integer("max", min, max, 0);
  if (random.ok() && bounds.min > bounds.max) random.Fail("min", "above max");
  column.random = bounds;
  return column;
}

StreamSource ReadStreamSource(ReadContext& context, const YamlNode& node, const std::string& path) {
  ObjectReader in(context, &node, path, {"count", "column"});
  StreamSource source;
  if (in.ok() && !in.Has("count")) in.Fail("count", "required");
  source.count = static_cast<std::uint64_t>(in.Integer("count", 0, 1'000'000'000'000, 0));
  const YamlNode* columns = in.Find("column");
  if (columns == nullptr || columns->kind != YamlNode::Kind::kSequence || columns->items.empty()) {
    in.Fail("column", "required, a list of {name, type, value | increasing | random}");
    return source;
  }
  if (columns->items.size() > kColumnsMax) {
    in.Fail("column", "more than " + std::to_string(kColumnsMax) + " columns");
    return source;
  }
  for (std::size_t i = 0; i < columns->items.size() && in.ok(); ++i) {
    const std::string field = "column[" + std::to_string(i) + "]";
    source.column.push_back(
        ReadStreamColumn(context, *columns->items[i], in.PathOf(field), source.count));
    const auto same = [&](const StreamColumn& other) {
      return record::SameName(other.name, source.column.back().name);
    };
    if (std::ranges::count_if(source.column, same) > 1) {
      in.Fail("column", "'" + source.column.back().name + "' is given twice");
    }
  }
  return source;
}

/// Exactly one member of a union such as `source`; the name of it, or empty after an error.
std::string_view OneOf(ObjectReader& in) {
  in.Unsupported("mysql", "use maxCompute or stream");
  in.Unsupported("postgresql", "use maxCompute or stream");
  in.Unsupported("kafka", "use maxCompute or stream");
  if (in.Has("maxCompute") == in.Has("stream")) {
    in.Fail("", "needs exactly one of maxCompute, stream");
    return {};
  }
  return in.Has("maxCompute") ? "maxCompute" : "stream";
}

/// `0.02` as billionths; nothing where it is no share.
std::optional<std::uint32_t> ReadShare(std::string_view text) {
  constexpr std::size_t kDecimalsMax = 9;
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string digits(text.substr(std::min(point + 1, text.size())));
  if ((whole != "0" && whole != "1") || digits.size() > kDecimalsMax) return std::nullopt;
  digits.resize(kDecimalsMax, '0');
  std::uint32_t share = 0;
  const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), share);
  if (problem != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  if (whole == "1") share += kWholeShare;
  return share <= kWholeShare ? std::optional(share) : std::nullopt;
}

void ReadErrorLimit(ReadContext& context, ObjectReader& setting, SyncJobSpec& spec) {
  ObjectReader in(context, setting.Map("errorLimit"), setting.PathOf("errorLimit"),
                  {"record", "percentage", "window"});
  if (const YamlNode* node = in.Map("window"); node != nullptr) {
    ObjectReader window(context, node, in.PathOf("window"), {"seconds", "record"});
    for (const std::string_view field : {std::string_view("seconds"), std::string_view("record")}) {
      if (window.ok() && !window.Has(field)) window.Fail(field, "required");
    }
    spec.error_window_seconds =
        static_cast<std::uint32_t>(window.Integer("seconds", 1, kErrorWindowSecondsMax, 1));
    spec.error_window_record =
        static_cast<std::uint64_t>(window.Integer("record", 0, kInt64Max, 0));
  }
  const std::string percentage = in.NumberText("percentage");
  if (!percentage.empty()) {
    const std::optional<std::uint32_t> share = ReadShare(percentage);
    if (!share) {
      in.Fail(
          "percentage",
          "must be a share of the rows from 0 to 1, such as \"0.02\" for two in a hundred, with "
          "at most nine decimals");
    }
    spec.error_limit_share = share.value_or(0);
  }
  const std::string record = in.NumberText("record");
  if (record.empty()) return;
  if (!percentage.empty()) {
    in.Warn("percentage", "has no effect beside record");
    spec.error_limit_share = 0;
  }
  const char* end = record.data() + record.size();
  const auto [stop, problem] = std::from_chars(record.data(), end, spec.error_limit_record);
  if (problem != std::errc() || stop != end ||
      spec.error_limit_record > static_cast<std::uint64_t>(kInt64Max)) {
    in.Fail("record", "must be a whole number of rows, 0 or more");
  }
}

/// A rate above 0 and at most `max`; 0 where the field is absent or empty.
double ReadRate(ObjectReader& in, std::string_view field, double max, std::string_view wrong) {
  const std::string text = in.NumberText(field);
  if (text.empty()) return 0;
  double rate = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (problem != std::errc() || !std::isfinite(rate) || rate <= 0 || rate > max) {
    in.Fail(field, wrong);
  }
  return rate;
}

void ReadSpeed(ReadContext& context, ObjectReader& setting, SyncJobSpec& spec) {
  constexpr double kMbpsMax = 1e6;
  constexpr double kRecordsMax = 1e9;
  ObjectReader in(context, setting.Map("speed"), setting.PathOf("speed"),
                  {"throttle", "mbps", "concurrent", "recordsPerSecond"});
  spec.speed.throttle = in.Flag("throttle", false);
  spec.speed.concurrent = static_cast<std::int32_t>(in.Integer("concurrent", 1, 1'000, 1));
  spec.speed.mbps = ReadRate(in, "mbps", kMbpsMax, "must be above 0 and at most 1000000 (MB/s)");
  spec.speed.records_per_second = ReadRate(in, "recordsPerSecond", kRecordsMax,
                                           "must be above 0 and at most 1000000000 (rows)");
  if (spec.speed.throttle) {
    if (spec.speed.mbps == 0 && spec.speed.records_per_second == 0) {
      in.Fail("mbps", "required by throttle: true, or recordsPerSecond");
    }
    return;
  }
  constexpr std::string_view kNoEffect = "has no effect without throttle: true";
  if (spec.speed.mbps != 0) in.Warn("mbps", kNoEffect);
  if (spec.speed.records_per_second != 0) in.Warn("recordsPerSecond", kNoEffect);
}

/// `setting.dirtySink`: `file.persistentVolumeClaim.claimName` or `maxCompute.table`.
void ReadDirtySink(ReadContext& context, ObjectReader& setting, SyncJobSpec& spec) {
  const YamlNode* node = setting.Map("dirtySink");
  ObjectReader sink(context, node, setting.PathOf("dirtySink"), {"file", "maxCompute"});
  if (node == nullptr) return;
  if (sink.Has("file") == sink.Has("maxCompute")) {
    return sink.Fail("", "needs exactly one of file, maxCompute");
  }
  if (const YamlNode* table_node = sink.Map("maxCompute"); table_node != nullptr) {
    ObjectReader table(context, table_node, sink.PathOf("maxCompute"), {"table"});
    spec.dirty_sink_table = ReadTable(table);
    const auto* target = std::get_if<MaxComputeTarget>(&spec.target);
    if (target == nullptr) {
      table.Fail("table", "is in the target's project: needs a maxCompute target");
    } else if (record::SameName(target->table, spec.dirty_sink_table)) {
      table.Fail("table", "is the target's own table, name another one");
    }
    return;
  }
  const YamlNode* file_node = sink.Map("file");
  ObjectReader file(context, file_node, sink.PathOf("file"), {"persistentVolumeClaim"});
  const YamlNode* claim_node = file.Map("persistentVolumeClaim", file_node != nullptr);
  ObjectReader claim(context, claim_node, file.PathOf("persistentVolumeClaim"), {"claimName"});
  if (claim_node != nullptr) spec.dirty_sink_claim = claim.RequiredText("claimName", 253);
}

void ReadSetting(ReadContext& context, const YamlNode* node, SyncJobSpec& spec) {
  ObjectReader in(context, node, "spec.setting",
                  {"errorLimit", "speed", "verify", "schemaHash", "allowSchemaDrift", "dirtySink"});
  ReadErrorLimit(context, in, spec);
  ReadSpeed(context, in, spec);
  ReadDirtySink(context, in, spec);
  constexpr std::size_t kHashChars = 64;
  spec.schema_hash = in.Text("schemaHash", kHashChars);
  const bool hexadecimal =
      spec.schema_hash.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!spec.schema_hash.empty() && (spec.schema_hash.size() != kHashChars || !hexadecimal)) {
    in.Fail("schemaHash", "must be the 64 hexadecimal digits that explain prints");
  }
  spec.allow_schema_drift = in.Flag("allowSchemaDrift", false);
  const std::string verify = in.Text("verify");
  if (verify == "None") {
    spec.verify = Verify::kNone;
  } else if (verify == "ContentHash") {
    spec.verify = Verify::kContentHash;
  } else if (in.Has("verify") && verify != "Count") {
    in.Fail("verify", "one of None, Count, ContentHash");
  }
}

Transformer ReadTransformer(ReadContext& context, const YamlNode& node, const std::string& path) {
  ObjectReader in(context, &node, path, {"name", "columnIndex", "paras"});
  Transformer transformer;
  transformer.name = in.RequiredText("name");
  if (in.ok() && !in.Has("columnIndex"))
    in.Fail("columnIndex", "required, a place in the source's column list, from 0");
  transformer.column_index =
      static_cast<std::uint32_t>(in.Integer("columnIndex", 0, kTransformerColumnMax, 0));
  if (in.ok() && !in.Has("paras")) in.Fail("paras", "required, a list of texts");
  transformer.paras = in.Texts("paras", kTransformerParaBytesMax, ObjectReader::Empty::kTaken);
  if (!in.ok()) return transformer;
  if (const auto rule = ParseTransformer(transformer); !rule) in.Fail("", rule.error().message);
  return transformer;
}

std::vector<Transformer> ReadTransformers(ReadContext& context, ObjectReader& spec) {
  std::vector<Transformer> transformers;
  const YamlNode* node = spec.Find("transformers");
  if (node == nullptr) return transformers;
  if (node->kind != YamlNode::Kind::kSequence) {
    spec.Fail("transformers", "must be a list of {name, columnIndex, paras}");
    return transformers;
  }
  if (node->items.size() > kTransformersMax) {
    spec.Fail("transformers", "more than " + std::to_string(kTransformersMax) + " items");
  }
  for (std::size_t i = 0; i < node->items.size() && spec.ok(); ++i) {
    const std::string field = "transformers[" + std::to_string(i) + "]";
    transformers.push_back(ReadTransformer(context, *node->items[i], spec.PathOf(field)));
  }
  return transformers;
}

void ReadRunner(ReadContext& context, const YamlNode* node, SyncJobSpec& spec) {
  ObjectReader in(context, node, "spec.runner",
                  {"threads", "resources", "nodeSelector", "tolerations", "affinity",
                   "priorityClassName", "labels", "annotations", "imagePullSecrets", "logLevel"});
  spec.threads = static_cast<std::int32_t>(in.Integer("threads", 1, 64, 4));
  in.ExpectQuantities("resources");
  in.ExpectTextMap("nodeSelector");
  in.ExpectMaps("tolerations");
  in.Map("affinity");
  in.Text("priorityClassName", 253);
  in.ExpectTextMap("labels");
  in.ExpectTextMap("annotations");
  in.ExpectMaps("imagePullSecrets");
  if (in.Has("logLevel") && !ParseLogLevel(in.Text("logLevel")) && in.ok()) {
    in.Fail("logLevel", "one of debug, info, warn, error");
  }
}

}  // namespace

void ReadSyncJobSpec(ReadContext& context, const YamlNode& node, SyncJob& job) {
  ObjectReader in(
      context, &node, "spec",
      {"source", "target", "setting", "runner", "suspend", "ttlSecondsAfterFinished",
       "activeDeadlineSeconds", "credentialTimeoutSeconds", "runNonce", "transformers"});
  SyncJobSpec& spec = job.spec;
  if (const YamlNode* source = in.Map("source", true); source != nullptr) {
    ObjectReader member(context, source, "spec.source",
                        {"maxCompute", "stream", "mysql", "postgresql", "kafka"});
    const std::string_view kind = OneOf(member);
    const YamlNode* chosen = kind.empty() ? nullptr : member.Map(kind);
    if (chosen != nullptr && kind == "maxCompute") {
      spec.source = ReadMaxComputeSource(context, *chosen, member.PathOf(kind));
    } else if (chosen != nullptr) {
      spec.source = ReadStreamSource(context, *chosen, member.PathOf(kind));
    }
  }
  if (const YamlNode* target = in.Map("target", true); target != nullptr) {
    ObjectReader member(context, target, "spec.target",
                        {"maxCompute", "stream", "mysql", "postgresql", "kafka"});
    const std::string_view kind = OneOf(member);
    const YamlNode* chosen = kind.empty() ? nullptr : member.Map(kind);
    if (chosen != nullptr && kind == "maxCompute") {
      spec.target = ReadMaxComputeTarget(context, *chosen, member.PathOf(kind));
    } else if (chosen != nullptr) {
      ObjectReader stream(context, chosen, member.PathOf(kind), {"print"});
      spec.target = StreamTarget{.print = stream.Flag("print", false)};
    }
  }
  const auto* table = std::get_if<MaxComputeTarget>(&spec.target);
  if (table != nullptr && table->partition_from_source &&
      !std::holds_alternative<MaxComputeSource>(spec.source)) {
    in.Fail("target", "maxCompute.partitionFromSource needs a maxCompute source");
  }
  ReadSetting(context, in.Map("setting"), spec);
  ReadRunner(context, in.Map("runner"), spec);
  spec.transformers = ReadTransformers(context, in);
  spec.suspend = in.Flag("suspend", false);
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int32_t>::max();
  const auto seconds = [&in](std::string_view field, std::int64_t min, std::int64_t fallback) {
    return static_cast<std::int32_t>(in.Integer(field, min, kSecondsMax, fallback));
  };
  if (in.Has("ttlSecondsAfterFinished")) {
    job.ttl_seconds_after_finished = seconds("ttlSecondsAfterFinished", 0, 0);
  }
  if (in.Has("activeDeadlineSeconds")) {
    job.active_deadline_seconds = seconds("activeDeadlineSeconds", 1, 1);
  }
  job.credential_timeout_seconds =
      seconds("credentialTimeoutSeconds", 1, job.credential_timeout_seconds);
  job.run_nonce = in.Text("runNonce");
}

}  // namespace culvert::syncjob::internal
