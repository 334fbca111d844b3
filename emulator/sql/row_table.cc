// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/row_table.h"

#include "emulator/sql/sqlite_value.h"
#include "emulator/sql/value.h"
#include "libs/maxcompute/wire/record_stream.h"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <compare>
#include <optional>
#include <utility>

namespace culvert::emulator::sql {
namespace {

using record::RecordBatch;

/// One source as SQLite's table. SQLite reads and writes the base part.
struct RowsTable : sqlite3_vtab {
  explicit RowsTable(const SourceTable& from)
      : sqlite3_vtab{}, source(&from), layout(from.def->columns.columns) {}
  const SourceTable* source;
  maxcompute::wire::RecordLayout layout;

  std::size_t data_columns() const { return source->def->columns.columns.size(); }
  std::size_t columns() const {
    return data_columns() + source->def->columns.partition_keys.size();
  }
};

/// Whether a condition on a partition key, `=` `<` `>` `l` (<=) or `g` (>=), holds.
bool Holds(std::strong_ordering order, char symbol) {
  switch (symbol) {
    case '=':
      return order == 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    case 'l':
      return order <= 0;
    default:
      return order >= 0;
  }
}

/// A scan over the partitions that are left, row by row.
class Cursor : public sqlite3_vtab_cursor {
 public:
  explicit Cursor(RowsTable& table) : sqlite3_vtab_cursor{}, table_(table) {}

  /// `conditions` is what BestIndex wrote: per condition the key's letter and its symbol.
  Status Start(std::string_view conditions, std::span<sqlite3_value*> values) {
    partitions_.clear();
    std::int64_t first_row = 0;
    for (const auto& partition : table_.source->partitions) {
      CULVERT_ASSIGN_OR_RETURN(Partition scanned, Open(*partition));
      scanned.first_row = first_row;
      first_row += static_cast<std::int64_t>(partition->rows());
      if (Wanted(scanned, conditions, values)) partitions_.push_back(std::move(scanned));
    }
    partition_ = segment_ = row_ = 0;
    segment_first_row_ = 0;
    batch_segment_ = nullptr;
    SkipEmpty();
    return {};
  }

  void Next() {
    ++row_;
    SkipEmpty();
  }
  bool AtEnd() const { return partition_ >= partitions_.size(); }
  /// The row's place in the whole table: SQLite takes two scans' rows with one id for the same row.
  std::int64_t row_id() const {
    return partitions_[partition_].first_row + segment_first_row_ + static_cast<std::int64_t>(row_);
  }

  Result<Value> Column(std::size_t column) {
    if (column >= table_.data_columns()) {
      return partitions_[partition_].keys[column - table_.data_columns()];
    }
    CULVERT_TRY(EnsureDecoded());
    return ReadCell(batch_.columns[column], row_ - batch_first_,
                    table_.layout.columns()[column].type);
  }

 private:
  struct Partition {
    const PartitionData* data = nullptr;
    std::vector<Value> keys;     // values of the partition keys
    std::int64_t first_row = 0;  // in the whole table
  };

  Result<Partition> Open(const PartitionData& data) const {
    Partition partition{.data = &data, .keys = {}, .first_row = 0};
    const auto& keys = table_.source->def->columns.partition_keys;
    for (std::size_t i = 0; i < keys.size() && i < data.spec.entries.size(); ++i) {
      CULVERT_ASSIGN_OR_RETURN(Value value, CastValue(Value::Text(data.spec.entries[i].second),
                                                      ScalarType(record::TypeKind::kString),
                                                      keys[i].type, CastMode::kExplicit));
      partition.keys.push_back(std::move(value));
    }
    return partition;
  }

  /// False only when a condition surely fails: SQLite checks the rows again.
  static bool Wanted(const Partition& partition, std::string_view conditions,
                     std::span<sqlite3_value*> values) {
    for (std::size_t i = 0; i < values.size() && i * 2 + 1 < conditions.size(); ++i) {
      const Value& key = partition.keys[static_cast<std::size_t>(conditions[i * 2] - 'a')];
      const Value wanted = FromSqlite(values[i]);
      if (wanted.storage != key.storage) continue;
      if (key.storage != Storage::kText && key.storage != Storage::kInteger) continue;
      const std::strong_ordering order =
          key.storage == Storage::kText ? key.text <=> wanted.text : key.integer <=> wanted.integer;
      if (!Holds(order, conditions[i * 2 + 1])) return false;
    }
    return true;
  }

