// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_instance_text.h"
#include "emulator/rest_routes.h"
#include "emulator/rest_table_text.h"
#include "emulator/rest_xml.h"
#include "emulator/sql/preview.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace culvert::emulator {
namespace {

using sql::InstanceRegistry;
using sql::InstanceView;

constexpr std::size_t kJobBytesMax = std::size_t{8} * 1024 * 1024;
// Long enough for a statement on a small table, so that most clients see the end in their first
// poll; short enough that a submission never looks stuck.
constexpr std::chrono::milliseconds kSubmitPatience{100};
constexpr std::chrono::seconds kTryWaitPatience{10};

/// Lives as long as the routes, which hold it, and ends its workers before the catalog goes.
struct SqlRoom {
  SqlRoom(Services& services_in)  // NOLINT(google-explicit-constructor)
      : services(services_in),
        executor(services_in.catalog, services_in.segments, services_in.projects,
                 services_in.events) {}
  Services& services;
  sql::Executor executor;
  InstanceRegistry* instances = nullptr;  // owned by Services
};

/// Services owns the results; they own the executor they run on.
class OwnedResults final : public InstanceResults {
 public:
  OwnedResults(std::shared_ptr<SqlRoom> room, std::unique_ptr<InstanceRegistry> registry)
      : room_(std::move(room)), registry_(std::move(registry)) {}
  Result<ResultSet> Find(std::string_view project, std::string_view instance) const override {
    return registry_->Find(project, instance);
  }

