// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/emulator.h"

#include "emulator/catalog_json.h"
#include "emulator/csv_load.h"
#include "emulator/frontend.h"
#include "emulator/rest_routes.h"
#include "emulator/sql/executor.h"
#include "libs/base/file.h"
#include "libs/http/beast_server.h"

#include <atomic>
#include <optional>
#include <stop_token>

namespace culvert::emulator {
namespace {

constexpr std::size_t kSqlFileBytesMax = std::size_t{16} * 1024 * 1024;

}  // namespace

// In the order of dependence, so that destruction undoes it.
struct Emulator::State {
  State(Clock& base, Logger& logger) : clock(base), log(logger), keys(clock) {}

  OffsetClock clock;
  Logger& log;
  std::stop_source stop;
  MetricsRegistry metrics;
  KeyRing keys;
  FaultSwitchboard faults;
  std::unique_ptr<EventLog> events;
  std::unique_ptr<RequestLog> requests;
  std::unique_ptr<DurableStore> durable;
  std::unique_ptr<SegmentFiles> segments;
  std::unique_ptr<ProjectRegistry> projects;
  std::unique_ptr<StoredCatalog> catalog;
  std::unique_ptr<UploadSessions> uploads;
  std::unique_ptr<DownloadSessions> downloads;
  std::optional<RateLimiter> rates;
  std::optional<Services> services;
  std::optional<TunnelServices> tunnel;
  std::optional<AdminServices> admin;
  Router router;
  std::optional<Frontend> frontend;
  std::unique_ptr<http::Server> server;
  std::atomic<bool> ready = false;

