// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/csv_load.h"

#include "emulator/csv_reader.h"
#include "libs/base/file.h"
#include "libs/base/time_format.h"
#include "libs/maxcompute/limits.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace culvert::emulator {
namespace {

namespace wire = maxcompute::wire;
using record::ColumnVector;
using record::Physical;
using record::RecordBatch;
using record::Type;
using record::TypeKind;

constexpr std::size_t kFileBytesMax = std::size_t{4} * 1024 * 1024 * 1024;
constexpr std::size_t kLoadSegmentBytes = std::size_t{31} * 1024 * 1024;

bool IsNull(std::string_view text) { return text.empty() || text == "NA"; }

template <typename T>
std::optional<T> ParseWhole(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<bool> ParseBool(std::string_view text) {
  const std::string folded = record::FoldName(text);
  if (folded == "true") return true;
  if (folded == "false") return false;
  return std::nullopt;
}

Result<std::int64_t> ParseMillis(std::string_view text) {
  if (text.find('T') == std::string_view::npos) return ParseUtcMillis(text);
  CULVERT_ASSIGN_OR_RETURN(const WallTime time, ParseRfc3339(text));
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// What a column could still be, narrowed by each value.
class Guess {
 public:
  void See(std::string_view text) {
    seen_ = true;
    if (bigint_) bigint_ = ParseWhole<std::int64_t>(text).has_value();
    if (number_) number_ = ParseWhole<double>(text).has_value();
    if (boolean_) boolean_ = ParseBool(text).has_value();
    if (date_) date_ = ParseDays(text).has_value();
    if (datetime_) datetime_ = ParseMillis(text).has_value();
  }
  TypeKind Kind() const {
    if (!seen_) return TypeKind::kString;
    if (bigint_) return TypeKind::kBigint;
    if (number_) return TypeKind::kDouble;
    if (boolean_) return TypeKind::kBoolean;
    if (date_) return TypeKind::kDate;
    return datetime_ ? TypeKind::kDatetime : TypeKind::kString;
  }

 private:
  bool seen_ = false;
  bool bigint_ = true;
  bool number_ = true;
  bool boolean_ = true;
  bool date_ = true;
  bool datetime_ = true;
};

Status AppendValue(const Type& type, std::string_view text, ColumnVector& column) {
  const auto wrong = [&] {
    return Fail(InvalidArgument("'" + std::string(text) + "' is no " + type.ToString()));
  };
  switch (type.kind) {
    case TypeKind::kBoolean: {
      const auto value = ParseBool(text);
      if (!value) return wrong();
      column.AppendInt64(*value ? 1 : 0);
      return {};
    }
    case TypeKind::kDate: {
      CULVERT_ASSIGN_OR_RETURN(const std::int64_t days, ParseDays(text));
      column.AppendInt64(days);
      return {};
    }
    case TypeKind::kDatetime: {
      CULVERT_ASSIGN_OR_RETURN(const std::int64_t millis, ParseMillis(text));
      column.AppendInt64(millis);
      return {};
    }
    default:
      break;
  }
  switch (record::PhysicalOf(type)) {
    case Physical::kInt64: {
      const auto value = ParseWhole<std::int64_t>(text);
      if (!value) return wrong();
      column.AppendInt64(*value);
      return {};
    }
    case Physical::kFloat: {
      const auto value = ParseWhole<float>(text);
      if (!value) return wrong();
      column.AppendFloat(*value);
      return {};
    }
    case Physical::kDouble: {
      const auto value = ParseWhole<double>(text);
      if (!value) return wrong();
      column.AppendDouble(*value);
      return {};
    }
    case Physical::kBytes:
      column.AppendBytes(text);
      return {};
    case Physical::kTimestamp: {
      CULVERT_ASSIGN_OR_RETURN(const std::int64_t millis, ParseMillis(text));
      const std::int64_t rest = ((millis % 1000) + 1000) % 1000;
      column.AppendTimestamp((millis - rest) / 1000, static_cast<std::int32_t>(rest * 1'000'000));
      return {};
    }
    case Physical::kNested:
      break;
  }
  return Fail(Unimplemented("a CSV file cannot hold values of type " + type.ToString()));
}

// Rows of one partition on their way into segments.
class Rows {
 public:
  explicit Rows(const wire::RecordLayout& layout)
      : layout_(layout), batch_(RecordBatch::Make(layout.columns())) {}
  RecordBatch& batch() { return batch_; }

  Status EndRow(SegmentStore& store) {
    ++batch_.rows;
    return batch_.rows == RecordBatch::kRowsMax ? Flush(store, kLoadSegmentBytes) : Status();
  }
  Result<std::vector<SegmentPtr>> Finish(SegmentStore& store) {
    CULVERT_TRY(Flush(store, 1));
    return std::move(segments_);
  }

 private:
  Status Flush(SegmentStore& store, std::size_t segment_bytes) {
    const auto violation = wire::CheckBatch(layout_, batch_, 0, maxcompute::kFieldBytesMax);
    if (violation) {
      return Fail(InvalidArgument("column '" + layout_.columns()[violation->column].name +
                                  "': " + violation->reason));
    }
    wire::EncodeBatch(layout_, batch_, records_, totals_);
    batch_.Clear();
    if (records_.size() < segment_bytes) return {};
    CULVERT_ASSIGN_OR_RETURN(SegmentPtr segment,
                             store.Make(layout_, std::exchange(records_, ByteBuffer())));
    segments_.push_back(std::move(segment));
    return {};
  }

  const wire::RecordLayout& layout_;
  RecordBatch batch_;
  ByteBuffer records_;
  wire::StreamTotals totals_;
  std::vector<SegmentPtr> segments_;
};

struct Header {
  std::vector<record::Column> columns;
  std::vector<bool> typed;  // by the header
};

Result<Header> ReadHeader(const std::vector<std::string_view>& fields) {
  Header header;
  for (const std::string_view field : fields) {
    record::Column column;
    const std::size_t colon = field.find(':');
    column.name = record::FoldName(field.substr(0, colon));
    std::ranges::replace(column.name, ' ', '_');
    if (column.name.empty()) return Fail(InvalidArgument("line 1: a column without a name"));
    header.typed.push_back(colon != std::string_view::npos);
    if (colon != std::string_view::npos) {
      CULVERT_ASSIGN_OR_RETURN(column.type, Type::Parse(field.substr(colon + 1)));
    }
    header.columns.push_back(std::move(column));
  }
  return header;
}

Error At(const CsvReader& reader, Error error) {
  error.message = "line " + std::to_string(reader.line()) + ": " + error.message;
  return error;
}

// Fills in the types that the header leaves open.
Status GuessTypes(CsvReader reader, Header& header) {
  std::vector<Guess> guesses(header.columns.size());
  std::vector<std::string_view> fields;
  while (true) {
    CULVERT_ASSIGN_OR_RETURN(const bool more, reader.Next(fields));
    if (!more) break;
    if (fields.size() != guesses.size()) {
      return Fail(At(reader, InvalidArgument(std::to_string(fields.size()) + " fields, but " +
                                             std::to_string(guesses.size()) + " columns")));
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!header.typed[i] && !IsNull(fields[i])) guesses[i].See(fields[i]);
    }
  }
  for (std::size_t i = 0; i < guesses.size(); ++i) {
    if (!header.typed[i]) header.columns[i].type.kind = guesses[i].Kind();
  }
  return {};
}

class Loader {
 public:
  Loader(const CsvLoad& load, std::string project, Catalog& catalog, SegmentStore& segments)
      : load_(load), project_(std::move(project)), catalog_(catalog), segments_(segments) {}

  Result<std::uint64_t> Run(std::string_view text) {
    CsvReader reader(text);
    std::vector<std::string_view> fields;
    CULVERT_ASSIGN_OR_RETURN(const bool any, reader.Next(fields));
    if (!any) return Fail(InvalidArgument("the file is empty"));
    CULVERT_ASSIGN_OR_RETURN(Header header, ReadHeader(fields));
    CULVERT_TRY(GuessTypes(reader, header));
    CULVERT_TRY(MakeTable(header));
    std::uint64_t rows = 0;
    while (true) {
      CULVERT_ASSIGN_OR_RETURN(const bool more, reader.Next(fields));
      if (!more) break;
      if (Status added = AddRow(fields); !added) return Fail(At(reader, added.error()));
      ++rows;
    }
    CULVERT_TRY(Publish());
    return rows;
  }

 private:
  Status MakeTable(const Header& header) {
    TableDef def;
    def.project = project_;
    def.name = load_.table;
    places_.assign(header.columns.size(), {});
    for (const std::string& key : load_.partition_columns) {
      const auto found =
          std::ranges::find(header.columns, record::FoldName(key), &record::Column::name);
      if (found == header.columns.end()) {
        return Fail(InvalidArgument("the file has no column '" + key + "' to partition by"));
      }
      record::Column column = *found;
      if (column.type.kind != TypeKind::kBigint) column.type = Type{};
      def.columns.partition_keys.push_back(std::move(column));
      places_[static_cast<std::size_t>(found - header.columns.begin())].key =
          def.columns.partition_keys.size() - 1;
    }
    for (std::size_t i = 0; i < header.columns.size(); ++i) {
      if (places_[i].key) continue;
      places_[i].column = def.columns.columns.size();
      def.columns.columns.push_back(header.columns[i]);
    }
    keys_ = def.columns.partition_keys;
    layout_.emplace(def.columns.columns);
    return catalog_.CreateTable(std::move(def));
  }

  Status AddRow(const std::vector<std::string_view>& fields) {
    record::PartitionSpec spec;
    spec.entries.resize(keys_.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!places_[i].key) continue;
      if (IsNull(fields[i])) return Fail(InvalidArgument("no value for the partition column"));
      spec.entries[*places_[i].key] = {keys_[*places_[i].key].name, std::string(fields[i])};
    }
    Rows& rows = partitions_.try_emplace(std::move(spec), *layout_).first->second;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (places_[i].key) continue;
      ColumnVector& column = rows.batch().columns[places_[i].column];
      if (IsNull(fields[i])) {
        column.AppendNull();
      } else {
        CULVERT_TRY(AppendValue(layout_->columns()[places_[i].column].type, fields[i], column));
      }
    }
    return rows.EndRow(segments_);
  }