 private:
  std::shared_ptr<SqlRoom> room_;
  std::unique_ptr<InstanceRegistry> registry_;
};

void SetTimes(http::Response& response, const InstanceView& view) {
  response.headers.Set("x-odps-owner", view.owner);
  response.headers.Set("x-odps-start-time", HttpDate(view.start_seconds));
  // Clients need the header even while it is empty.
  response.headers.Set("x-odps-end-time", view.end_seconds == 0 ? "" : HttpDate(view.end_seconds));
}

void RespondView(Call& call, const InstanceView& view, std::string_view type, std::string body) {
  http::Response response;
  response.status = 200;
  response.headers.Set("Content-Type", std::string(type));
  SetTimes(response, view);
  response.body = std::move(body);
  (void)call.exchange.Respond(response);
}

void Submit(Call& call, SqlRoom& room) {
  const auto body = call.exchange.ReadWholeBody(kJobBytesMax);
  if (!body) return RespondXmlError(call, body.error());
  auto job = ParseJob(*body);
  if (!job) return RespondXmlError(call, job.error());
  job->schema = call.SchemaName();
  const std::string project = call.Param("project");
  const auto found = room.services.projects.Find(project);
  if (!found) return RespondXmlError(call, found.error());
  const auto id = room.instances->Submit(project, (*found)->owner, *std::move(job));
  if (!id) return RespondXmlError(call, id.error());
  const bool try_wait = call.Has("tryWait");
  const auto view = room.instances->Wait(
      project, *id, try_wait ? std::chrono::milliseconds(kTryWaitPatience) : kSubmitPatience);
  if (!view) return RespondXmlError(call, view.error());
  http::Response response;
  response.headers.Set("Location", call.exchange.path() + "/" + *id);
  response.status = 201;
  if (try_wait && view->terminated()) {
    response.status = 200;
    response.headers.Set("Content-Type", "application/xml");
    SetTimes(response, *view);
    response.body = ResultXml(*view);
  }
  (void)call.exchange.Respond(response);
}

/// One view of an instance, by what the query asks for.
void Get(Call& call, SqlRoom& room) {
  const auto view = room.instances->Get(call.Param("project"), call.Param("instance"));
  if (!view) return RespondXmlError(call, view.error());
  if (call.Has("taskstatus")) {
    return RespondView(call, *view, "application/xml", TaskStatusXml(*view));
  }
  if (call.Has("instancestatus")) {
    return RespondView(call, *view, "application/xml", TaskStatusXml(*view));
  }
  if (call.Has("result")) return RespondView(call, *view, "application/xml", ResultXml(*view));
  if (call.Has("source")) return RespondView(call, *view, "application/xml", SourceXml(*view));
  if (call.Has("instanceprogress")) {
    return RespondView(call, *view, "application/xml", ProgressXml(*view));
  }
  if (call.Has("instancesummary")) {
    http::Response response;
    response.status = 200;
    response.headers.Set("Content-Type", "application/json");
    response.headers.Set("x-odps-task-finalized", view->terminated() ? "true" : "false");
    SetTimes(response, *view);
    response.body = SummaryJson(*view);
    (void)call.exchange.Respond(response);
    return;
  }
  if (call.Has("instancedetail") || call.Has("detail")) {
    return RespondView(call, *view, "application/json", DetailJson(*view));
  }
  RespondView(call, *view, "application/xml", InstanceXml(*view));
}

void Stop(Call& call, SqlRoom& room) {
  const auto body = call.exchange.ReadWholeBody(kJobBytesMax);
  if (!body) return RespondXmlError(call, body.error());
  const auto document = ParseXml(*body);
  if (!document) return RespondXmlError(call, document.error());
  if (document->ChildText("Status") != "Terminated") {
    return RespondXmlError(
        call,
        InvalidArgument("an instance can only be set to Terminated").Because("InvalidParameter"));
  }
  if (const Status stopped = room.instances->Stop(call.Param("project"), call.Param("instance"));
      !stopped) {
    return RespondXmlError(call, stopped.error());
  }
  RespondBody(call, 200, "", "");
}

/// `daterange=from:to`, epoch seconds, either end may be empty.
struct DateRange {
  std::int64_t from = 0;
  std::int64_t to = INT64_MAX;
};
DateRange ParseDateRange(const std::string& text) {
  DateRange range;
  const std::size_t colon = text.find(':');
  const char* middle = text.data() + std::min(colon, text.size());
  std::from_chars(text.data(), middle, range.from);
  if (colon != std::string::npos) {
    std::from_chars(middle + 1, text.data() + text.size(), range.to);
  }
  return range;
}

void List(Call& call, SqlRoom& room) {
  const std::string status = call.Query("status").value_or("");
  const DateRange range = ParseDateRange(call.Query("daterange").value_or(""));
  std::vector<InstanceView> views = room.instances->List(call.Param("project"));
  // All keys of the emulator are the project owner's: onlyowner leaves nothing out.
  std::erase_if(views, [&](const InstanceView& view) {
    return (!status.empty() && !record::SameName(status, InstanceStatusName(view))) ||
           view.start_seconds < range.from || view.start_seconds > range.to;
  });
  std::vector<std::string> ids;
  ids.reserve(views.size());
  for (const InstanceView& view : views) ids.push_back(view.id);
  const Page page = CutPage(ids, call.Query("marker").value_or(""), MaxItems(call), false);
  XmlWriter xml;
  xml.Open("Instances");
  for (std::size_t i = page.begin; i < page.end; ++i) {
    const InstanceView& view = views[i];
    xml.Open("Instance")
        .Leaf("Name", view.id)
        .Leaf("Owner", view.owner)
        .Leaf("StartTime", HttpDate(view.start_seconds))
        .Leaf("EndTime", view.end_seconds == 0 ? "" : HttpDate(view.end_seconds))
        .Leaf("Status", InstanceStatusName(view))
        .Close("Instance");
  }
  xml.Leaf("Marker", page.next_marker)
      .Leaf("MaxItems", std::to_string(MaxItems(call)))
      .Close("Instances");
  RespondXml(call, xml.Take());
}

/// The old preview: `?data&linenum=N[&partition=][&cols=]`, CSV with a header.
void Preview(Call& call, SqlRoom& room) {
  sql::PreviewRequest request{.table = call.Table(), .partition = {}, .columns = {}};
  const std::string lines = call.Query("linenum").value_or("");
  std::from_chars(lines.data(), lines.data() + lines.size(), request.rows);
  if (const auto text = call.Query("partition"); text && !text->empty()) {
    auto spec = record::PartitionSpec::Parse(*text);
    if (!spec) {
      return RespondXmlError(call, std::move(spec).error().Because("InvalidPartitionSpec"));
    }
    request.partition = *std::move(spec);
  }
  std::string columns = call.Query("cols").value_or("");
  while (!columns.empty()) {
    const std::size_t comma = columns.find(',');
    request.columns.push_back(columns.substr(0, comma));
    columns.erase(0, comma == std::string::npos ? comma : comma + 1);
  }
  auto csv = sql::PreviewCsv(room.services.catalog, request);
  if (!csv) return RespondXmlError(call, csv.error());
  RespondBody(call, 200, "text/csv", *std::move(csv));
}

}  // namespace

Status RegisterInstanceRoutes(Router& router, Services& services) {
  auto room = std::make_shared<SqlRoom>(services);
  CULVERT_ASSIGN_OR_RETURN(
      std::unique_ptr<InstanceRegistry> registry,
      InstanceRegistry::Load(room->executor, services.durable, services.clock, services.log));
  room->instances = registry.get();
  services.instances = std::make_unique<OwnedResults>(room, std::move(registry));

  const auto add = [&](std::string method, std::string pattern, std::vector<std::string> query,
                       std::string operation, void (*handler)(Call&, SqlRoom&)) {
    router.Add({.method = std::move(method),
                .pattern = std::move(pattern),
                .query = std::move(query),
                .operation = std::move(operation),
                .errors = ErrorForm::kXml,
                .handler = [room, handler](Call& call) { handler(call, *room); }});
  };
  constexpr const char* kInstances = "/projects/{project}/instances";
  constexpr const char* kInstance = "/projects/{project}/instances/{instance}";
  add("POST", kInstances, {}, "sql.submit", Submit);
  add("GET", kInstances, {}, "instance.list", List);
  add("GET", kInstance, {}, "instance.get", Get);
  add("PUT", kInstance, {}, "instance.stop", Stop);
  add("GET", "/projects/{project}/tables/{table}", {"data", "linenum"}, "table.preview", Preview);
  return {};
}

}  // namespace culvert::emulator