  const Segment& segment() const { return *partitions_[partition_].data->segments[segment_]; }

  void SkipEmpty() {
    while (partition_ < partitions_.size()) {
      const auto& segments = partitions_[partition_].data->segments;
      if (segment_ >= segments.size()) {
        ++partition_;
        segment_ = row_ = 0;
        segment_first_row_ = 0;
      } else if (row_ >= segments[segment_]->rows()) {
        segment_first_row_ += static_cast<std::int64_t>(segments[segment_]->rows());
        ++segment_;
        row_ = 0;
      } else {
        return;
      }
    }
  }

  Status EnsureDecoded() {
    const Segment& now = segment();
    if (batch_segment_ == &now && row_ >= batch_first_ && row_ < batch_first_ + batch_.rows) {
      return {};
    }
    const std::uint64_t end_row = std::min<std::uint64_t>(row_ + RecordBatch::kRowsMax, now.rows());
    const std::uint64_t begin = now.index.offsets[row_];
    const std::uint64_t end = end_row < now.rows() ? now.index.offsets[end_row] : now.bytes.size();
    if (batch_.columns.empty()) batch_ = RecordBatch::Make(table_.layout.columns());
    batch_.Clear();
    maxcompute::wire::BatchDecoder decoder(table_.layout);
    CULVERT_TRY(decoder.Decode(now.bytes.subspan(begin, end - begin), batch_));
    if (batch_.rows == 0) return Fail(Internal("a stored record cannot be read back"));
    batch_segment_ = &now;
    batch_first_ = row_;
    return {};
  }

  RowsTable& table_;
  std::vector<Partition> partitions_;
  std::size_t partition_ = 0;
  std::size_t segment_ = 0;
  std::size_t row_ = 0;
  std::int64_t segment_first_row_ = 0;  // of the segment in its partition
  RecordBatch batch_;
  const Segment* batch_segment_ = nullptr;
  std::size_t batch_first_ = 0;
};

int ReportError(sqlite3_vtab* table, const Error& error) {
  sqlite3_free(table->zErrMsg);
  table->zErrMsg = sqlite3_mprintf("%s", error.message.c_str());
  return SQLITE_ERROR;
}

// The callbacks that SQLite knows. `aux` is the list of sources, the first argument its index.

int Connect(sqlite3* connection, void* aux, int argc, const char* const* argv,
            sqlite3_vtab** table_out, char** /*message*/) {
  const auto& sources = *static_cast<const std::vector<SourceTable>*>(aux);
  std::size_t index = 0;
  if (argc < 4) return SQLITE_ERROR;
  const std::string_view text = argv[3];
  std::from_chars(text.data(), text.data() + text.size(), index);
  if (index >= sources.size()) return SQLITE_ERROR;
  auto table = std::make_unique<RowsTable>(sources[index]);
  // Columns without a declared type keep the values as they are given.
  std::string declaration = "CREATE TABLE x(";
  for (std::size_t i = 0; i < table->columns(); ++i) {
    declaration += (i > 0 ? ",c" : "c") + std::to_string(i);
  }
  declaration += ")";
  const int code = sqlite3_declare_vtab(connection, declaration.c_str());
  if (code != SQLITE_OK) return code;
  *table_out = table.release();
  return SQLITE_OK;
}

int Disconnect(sqlite3_vtab* table) {
  const std::unique_ptr<RowsTable> owned(static_cast<RowsTable*>(table));
  return SQLITE_OK;
}

int BestIndex(sqlite3_vtab* base, sqlite3_index_info* info) {
  const auto* table = static_cast<RowsTable*>(base);
  std::string conditions;
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.usable == 0 || constraint.iColumn < 0) continue;
    const auto column = static_cast<std::size_t>(constraint.iColumn);
    if (column < table->data_columns()) continue;
    char symbol = 0;
    if (constraint.op == SQLITE_INDEX_CONSTRAINT_EQ) symbol = '=';
    if (constraint.op == SQLITE_INDEX_CONSTRAINT_LT) symbol = '<';
    if (constraint.op == SQLITE_INDEX_CONSTRAINT_GT) symbol = '>';
    if (constraint.op == SQLITE_INDEX_CONSTRAINT_LE) symbol = 'l';
    if (constraint.op == SQLITE_INDEX_CONSTRAINT_GE) symbol = 'g';
    if (symbol == 0) continue;
    conditions += static_cast<char>('a' + (column - table->data_columns()));
    conditions += symbol;
    info->aConstraintUsage[i].argvIndex = static_cast<int>(conditions.size() / 2);
  }
  std::uint64_t rows = 0;
  for (const auto& partition : table->source->partitions) rows += partition->rows();
  const double share = conditions.empty() ? 1.0 : 0.1;
  info->estimatedRows = static_cast<sqlite3_int64>(static_cast<double>(rows) * share) + 1;
  info->estimatedCost = static_cast<double>(info->estimatedRows);
  info->idxStr = sqlite3_mprintf("%s", conditions.c_str());
  info->needToFreeIdxStr = 1;
  return SQLITE_OK;
}

