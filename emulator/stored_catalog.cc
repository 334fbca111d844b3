// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/stored_catalog.h"

#include "emulator/catalog_json.h"
#include "emulator/handlers.h"
#include "libs/base/digest.h"

#include <algorithm>

namespace culvert::emulator {
namespace {

Error NoTable(const TableKey& key) {
  const std::string schema = key.schema.empty() ? "" : key.schema + ".";
  return NotFound("table " + key.project + "." + schema + key.name + " cannot be resolved")
      .Because("NoSuchTable");
}

Error NoPartition(const record::PartitionSpec& spec) {
  return NotFound("the specified partition " + spec.ToString() + " does not exist")
      .Because("NoSuchPartition");
}

std::string PartitionKey(const TableKey& table, const record::PartitionSpec& spec) {
  return TableKeyText(table) + "/" + spec.ToString();
}

std::vector<std::string> KeyNames(const TableDef& def) {
  std::vector<std::string> names;
  names.reserve(def.columns.partition_keys.size());
  for (const record::Column& key : def.columns.partition_keys) {
    names.push_back(record::FoldName(key.name));
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<StoredCatalog>> StoredCatalog::Load(DurableStore& durable,
                                                           SegmentFiles& segments,
                                                           const Clock& clock) {
  std::unique_ptr<StoredCatalog> catalog(new StoredCatalog(durable, segments, clock));
  CULVERT_TRY(catalog->LoadAll());
  return catalog;
}

Status StoredCatalog::LoadAll() {
  CULVERT_ASSIGN_OR_RETURN(const auto tables, durable_.Load("table"));
  CULVERT_ASSIGN_OR_RETURN(const auto partitions, durable_.Load("partition"));
  CULVERT_ASSIGN_OR_RETURN(const auto schemas, durable_.Load("schema"));
  const MutexLock write_lock(write_mutex_);
  const MutexLock lock(mutex_);
  for (const auto& [key, value] : tables) {
    CULVERT_ASSIGN_OR_RETURN(const TableKey table, ParseTableKeyText(key));
    CULVERT_ASSIGN_OR_RETURN(TableDef def, DecodeTable(value));
    tables_[table].def = std::make_shared<const TableDef>(std::move(def));
  }
  for (const auto& [key, value] : partitions) {
    CULVERT_ASSIGN_OR_RETURN(TableKey table, ParseTableKeyText(key));
    table.name = table.name.substr(0, table.name.find('/'));
    const auto owner = tables_.find(table);
    if (owner == tables_.end()) return Fail(DataLoss("partition " + key + " has no table"));
    CULVERT_ASSIGN_OR_RETURN(StoredPartition stored, DecodePartition(value));
    for (const std::string& file : stored.files) {
      CULVERT_ASSIGN_OR_RETURN(SegmentPtr segment, segments_.Load(file));
      segments_.AddReference(*segment);
      stored.data.segments.push_back(std::move(segment));
    }
    version_ = std::max({version_, stored.data.version, stored.data.generation});
    const record::PartitionSpec spec = stored.data.spec;
    owner->second.partitions[spec] = std::make_shared<const PartitionData>(std::move(stored.data));
  }
  for (const auto& [key, value] : schemas) {
    const std::size_t slash = key.find('/');
    if (slash != std::string::npos) schemas_[key.substr(0, slash)].insert(key.substr(slash + 1));
  }
  return {};
}

std::uint64_t StoredCatalog::NextVersion() {
  // Time-based, so that a partition dropped and made again after a restart never gets an old one.
  const auto now = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(clock_.Now().time_since_epoch())
          .count());
  version_ = std::max(version_ + 1, now);
  return version_;
}

Result<StoredCatalog::Table> StoredCatalog::Copy(const TableKey& key) const {
  const MutexLock lock(mutex_);
  const auto found = tables_.find(key);
  if (found == tables_.end()) return Fail(NoTable(key));
  return found->second;
}

Result<record::PartitionSpec> StoredCatalog::Normalise(const TableDef& def,
                                                       const record::PartitionSpec& spec) {
  const std::vector<std::string> names = KeyNames(def);
  if (names.empty()) {
    if (spec.empty()) return spec;
    return Fail(InvalidArgument("table " + def.name + " has no partitions, got " + spec.ToString())
                    .Because("InvalidPartitionSpec"));
  }
  Result<record::PartitionSpec> ordered = record::OrderLike(spec, names);
  if (!ordered) return Fail(std::move(ordered).error().Because("InvalidPartitionSpec"));
  return ordered;
}

Status StoredCatalog::CreateTable(TableDef def) {
  const TableKey key = MakeTableKey(def.project, def.schema, def.name);
  const MutexLock write_lock(write_mutex_);
  if (Copy(key)) {
    return Fail(AlreadyExists("table " + def.project + "." + def.name + " already exists")
                    .Because("TableAlreadyExists"));
  }
  if (key.name.empty() || key.name.find('/') != std::string::npos) {
    return Fail(InvalidArgument("'" + def.name + "' is no table name"));
  }
  def.schema = key.schema;
  if (def.id.empty()) def.id = RandomHex128();
  if (def.created_seconds == 0) def.created_seconds = NowSeconds(clock_);
  def.ddl_seconds = NowSeconds(clock_);
  def.schema_version = 1;
  Table table;
  std::vector<DurableChange> changes = {{"table", TableKeyText(key), EncodeTable(def)}};
  if (def.columns.partition_keys.empty()) {
    auto data = std::make_shared<PartitionData>();
    data->created_seconds = def.created_seconds;
    data->modified_seconds = def.created_seconds;
    data->version = NextVersion();
    data->generation = data->version;
    changes.push_back({"partition", PartitionKey(key, {}), EncodePartition(*data)});
    table.partitions[{}] = std::move(data);
  }
  table.def = std::make_shared<const TableDef>(std::move(def));
  CULVERT_TRY(durable_.Write(changes));
  const MutexLock lock(mutex_);
  tables_[key] = std::move(table);
  return {};
}

Status StoredCatalog::DropTable(const TableKey& key) {
  const MutexLock write_lock(write_mutex_);
  CULVERT_ASSIGN_OR_RETURN(const Table table, Copy(key));
  std::vector<DurableChange> changes = {{"table", TableKeyText(key), std::nullopt}};
  for (const auto& [spec, data] : table.partitions) {
    changes.push_back({"partition", PartitionKey(key, spec), std::nullopt});
  }
  CULVERT_TRY(durable_.Write(changes));
  for (const auto& [spec, data] : table.partitions) {
    for (const SegmentPtr& segment : data->segments) segments_.DropReference(*segment);
  }
  const MutexLock lock(mutex_);
  tables_.erase(key);
  return {};
}

Status StoredCatalog::AlterTable(const TableKey& key, TableDef def) {
  const MutexLock write_lock(write_mutex_);
  CULVERT_ASSIGN_OR_RETURN(const Table table, Copy(key));
  const TableDef& old = *table.def;
  if (def.columns.columns.size() < old.columns.columns.size()) {
    return Fail(InvalidArgument("columns of table " + def.name + " can be appended, not dropped"));
  }
  if (def.columns.partition_keys.size() != old.columns.partition_keys.size()) {
    return Fail(InvalidArgument("partition keys of table " + def.name + " cannot be changed"));
  }
  def.id = old.id;
  def.created_seconds = old.created_seconds;
  def.ddl_seconds = NowSeconds(clock_);
  def.schema_version = old.schema_version + (def.columns == old.columns ? 0 : 1);
  CULVERT_TRY(durable_.Write({{"table", TableKeyText(key), EncodeTable(def)}}));
  const MutexLock lock(mutex_);
  tables_[key].def = std::make_shared<const TableDef>(std::move(def));
  return {};
}

Result<std::shared_ptr<const TableDef>> StoredCatalog::FindTable(const TableKey& key) const {
  const MutexLock lock(mutex_);
  const auto found = tables_.find(key);
  if (found == tables_.end()) return Fail(NoTable(key));
  return found->second.def;
}

std::vector<std::shared_ptr<const TableDef>> StoredCatalog::ListTables(
    std::string_view project, std::string_view schema) const {
  const TableKey first = MakeTableKey(project, schema, "");
  std::vector<std::shared_ptr<const TableDef>> list;
  const MutexLock lock(mutex_);
  for (auto it = tables_.lower_bound(first); it != tables_.end(); ++it) {
    if (it->first.project != first.project || it->first.schema != first.schema) break;
    list.push_back(it->second.def);
  }
  return list;
}

Status StoredCatalog::AddPartition(const TableKey& key, const record::PartitionSpec& spec) {
  const MutexLock write_lock(write_mutex_);
  CULVERT_ASSIGN_OR_RETURN(const Table table, Copy(key));
  CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec place, Normalise(*table.def, spec));
  if (table.partitions.contains(place)) {
    return Fail(AlreadyExists("partition " + place.ToString() + " already exists")
                    .Because("PartitionAlreadyExists"));
  }
  auto data = std::make_shared<PartitionData>();
  data->spec = place;
  data->created_seconds = NowSeconds(clock_);
  data->modified_seconds = data->created_seconds;
  data->version = NextVersion();
  data->generation = data->version;
  CULVERT_TRY(durable_.Write({{"partition", PartitionKey(key, place), EncodePartition(*data)}}));
  const MutexLock lock(mutex_);
  tables_[key].partitions[place] = std::move(data);
  return {};
}

Status StoredCatalog::DropPartition(const TableKey& key, const record::PartitionSpec& spec) {
  const MutexLock write_lock(write_mutex_);
  CULVERT_ASSIGN_OR_RETURN(const Table table, Copy(key));
  CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec place, Normalise(*table.def, spec));
  const auto found = table.partitions.find(place);
  if (place.empty() || found == table.partitions.end()) return Fail(NoPartition(spec));
  CULVERT_TRY(durable_.Write({{"partition", PartitionKey(key, place), std::nullopt}}));
  for (const SegmentPtr& segment : found->second->segments) segments_.DropReference(*segment);
  const MutexLock lock(mutex_);
  tables_[key].partitions.erase(place);
  return {};
}

Result<std::vector<std::shared_ptr<const PartitionData>>> StoredCatalog::ListPartitions(
    const TableKey& key) const {
  CULVERT_ASSIGN_OR_RETURN(const Table table, Copy(key));
  std::vector<std::shared_ptr<const PartitionData>> list;
  if (table.def->columns.partition_keys.empty()) return list;
  list.reserve(table.partitions.size());
  for (const auto& [spec, data] : table.partitions) list.push_back(data);
  return list;
}

Result<std::shared_ptr<const PartitionData>> StoredCatalog::Snapshot(
    const TableKey& key, const record::PartitionSpec& spec) const {
  const MutexLock lock(mutex_);
  const auto found = tables_.find(key);
  if (found == tables_.end()) return Fail(NoTable(key));
  CULVERT_ASSIGN_OR_RETURN(const record::PartitionSpec place, Normalise(*found->second.def, spec));
  const auto data = found->second.partitions.find(place);
  if (data == found->second.partitions.end()) return Fail(NoPartition(place));
  return data->second;
}

Status StoredCatalog::Publish(const TableKey& key, const record::PartitionSpec& spec, Mode mode,
                              std::vector<SegmentPtr> segments) {
  return PublishIf(key, spec, mode, std::move(segments), {});
}

Status StoredCatalog::PublishIf(const TableKey& key, const record::PartitionSpec& spec, Mode mode,
                                std::vector<SegmentPtr> segments, const Expectation& expectation) {
  const MutexLock write_lock(write_mutex_);
  CULVERT_ASSIGN_OR_RETURN(const std::shared_ptr<const TableDef> def, FindTable(key));
  if (!expectation.table_id.empty() &&
      (def->id != expectation.table_id || def->schema_version != expectation.schema_version)) {
    return Fail(FailedPrecondition("table " + def->name + " was changed since the session began")
                    .Because("TableModified"));
  }
  CULVERT_ASSIGN_OR_RETURN(const std::shared_ptr<const PartitionData> old, Snapshot(key, spec));
  auto data = std::make_shared<PartitionData>(*old);
  data->modified_seconds = NowSeconds(clock_);
  data->version = NextVersion();
  if (mode == Mode::kOverwrite) {
    data->segments.clear();
    data->generation = data->version;
  }
  for (SegmentPtr& segment : segments) {
    if (segment->rows() > 0) data->segments.push_back(std::move(segment));
  }
  std::vector<DurableChange> changes = expectation.also;
  changes.push_back({"partition", PartitionKey(key, data->spec), EncodePartition(*data)});
  CULVERT_TRY(durable_.Write(changes));
  // New names first: a segment that stays must not look unnamed in between.
  for (const SegmentPtr& segment : data->segments) segments_.AddReference(*segment);
  for (const SegmentPtr& segment : old->segments) segments_.DropReference(*segment);
  const MutexLock lock(mutex_);
  tables_[key].partitions[data->spec] = std::move(data);
  return {};
}

std::vector<std::string> StoredCatalog::ListSchemas(std::string_view project) const {
  std::set<std::string> names = {"default"};
  const MutexLock lock(mutex_);
  const auto found = schemas_.find(record::FoldName(project));
  if (found != schemas_.end()) names.insert(found->second.begin(), found->second.end());
  return {names.begin(), names.end()};
}

Status StoredCatalog::CreateSchema(std::string_view project, std::string_view schema) {
  const TableKey key = MakeTableKey(project, schema, "");
  if (key.schema.empty() || key.schema.find('/') != std::string::npos) {
    return Fail(InvalidArgument("'" + std::string(schema) + "' is no name for a new schema"));
  }
  const MutexLock write_lock(write_mutex_);
  {
    const MutexLock lock(mutex_);
    if (schemas_[key.project].contains(key.schema)) {
      return Fail(
          AlreadyExists("schema " + key.schema + " already exists").Because("SchemaAlreadyExists"));
    }
  }
  CULVERT_TRY(durable_.Write({{"schema", key.project + "/" + key.schema, "{}"}}));
  const MutexLock lock(mutex_);
  schemas_[key.project].insert(key.schema);
  return {};
}

}  // namespace culvert::emulator