  Status Publish() {
    const TableKey key = MakeTableKey(project_, "", load_.table);
    for (auto& [spec, rows] : partitions_) {
      if (!spec.empty()) CULVERT_TRY(catalog_.AddPartition(key, spec));
      CULVERT_ASSIGN_OR_RETURN(std::vector<SegmentPtr> segments, rows.Finish(segments_));
      CULVERT_TRY(catalog_.Publish(key, spec, Catalog::Mode::kOverwrite, std::move(segments)));
    }
    return {};
  }

  // Where a field of the file goes.
  struct Place {
    std::optional<std::size_t> key;
    std::size_t column = 0;
  };
  const CsvLoad& load_;
  std::string project_;
  Catalog& catalog_;
  SegmentStore& segments_;
  std::vector<Place> places_;
  std::vector<record::Column> keys_;
  std::optional<wire::RecordLayout> layout_;
  std::map<record::PartitionSpec, Rows> partitions_;
};

}  // namespace

Result<CsvLoad> ParseCsvLoad(std::string_view text) {
  CsvLoad load;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return Fail(
        InvalidArgument("'" + std::string(text) + "' is not NAME=FILE.csv[,partition=COLUMN]"));
  }
  load.table = text.substr(0, equals);
  load.file = text.substr(equals + 1);
  constexpr std::string_view kPartition = ",partition=";
  if (const std::size_t at = load.file.rfind(kPartition); at != std::string::npos) {
    std::string_view list = std::string_view(load.file).substr(at + kPartition.size());
    while (!list.empty()) {
      const std::size_t slash = list.find('/');
      load.partition_columns.emplace_back(list.substr(0, slash));
      list = slash == std::string_view::npos ? std::string_view() : list.substr(slash + 1);
    }
    load.file.resize(at);
  }
  return load;
}

Status LoadCsv(const CsvLoad& load, const std::string& project, Catalog& catalog,
               SegmentStore& segments, Logger& log) {
  const TableKey key = MakeTableKey(project, "", load.table);
  CULVERT_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(load.file, kFileBytesMax));
  Loader loader(load, project, catalog, segments);
  const Result<std::uint64_t> rows = loader.Run(text);
  if (!rows) {
    Error error = rows.error();
    error.message = "file " + load.file + ", " + error.message;
    if (error.code != ErrorCode::kAlreadyExists) (void)catalog.DropTable(key);
    return Fail(std::move(error));
  }
  log.Info("table loaded", {{"table", load.table}, {"rows", *rows}});
  return {};
}

}  // namespace culvert::emulator