int Open(sqlite3_vtab* table, sqlite3_vtab_cursor** cursor_out) {
  *cursor_out = std::make_unique<Cursor>(*static_cast<RowsTable*>(table)).release();
  return SQLITE_OK;
}

int Close(sqlite3_vtab_cursor* cursor) {
  const std::unique_ptr<Cursor> owned(static_cast<Cursor*>(cursor));
  return SQLITE_OK;
}

int Filter(sqlite3_vtab_cursor* base, int /*number*/, const char* conditions, int argc,
           sqlite3_value** argv) {
  const auto count = static_cast<std::size_t>(argc);
  const Status started = static_cast<Cursor*>(base)->Start(conditions, {argv, count});
  return started ? SQLITE_OK : ReportError(base->pVtab, started.error());
}

int Next(sqlite3_vtab_cursor* cursor) {
  static_cast<Cursor*>(cursor)->Next();
  return SQLITE_OK;
}

int Eof(sqlite3_vtab_cursor* cursor) { return static_cast<Cursor*>(cursor)->AtEnd() ? 1 : 0; }

int ColumnAt(sqlite3_vtab_cursor* base, sqlite3_context* context, int column) {
  const Result<Value> value = static_cast<Cursor*>(base)->Column(static_cast<std::size_t>(column));
  if (!value) return ReportError(base->pVtab, value.error());
  GiveSqlite(context, *value);
  return SQLITE_OK;
}

int RowId(sqlite3_vtab_cursor* cursor, sqlite3_int64* row_id) {
  *row_id = static_cast<Cursor*>(cursor)->row_id();
  return SQLITE_OK;
}

sqlite3_module MakeModule() {
  sqlite3_module module{};
  module.xCreate = Connect;
  module.xConnect = Connect;
  module.xBestIndex = BestIndex;
  module.xDisconnect = Disconnect;
  module.xDestroy = Disconnect;
  module.xOpen = Open;
  module.xClose = Close;
  module.xFilter = Filter;
  module.xNext = Next;
  module.xEof = Eof;
  module.xColumn = ColumnAt;
  module.xRowid = RowId;
  return module;
}

}  // namespace

Status AddRowTables(sqlite3* connection, const std::vector<SourceTable>& sources) {
  static const sqlite3_module kModule = MakeModule();
  // SQLite takes the list without const and only hands it back.
  void* aux = const_cast<std::vector<SourceTable>*>(&sources);  // NOLINT(*-const-cast)
  if (sqlite3_create_module_v2(connection, "mc_rows", &kModule, aux, nullptr) != SQLITE_OK) {
    return Fail(Internal(sqlite3_errmsg(connection)));
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::string number = std::to_string(i);
    const std::string create = "CREATE VIRTUAL TABLE s" + number + " USING mc_rows(" + number + ")";
    if (sqlite3_exec(connection, create.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      return Fail(Internal(sqlite3_errmsg(connection)));
    }
  }
  return {};
}

}  // namespace culvert::emulator::sql
