// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/schedule/built_in.h"

#include "libs/schedule/expression.h"

#include <array>
#include <utility>

namespace culvert::schedule {
namespace {

constexpr std::array<std::pair<std::string_view, BuiltIn>, 7> kWords = {{
    {"bizdate", BuiltIn::kBizDate},
    {"cyctime", BuiltIn::kCycTime},
    {"gmtdate", BuiltIn::kGmtDate},
    {"bizmonth", BuiltIn::kBizMonth},
    {"jobid", BuiltIn::kJobId},
    {"nodeid", BuiltIn::kNodeId},
    {"taskid", BuiltIn::kTaskId},
}};

Result<std::string> Print(Expression::From from, std::string_view format, const Basis& basis) {
  CULVERT_ASSIGN_OR_RETURN(const Expression expression, Expression::Parse(from, format, 1));
  return expression.Evaluate(basis);
}

Result<std::string> Id(const std::string& id, std::string_view word) {
  if (!id.empty()) return id;
  return Fail(
      InvalidArgument("$" + std::string(word) + " has no value in this run; assign one by name"));
}

}  // namespace

std::optional<BuiltIn> FindBuiltIn(std::string_view word) {
  for (const auto& [name, which] : kWords) {
    if (name == word) return which;
  }
  return std::nullopt;
}

std::optional<BuiltIn> FindSystemName(std::string_view name) {
  if (name == "bdp.system.bizdate") return BuiltIn::kBizDate;
  if (name == "bdp.system.cyctime") return BuiltIn::kCycTime;
  return std::nullopt;
}

std::string BuiltInNames() {
  std::string names;
  for (const auto& [name, which] : kWords) {
    names += (names.empty() ? "$" : ", $") + std::string(name);
  }
  return names;
}

Result<std::string> ValueOf(BuiltIn which, const Basis& basis) {
  using std::chrono::year_month;
  switch (which) {
    case BuiltIn::kBizDate:
      return Print(Expression::From::kBusinessDate, "yyyymmdd", basis);
    case BuiltIn::kCycTime:
      return Print(Expression::From::kCycleTime, "yyyymmddhh24miss", basis);
    case BuiltIn::kGmtDate: {
      Basis day = basis;
      day.business_date =
          basis.backfill ? basis.business_date + std::chrono::days(1) : basis.current;
      return Print(Expression::From::kBusinessDate, "yyyymmdd", day);
    }
    case BuiltIn::kBizMonth: {
      const std::chrono::year_month_day business(basis.business_date);
      const std::chrono::year_month_day current(basis.current);
      const bool not_over = year_month(business.year(), business.month()) ==
                            year_month(current.year(), current.month());
      return Print(Expression::From::kBusinessDate, not_over ? "yyyymm-1" : "yyyymm", basis);
    }
    case BuiltIn::kJobId:
      return Id(basis.job_id, "jobid");
    case BuiltIn::kNodeId:
      return Id(basis.node_id, "nodeid");
    case BuiltIn::kTaskId:
      return Id(basis.task_id, "taskid");
  }
  return Fail(Internal("no such built-in"));
}

}  // namespace culvert::schedule
