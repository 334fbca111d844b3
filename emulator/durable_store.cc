// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/durable_store.h"

#include "libs/base/mutex.h"

#include <sqlite3.h>

namespace culvert::emulator {
namespace {

class ForgetfulStore final : public DurableStore {
 public:
  Status Write(const std::vector<DurableChange>&) override { return {}; }
  Result<std::vector<std::pair<std::string, std::string>>> Load(std::string_view) override {
    return {};
  }
};

struct CloseDatabase {
  void operator()(sqlite3* database) const { (void)sqlite3_close_v2(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { (void)sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class SqliteStore final : public DurableStore {
 public:
  static Result<std::unique_ptr<DurableStore>> Open(const std::string& path) {
    auto store = std::make_unique<SqliteStore>();
    const MutexLock lock(store->mutex_);
    sqlite3* handle = nullptr;
    const int opened = sqlite3_open_v2(
        path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
        nullptr);
    store->database_.reset(handle);
    if (opened != SQLITE_OK) return Fail(store->Failure("open"));
    // EXCLUSIVE keeps a second emulator out of the same directory for as long as this one lives.
    CULVERT_TRY(store->Execute("PRAGMA locking_mode=EXCLUSIVE"));
    CULVERT_TRY(store->Execute("PRAGMA journal_mode=WAL"));
    CULVERT_TRY(store->Execute("PRAGMA synchronous=FULL"));
    CULVERT_TRY(
        store->Execute("CREATE TABLE IF NOT EXISTS record (kind TEXT NOT NULL, key TEXT NOT NULL, "
                       "value BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"));
    CULVERT_ASSIGN_OR_RETURN(store->put_,
                             store->Prepare("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)"));
    CULVERT_ASSIGN_OR_RETURN(store->remove_,
                             store->Prepare("DELETE FROM record WHERE kind = ?1 AND key = ?2"));
    CULVERT_ASSIGN_OR_RETURN(
        store->load_, store->Prepare("SELECT key, value FROM record WHERE kind = ?1 ORDER BY key"));
    return store;
  }

  Status Write(const std::vector<DurableChange>& changes) override {
    if (changes.empty()) return {};
    const MutexLock lock(mutex_);
    CULVERT_TRY(Execute("BEGIN IMMEDIATE"));
    for (const DurableChange& change : changes) {
      if (Status applied = Apply(change); !applied) {
        (void)Execute("ROLLBACK");
        return applied;
      }
    }
    if (Status committed = Execute("COMMIT"); !committed) {
      (void)Execute("ROLLBACK");
      return committed;
    }
    return {};
  }

  Result<std::vector<std::pair<std::string, std::string>>> Load(std::string_view kind) override {
    const MutexLock lock(mutex_);
    std::vector<std::pair<std::string, std::string>> records;
    Bind(*load_, 1, kind);
    int step = sqlite3_step(load_.get());
    for (; step == SQLITE_ROW; step = sqlite3_step(load_.get())) {
      records.emplace_back(Column(0), Column(1));
    }
    (void)sqlite3_reset(load_.get());
    if (step != SQLITE_DONE) return Fail(Failure("read"));
    return records;
  }

 private:
  static void Bind(sqlite3_stmt& statement, int index, std::string_view text) {
    // The texts outlive the step; a null pointer would bind NULL, so empty text needs one.
    (void)sqlite3_bind_text64(&statement, index, text.empty() ? "" : text.data(), text.size(),
                              SQLITE_STATIC, SQLITE_UTF8);
  }
  std::string Column(int index) REQUIRES(mutex_) {
    const void* data = sqlite3_column_blob(load_.get(), index);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(load_.get(), index));
    return size == 0 ? std::string() : std::string(static_cast<const char*>(data), size);
  }
  Status Apply(const DurableChange& change) REQUIRES(mutex_) {
    sqlite3_stmt& statement = change.value ? *put_ : *remove_;
    Bind(statement, 1, change.kind);
    Bind(statement, 2, change.key);
    if (change.value) Bind(statement, 3, *change.value);
    const int step = sqlite3_step(&statement);
    (void)sqlite3_reset(&statement);
    if (step != SQLITE_DONE) return Fail(Failure("write"));
    return {};
  }
  Status Execute(const char* sql) REQUIRES(mutex_) {
    if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
      return Fail(Failure(sql));
    }
    return {};
  }
  Result<Statement> Prepare(const char* sql) REQUIRES(mutex_) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) {
      return Fail(Failure("prepare"));
    }
    return Statement(statement);
  }
  Error Failure(std::string_view what) REQUIRES(mutex_) {
    const int code = sqlite3_errcode(database_.get());
    std::string message =
        "metadata database: " + std::string(what) + " failed: " + sqlite3_errmsg(database_.get());
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
      return FailedPrecondition(message + "; another emulator uses this data directory");
    }
    return Internal(std::move(message));
  }

  Mutex mutex_;
  std::unique_ptr<sqlite3, CloseDatabase> database_ GUARDED_BY(mutex_);
  Statement put_ GUARDED_BY(mutex_);
  Statement remove_ GUARDED_BY(mutex_);
  Statement load_ GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<DurableStore> MakeForgetfulStore() { return std::make_unique<ForgetfulStore>(); }

Result<std::unique_ptr<DurableStore>> OpenSqliteStore(const std::string& directory) {
  return SqliteStore::Open(directory + "/metadata.sqlite");
}

}  // namespace culvert::emulator