  Status OpenStores(const EmulatorOptions& options);
  Status AddRoutes(const EmulatorOptions& options);
  Status RunSqlFile(const EmulatorOptions& options, const std::string& file);
  Status LoadFiles(const EmulatorOptions& options);
  Status Listen(const EmulatorOptions& options);
};

Status Emulator::State::OpenStores(const EmulatorOptions& options) {
  CULVERT_ASSIGN_OR_RETURN(events, EventLog::Open(options.event_log_file, clock));
  CULVERT_ASSIGN_OR_RETURN(requests, RequestLog::Open(options.request_log_file, clock));
  if (options.data_dir.empty()) {
    durable = MakeForgetfulStore();
    segments = std::make_unique<SegmentFiles>();
  } else {
    CULVERT_TRY(EnsureDirectory(options.data_dir));
    CULVERT_ASSIGN_OR_RETURN(durable, OpenSqliteStore(options.data_dir));
    CULVERT_ASSIGN_OR_RETURN(segments, SegmentFiles::Open(options.data_dir));
  }
  CULVERT_ASSIGN_OR_RETURN(projects, ProjectRegistry::Load(*durable, clock));
  for (const std::string& project : options.projects) CULVERT_TRY(projects->Add(project));
  CULVERT_ASSIGN_OR_RETURN(catalog, StoredCatalog::Load(*durable, *segments, clock));
  CULVERT_ASSIGN_OR_RETURN(
      uploads, UploadSessions::Load(*durable, *segments, *catalog, clock, options.limits));
  CULVERT_ASSIGN_OR_RETURN(
      downloads, DownloadSessions::Load(*durable, *segments, *catalog, clock, options.limits));
  return {};
}

Status Emulator::State::AddRoutes(const EmulatorOptions& options) {
  for (const std::string& text : options.access_keys) {
    CULVERT_ASSIGN_OR_RETURN(AccessKey key, ParseAccessKey(text));
    keys.Put(std::move(key));
  }
  rates.emplace(options.limits, clock);
  services.emplace(Services{.catalog = *catalog,
                            .segments = *segments,
                            .projects = *projects,
                            .durable = *durable,
                            .clock = clock,
                            .log = log,
                            .metrics = metrics,
                            .events = *events,
                            .address = {},
                            .instances = nullptr});
  tunnel.emplace(TunnelServices{.common = *services,
                                .uploads = *uploads,
                                .downloads = *downloads,
                                .segments = *segments,
                                .rates = *rates,
                                .limits = options.limits,
                                .stop = stop.get_token()});
  admin.emplace(AdminServices{.tunnel = *tunnel, .faults = faults, .keys = keys, .clock = clock});
  RegisterTunnelRoutes(router, *tunnel);
  RegisterAdminRoutes(router, *admin);
  CULVERT_TRY(RegisterRestRoutes(router, *services));
  // Now that every record that names a file has been read.
  CULVERT_TRY(segments->DeleteOrphans());
  frontend.emplace(FrontendOptions{.anonymous = options.anonymous, .admin = options.admin}, router,
                   *admin, *requests);
  return {};
}

Status Emulator::State::RunSqlFile(const EmulatorOptions& options, const std::string& file) {
  CULVERT_ASSIGN_OR_RETURN(const std::string script, ReadWholeFile(file, kSqlFileBytesMax));
  sql::Executor executor(*catalog, *segments, *projects, *events);
  const OpContext ctx{.stop = stop.get_token(), .clock = clock, .log = log};
  const auto outcome = executor.RunScript(
      ctx, {.project = options.projects.front(), .schema = "", .settings = {}}, script);
  if (!outcome) return Fail(InvalidArgument(file + ": " + outcome.error().message));
  return {};
}

// A table is on record as being loaded until it is whole: what a kill leaves of it is dropped by
// the next start.
Status Emulator::State::LoadFiles(const EmulatorOptions& options) {
  CULVERT_ASSIGN_OR_RETURN(const auto unfinished, durable->Load("load"));
  for (const auto& [key, value] : unfinished) {
    CULVERT_ASSIGN_OR_RETURN(const TableKey table, ParseTableKeyText(key));
    if (catalog->FindTable(table)) CULVERT_TRY(catalog->DropTable(table));
    CULVERT_TRY(durable->Write({{"load", key, std::nullopt}}));
  }
  const std::string& project = options.projects.front();
  for (const std::string& text : options.load) {
    CULVERT_ASSIGN_OR_RETURN(const CsvLoad load, ParseCsvLoad(text));
    const TableKey table = MakeTableKey(project, "", load.table);
    if (catalog->FindTable(table)) {
      log.Info("table exists, file not loaded", {{"table", load.table}, {"file", load.file}});
      continue;
    }
    CULVERT_TRY(durable->Write({{"load", TableKeyText(table), ""}}));
    CULVERT_TRY(LoadCsv(load, project, *catalog, *segments, log));
    CULVERT_TRY(durable->Write({{"load", TableKeyText(table), std::nullopt}}));
  }
  return {};
}

Status Emulator::State::Listen(const EmulatorOptions& options) {
  http::ServerOptions listen;
  listen.address = options.address;
  listen.port = options.port;
  CULVERT_ASSIGN_OR_RETURN(server, http::StartBeastServer(listen, [this](auto& exchange) {
                             ready.wait(false);  // requests may come before the address is set
                             frontend->Handle(exchange);
                           }));
  const bool v6 = options.address.find(':') != std::string::npos;
  services->address =
      (v6 ? "[" + options.address + "]" : options.address) + ":" + std::to_string(server->port());
  ready = true;
  ready.notify_all();
  return {};
}

Result<std::unique_ptr<Emulator>> Emulator::Start(const EmulatorOptions& options, Clock& clock,
                                                  Logger& log) {
  if (options.projects.empty()) return Fail(InvalidArgument("at least one project is needed"));
  if (options.access_keys.empty() && !options.anonymous) {
    return Fail(InvalidArgument("at least one access key is needed, or anonymous access"));
  }
  auto state = std::make_unique<State>(clock, log);
  CULVERT_TRY(state->OpenStores(options));
  CULVERT_TRY(state->AddRoutes(options));
  CULVERT_TRY(state->LoadFiles(options));
  for (const std::string& file : options.sql_files) {
    CULVERT_TRY(state->RunSqlFile(options, file));
  }
  CULVERT_TRY(state->Listen(options));
  return std::unique_ptr<Emulator>(new Emulator(std::move(state)));
}

Emulator::Emulator(std::unique_ptr<State> state) : state_(std::move(state)) {}

Emulator::~Emulator() {
  state_->stop.request_stop();
  state_->server->Stop();
}

std::uint16_t Emulator::port() const { return state_->server->port(); }
std::string Emulator::Endpoint() const { return TunnelEndpoint() + "/api"; }
std::string Emulator::TunnelEndpoint() const { return "http://" + state_->services->address; }
Services& Emulator::services() { return *state_->services; }
FaultSwitchboard& Emulator::faults() { return state_->faults; }
OffsetClock& Emulator::clock() { return state_->clock; }

}  // namespace culvert::emulator
