// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/sql/statement.h"
#include "emulator/sql/token_cursor.h"

#include <utility>

namespace culvert::emulator::sql {
namespace {

constexpr std::size_t kStatementsMax = 1000;

/// Text of a literal as a partition value or a default: `'x'`, `5`, `-1.5`, `true`.
Result<std::string> LiteralText(TokenCursor& cursor) {
  const Token& token = cursor.Peek();
  if (token.kind == TokenKind::kString) return cursor.String("a literal");
  if (token.Is("true") || token.Is("false") || token.Is("null")) {
    return record::FoldName(cursor.Take().text);
  }
  std::string text = cursor.AcceptSymbol("-") ? "-" : "";
  if (cursor.Peek().kind != TokenKind::kNumber) return Fail(cursor.Unexpected("a literal"));
  std::string number = cursor.Take().text;
  // The type suffix is no part of the value.
  const std::size_t digits = number.find_last_of("0123456789.");
  return text + number.substr(0, digits + 1);
}

Result<std::map<std::string, std::string>> Properties(TokenCursor& cursor) {
  std::map<std::string, std::string> properties;
  CULVERT_TRY(cursor.ExpectSymbol("("));
  do {
    CULVERT_ASSIGN_OR_RETURN(std::string key, cursor.String("a property in quotes"));
    CULVERT_TRY(cursor.ExpectSymbol("="));
    CULVERT_ASSIGN_OR_RETURN(properties[std::move(key)], cursor.String("a value in quotes"));
  } while (cursor.AcceptSymbol(","));
  CULVERT_TRY(cursor.ExpectSymbol(")"));
  return properties;
}

Result<std::vector<std::string>> Names(TokenCursor& cursor) {
  std::vector<std::string> names;
  CULVERT_TRY(cursor.ExpectSymbol("("));
  do {
    CULVERT_ASSIGN_OR_RETURN(std::string name, cursor.Name("a column"));
    names.push_back(std::move(name));
  } while (cursor.AcceptSymbol(","));
  CULVERT_TRY(cursor.ExpectSymbol(")"));
  return names;
}

/// `name TYPE [NOT NULL] [DEFAULT literal] [COMMENT 'text']`, the clauses in any order.
Result<record::Column> ColumnDef(TokenCursor& cursor) {
  record::Column column;
  CULVERT_ASSIGN_OR_RETURN(column.name, cursor.Name("a column"));
  CULVERT_ASSIGN_OR_RETURN(column.type, cursor.Type());
  while (true) {
    if (cursor.Accept({"not", "null"})) {
      column.nullable = false;
    } else if (cursor.Accept({"null"})) {
      column.nullable = true;
    } else if (cursor.Accept({"default"})) {
      CULVERT_ASSIGN_OR_RETURN(column.default_value, LiteralText(cursor));
    } else if (cursor.Accept({"comment"})) {
      CULVERT_ASSIGN_OR_RETURN(column.comment, cursor.String("a comment"));
    } else {
      return column;
    }
  }
}

/// The columns of CREATE TABLE in parentheses, with PRIMARY KEY among them.
Status ColumnDefs(TokenCursor& cursor, CreateTable& create) {
  CULVERT_TRY(cursor.ExpectSymbol("("));
  do {
    if (cursor.Peek().Is("primary") && cursor.Peek(1).Is("key")) {
      cursor.Take();
      cursor.Take();
      CULVERT_ASSIGN_OR_RETURN(create.primary_key, Names(cursor));
    } else {
      CULVERT_ASSIGN_OR_RETURN(record::Column column, ColumnDef(cursor));
      create.schema.columns.push_back(std::move(column));
    }
  } while (cursor.AcceptSymbol(","));
  return cursor.ExpectSymbol(")");
}

Status PartitionedBy(TokenCursor& cursor, CreateTable& create) {
  CULVERT_TRY(cursor.ExpectSymbol("("));
  do {
    CULVERT_ASSIGN_OR_RETURN(record::Column column, ColumnDef(cursor));
    create.schema.partition_keys.push_back(std::move(column));
  } while (cursor.AcceptSymbol(","));
  return cursor.ExpectSymbol(")");
}

/// One clause behind the columns of CREATE TABLE; false when none follows.
Result<bool> TableClause(TokenCursor& cursor, CreateTable& create) {
  if (cursor.Accept({"comment"})) {
    CULVERT_ASSIGN_OR_RETURN(create.comment, cursor.String("a comment"));
  } else if (cursor.Accept({"partitioned", "by"})) {
    CULVERT_TRY(PartitionedBy(cursor, create));
  } else if (cursor.Accept({"tblproperties"})) {
    CULVERT_ASSIGN_OR_RETURN(create.properties, Properties(cursor));
  } else if (cursor.Accept({"lifecycle"})) {
    CULVERT_ASSIGN_OR_RETURN(const std::uint64_t days, cursor.Unsigned("a number of days"));
    if (days == 0 || days > 37231) {
      return Fail(cursor.Unexpected("a lifecycle of 1 to 37231 days before it"));
    }
    create.lifecycle_days = static_cast<std::int64_t>(days);
  } else if (cursor.Accept({"stored", "by"})) {
    CULVERT_ASSIGN_OR_RETURN(create.storage_handler, cursor.String("a storage handler"));
  } else if (create.external && cursor.Accept({"with", "serdeproperties"})) {
    CULVERT_TRY(Properties(cursor));
  } else if (cursor.Accept({"location"})) {
    CULVERT_ASSIGN_OR_RETURN(create.location, cursor.String("a location"));
  } else {
    return false;
  }
  return true;
}

Result<Statement> CreateTableStatement(TokenCursor& cursor, Position at, bool external) {
  CreateTable create;
  create.external = external;
  create.if_not_exists = cursor.Accept({"if", "not", "exists"});
  CULVERT_ASSIGN_OR_RETURN(create.name, cursor.Object());
  if (cursor.Accept({"like"})) {
    CULVERT_ASSIGN_OR_RETURN(create.like, cursor.Object());
  } else if (cursor.Peek().IsSymbol("(")) {
    CULVERT_TRY(ColumnDefs(cursor, create));
  }
  while (true) {
    CULVERT_ASSIGN_OR_RETURN(const bool more, TableClause(cursor, create));
    if (!more) break;
  }
  if (cursor.Accept({"as"})) {
    CULVERT_ASSIGN_OR_RETURN(create.query, ParseQuery(cursor));
  }
  const int sources = static_cast<int>(!create.schema.columns.empty()) +
                      static_cast<int>(create.like.has_value()) +
                      static_cast<int>(create.query != nullptr);
  if (sources != 1) return Fail(cursor.Unexpected("columns, LIKE or AS SELECT"));
  if (external && create.storage_handler.empty() && create.location.empty()) {
    return Fail(cursor.Unexpected("STORED BY or LOCATION"));
  }
  return Statement{at, std::move(create)};
}

Result<Statement> CreateViewStatement(TokenCursor& cursor, Position at, bool or_replace) {
  CreateView create;
  create.or_replace = or_replace;
  create.if_not_exists = cursor.Accept({"if", "not", "exists"});
  CULVERT_ASSIGN_OR_RETURN(create.name, cursor.Object());
  if (cursor.AcceptSymbol("(")) {
    do {
      CULVERT_ASSIGN_OR_RETURN(std::string name, cursor.Name("a column"));
      create.columns.push_back(std::move(name));
      if (cursor.Accept({"comment"})) CULVERT_TRY(cursor.String("a comment"));
    } while (cursor.AcceptSymbol(","));
    CULVERT_TRY(cursor.ExpectSymbol(")"));
  }
  if (cursor.Accept({"comment"})) {
    CULVERT_ASSIGN_OR_RETURN(create.comment, cursor.String("a comment"));
  }
  CULVERT_TRY(cursor.Expect({"as"}));
  const std::size_t begin = cursor.Peek().begin;
  CULVERT_ASSIGN_OR_RETURN(create.query, ParseQuery(cursor));
  create.text = std::string(cursor.TextFrom(begin));
  return Statement{at, std::move(create)};
}

Result<Statement> Create(TokenCursor& cursor, Position at) {
  if (cursor.Accept({"table"})) return CreateTableStatement(cursor, at, false);
  if (cursor.Accept({"external", "table"})) return CreateTableStatement(cursor, at, true);
  if (cursor.Accept({"or", "replace", "view"})) return CreateViewStatement(cursor, at, true);
  if (cursor.Accept({"view"})) return CreateViewStatement(cursor, at, false);
  if (cursor.Accept({"schema"})) {
    CreateSchema create;
    create.if_not_exists = cursor.Accept({"if", "not", "exists"});
    CULVERT_ASSIGN_OR_RETURN(create.name, cursor.Object());
    return Statement{at, std::move(create)};
  }
  return Fail(cursor.Unexpected("TABLE, EXTERNAL TABLE, VIEW or SCHEMA"));
}

/// `(dt='x', hh=1)`.
Result<record::PartitionSpec> SpecInParentheses(TokenCursor& cursor) {
  record::PartitionSpec spec;
  CULVERT_TRY(cursor.ExpectSymbol("("));
  do {
    CULVERT_ASSIGN_OR_RETURN(const std::string key, cursor.Name("a partition key"));
    CULVERT_TRY(cursor.ExpectSymbol("="));
    const Position at = cursor.Peek().at;
    CULVERT_ASSIGN_OR_RETURN(std::string value, LiteralText(cursor));
    if (value.empty()) return Fail(ParseError(at, "a partition value cannot be empty"));
    for (const auto& [other, ignored] : spec.entries) {
      if (other == record::FoldName(key)) {
        return Fail(ParseError(at, "partition key '" + key + "' is given twice"));
      }
    }
    spec.entries.emplace_back(record::FoldName(key), std::move(value));
  } while (cursor.AcceptSymbol(",") || cursor.AcceptSymbol("/"));
  CULVERT_TRY(cursor.ExpectSymbol(")"));
  return spec;
}

/// `PARTITION (...) [, ] PARTITION (...)`, at least one.
Result<std::vector<record::PartitionSpec>> Specs(TokenCursor& cursor) {
  std::vector<record::PartitionSpec> specs;
  do {
    CULVERT_TRY(cursor.Expect({"partition"}));
    CULVERT_ASSIGN_OR_RETURN(record::PartitionSpec spec, SpecInParentheses(cursor));
    specs.push_back(std::move(spec));
    if (cursor.Peek().IsSymbol(",") && cursor.Peek(1).Is("partition")) cursor.Take();
  } while (cursor.Peek().Is("partition"));
  return specs;
}

Result<Statement> Alter(TokenCursor& cursor, Position at) {
  CULVERT_TRY(cursor.Expect({"table"}));
  AlterTable alter;
  CULVERT_ASSIGN_OR_RETURN(alter.name, cursor.Object());
  if (cursor.Accept({"add", "columns"}) || cursor.Accept({"add", "column"})) {
    AddColumns action;
    const bool braced = cursor.AcceptSymbol("(");
    do {
      CULVERT_ASSIGN_OR_RETURN(record::Column column, ColumnDef(cursor));
      action.columns.push_back(std::move(column));
    } while (cursor.AcceptSymbol(","));
    if (braced) CULVERT_TRY(cursor.ExpectSymbol(")"));
    alter.action = std::move(action);
  } else if (cursor.Accept({"add"})) {
    AddPartitions action;
    action.if_not_exists = cursor.Accept({"if", "not", "exists"});
    CULVERT_ASSIGN_OR_RETURN(action.specs, Specs(cursor));
    alter.action = std::move(action);
  } else if (cursor.Accept({"drop"})) {
    DropPartitions action;
    action.if_exists = cursor.Accept({"if", "exists"});
    CULVERT_ASSIGN_OR_RETURN(action.specs, Specs(cursor));
    alter.action = std::move(action);
  } else if (cursor.Accept({"set", "lifecycle"})) {
    CULVERT_ASSIGN_OR_RETURN(const std::uint64_t days, cursor.Unsigned("a number of days"));
    if (days == 0 || days > 37231) {
      return Fail(cursor.Unexpected("a lifecycle of 1 to 37231 days before it"));
    }
    alter.action = SetLifecycle{static_cast<std::int64_t>(days)};
  } else if (cursor.Accept({"set", "tblproperties"})) {
    SetProperties action;
    CULVERT_ASSIGN_OR_RETURN(action.properties, Properties(cursor));
    alter.action = std::move(action);
  } else if (cursor.Accept({"set", "comment"})) {
    SetComment action;
    CULVERT_ASSIGN_OR_RETURN(action.comment, cursor.String("a comment"));
    alter.action = std::move(action);
  } else {
    return Fail(cursor.Unexpected("ADD, DROP PARTITION or SET"));
  }
  return Statement{at, std::move(alter)};
}

Result<Statement> Drop(TokenCursor& cursor, Position at) {
  DropTable drop;
  drop.view = cursor.Accept({"view"});
  if (!drop.view) CULVERT_TRY(cursor.Expect({"table"}));
  drop.if_exists = cursor.Accept({"if", "exists"});
  CULVERT_ASSIGN_OR_RETURN(drop.name, cursor.Object());
  cursor.Accept({"purge"});
  return Statement{at, std::move(drop)};
}

Result<Statement> InsertStatement(TokenCursor& cursor, Position at) {
  Insert insert;
  insert.overwrite = cursor.Accept({"overwrite"});
  if (!insert.overwrite) CULVERT_TRY(cursor.Expect({"into"}));
  cursor.Accept({"table"});
  CULVERT_ASSIGN_OR_RETURN(insert.name, cursor.Object());
  if (cursor.Accept({"partition"})) {
    CULVERT_TRY(cursor.ExpectSymbol("("));
    do {
      PartitionTarget target;
      CULVERT_ASSIGN_OR_RETURN(const std::string key, cursor.Name("a partition key"));
      target.key = record::FoldName(key);
      if (cursor.AcceptSymbol("=")) {
        CULVERT_ASSIGN_OR_RETURN(target.value, LiteralText(cursor));
      }
      insert.partition.push_back(std::move(target));
    } while (cursor.AcceptSymbol(","));
    CULVERT_TRY(cursor.ExpectSymbol(")"));
  }
  // `(a, b)` are columns; `(SELECT` is a query in parentheses.
  if (cursor.Peek().IsSymbol("(") && !cursor.Peek(1).Is("select") && !cursor.Peek(1).Is("with") &&
      !cursor.Peek(1).IsSymbol("(")) {
    CULVERT_ASSIGN_OR_RETURN(insert.columns, Names(cursor));
  }
  if (!cursor.Peek().Is("select") && !cursor.Peek().Is("values") && !cursor.Peek().Is("with") &&
      !cursor.Peek().IsSymbol("(")) {
    return Fail(cursor.Unexpected("SELECT or VALUES"));
  }
  CULVERT_ASSIGN_OR_RETURN(insert.query, ParseQuery(cursor));
  return Statement{at, std::move(insert)};
}

/// `SET key=value`: the value is the raw text up to the semicolon or the end of the line.
Result<Statement> Set(TokenCursor& cursor, Position at) {
  const std::size_t key_begin = cursor.Peek().begin;
  while (!cursor.AtStatementEnd() && !cursor.Peek().IsSymbol("=")) cursor.Take();
  SetOption option;
  option.key = std::string(cursor.TextFrom(key_begin));
  CULVERT_TRY(cursor.ExpectSymbol("="));
  if (cursor.Peek().kind == TokenKind::kString && (cursor.Peek(1).IsSymbol(";"))) {
    CULVERT_ASSIGN_OR_RETURN(option.value, cursor.String("a value"));
  } else {
    const std::size_t begin = cursor.Peek().begin;
    const std::uint32_t line = cursor.Peek().at.line;
    if (cursor.AtStatementEnd()) return Statement{at, std::move(option)};
    while (!cursor.AtStatementEnd() && cursor.Peek().at.line == line) cursor.Take();
    option.value = std::string(cursor.TextFrom(begin));
  }
  return Statement{at, std::move(option)};
}

Result<Statement> Show(TokenCursor& cursor, Position at) {
  if (cursor.Accept({"partitions"})) {
    ShowPartitions show;
    CULVERT_ASSIGN_OR_RETURN(show.name, cursor.Object());
    return Statement{at, std::move(show)};
  }
  if (cursor.Accept({"tables"})) {
    ShowTables show;
    if (cursor.Accept({"like"})) {
      CULVERT_ASSIGN_OR_RETURN(show.like, cursor.String("a pattern"));
    }
    return Statement{at, std::move(show)};
  }
  return Fail(cursor.Unexpected("PARTITIONS or TABLES"));
}

Result<Statement> DescribeStatement(TokenCursor& cursor, Position at) {
  Describe describe;
  if (cursor.Peek().Is("extended") && !cursor.Peek(1).IsSymbol(";") &&
      cursor.Peek(1).kind != TokenKind::kEnd) {
    cursor.Take();
  }
  CULVERT_ASSIGN_OR_RETURN(describe.name, cursor.Object());
  if (cursor.Accept({"partition"})) {
    CULVERT_ASSIGN_OR_RETURN(describe.spec, SpecInParentheses(cursor));
  }
  return Statement{at, std::move(describe)};
}

Result<Statement> One(TokenCursor& cursor) {
  const Position at = cursor.Peek().at;
  if (cursor.Accept({"create"})) return Create(cursor, at);
  if (cursor.Accept({"drop"})) return Drop(cursor, at);
  if (cursor.Accept({"alter"})) return Alter(cursor, at);
  if (cursor.Accept({"truncate", "table"})) {
    Truncate truncate;
    CULVERT_ASSIGN_OR_RETURN(truncate.name, cursor.Object());
    if (cursor.Peek().Is("partition")) {
      CULVERT_ASSIGN_OR_RETURN(truncate.specs, Specs(cursor));
    }
    return Statement{at, std::move(truncate)};
  }
  if (cursor.Accept({"insert"})) return InsertStatement(cursor, at);
  if (cursor.Accept({"desc"}) || cursor.Accept({"describe"})) return DescribeStatement(cursor, at);
  if (cursor.Accept({"show"})) return Show(cursor, at);
  if (cursor.Accept({"set"})) return Set(cursor, at);
  if (cursor.Peek().Is("select") || cursor.Peek().Is("with") || cursor.Peek().Is("values") ||
      cursor.Peek().IsSymbol("(")) {
    SelectStatement select;
    CULVERT_ASSIGN_OR_RETURN(select.query, ParseQuery(cursor));
    return Statement{at, std::move(select)};
  }
  return Fail(cursor.Unexpected("a statement that this emulator knows"));
}

}  // namespace

Result<std::vector<Statement>> ParseScript(std::string_view script) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<Token> tokens, Tokenize(script));
  TokenCursor cursor(script, tokens);
  std::vector<Statement> statements;
  while (true) {
    while (cursor.AcceptSymbol(";")) {
    }
    if (cursor.AtEnd()) break;
    if (statements.size() >= kStatementsMax) {
      return Fail(ParseError(cursor.Peek().at, "a script has at most 1000 statements"));
    }
    CULVERT_ASSIGN_OR_RETURN(Statement statement, One(cursor));
    // A SET line may stand without its semicolon.
    const bool set = std::holds_alternative<SetOption>(statement.body);
    statements.push_back(std::move(statement));
    if (!cursor.AtStatementEnd() && !set) return Fail(cursor.Unexpected("';' or the end"));
  }
  if (statements.empty()) return Fail(ParseError({}, "the script has no statement"));
  return statements;
}

}  // namespace culvert::emulator::sql
