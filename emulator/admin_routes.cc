// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/admin_routes.h"

#include "libs/base/json.h"
#include "libs/base/time_format.h"

#include <nlohmann/json.hpp>

#include <charconv>

namespace culvert::emulator {
namespace {

using nlohmann::json;

constexpr std::size_t kBodyBytesMax = std::size_t{64} * 1024;

std::uint64_t NumberOr(const std::string& text, std::uint64_t fallback) {
  std::uint64_t value = fallback;
  (void)std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Result<json> ReadJson(Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const std::string body, call.exchange.ReadWholeBody(kBodyBytesMax));
  return ParseJson(body);
}

Result<std::string> AddFault(AdminServices& admin, Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const std::string body, call.exchange.ReadWholeBody(kBodyBytesMax));
  CULVERT_ASSIGN_OR_RETURN(const std::uint64_t id, admin.faults.Add(body));
  return DumpJson(json{{"id", id}});
}

Result<std::string> RemoveFault(AdminServices& admin, Call& call) {
  CULVERT_TRY(admin.faults.Remove(NumberOr(call.Param("id"), 0)));
  return std::string("{}");
}

Result<std::string> ListKeys(AdminServices& admin, Call& /*call*/) {
  json list = json::array();
  for (const KeyRing::Listed& key : admin.keys.List()) {
    list.push_back(json{{"id", key.id}, {"temporary", key.temporary}, {"revoked", key.revoked}});
    if (key.expiry) list.back()["expiry"] = FormatRfc3339(*key.expiry);
  }
  return DumpJson(list);
}

Result<std::string> AddKey(AdminServices& admin, Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const json body, ReadJson(call));
  CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonString(body, "key"));
  CULVERT_ASSIGN_OR_RETURN(AccessKey key, ParseAccessKey(text));
  admin.keys.Put(std::move(key));
  return std::string("{}");
}

Result<std::string> RevokeKey(AdminServices& admin, Call& call) {
  CULVERT_TRY(admin.keys.Revoke(call.Param("id")));
  return std::string("{}");
}

Result<std::string> ExpireKey(AdminServices& admin, Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const json body, ReadJson(call));
  WallTime when = admin.clock.Now();
  if (body.contains("at")) {
    CULVERT_ASSIGN_OR_RETURN(const std::string at, JsonString(body, "at"));
    CULVERT_ASSIGN_OR_RETURN(when, ParseRfc3339(at));
  } else {
    CULVERT_ASSIGN_OR_RETURN(const std::int64_t seconds, JsonInt64(body, "in_seconds"));
    when += std::chrono::seconds(seconds);
  }
  CULVERT_TRY(admin.keys.Expire(call.Param("id"), when));
  return std::string("{}");
}

Result<std::string> GetClock(AdminServices& admin, Call& /*call*/) {
  return DumpJson(json{{"now", FormatRfc3339(admin.clock.Now(), Subseconds::kMilliseconds)}});
}

Result<std::string> SetClock(AdminServices& admin, Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const json body, ReadJson(call));
  if (body.contains("set")) {
    CULVERT_ASSIGN_OR_RETURN(const std::string text, JsonString(body, "set"));
    CULVERT_ASSIGN_OR_RETURN(const WallTime now, ParseRfc3339(text));
    admin.clock.Set(now);
  } else {
    CULVERT_ASSIGN_OR_RETURN(const std::int64_t seconds, JsonInt64(body, "advance_seconds"));
    admin.clock.Advance(std::chrono::seconds(seconds));
  }
  return GetClock(admin, call);
}

Result<std::string> GetLimits(AdminServices& admin, Call& /*call*/) {
  const Limits& limits = admin.tunnel.limits;
  return DumpJson(json{{"blocks_per_session", limits.blocks_per_session},
                       {"block_bytes", limits.block_bytes},
                       {"field_bytes", limits.field_bytes},
                       {"session_life_seconds", limits.session_life.count()},
                       {"rates", limits.rates},
                       {"slot_bytes_per_second", limits.slot_bytes_per_second},
                       {"slots", limits.slots}});
}

Result<std::string> SetSession(AdminServices& admin, Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const json body, ReadJson(call));
  CULVERT_ASSIGN_OR_RETURN(const std::string name, JsonString(body, "state"));
  const std::optional<UploadState> state = UploadStateFromName(name);
  if (!state) return Fail(InvalidArgument("'" + name + "' is no session state"));
  const std::string id = call.Param("id");
  if (*state == UploadState::kExpired && admin.tunnel.downloads.Get(id)) {
    CULVERT_TRY(admin.tunnel.downloads.Expire(id));
  } else {
    CULVERT_TRY(admin.tunnel.uploads.Force(id, *state));
  }
  return std::string("{}");
}

Result<std::string> SetProperty(AdminServices& admin, Call& call) {
  CULVERT_ASSIGN_OR_RETURN(const json body, ReadJson(call));
  CULVERT_ASSIGN_OR_RETURN(const std::string name, JsonString(body, "name"));
  CULVERT_ASSIGN_OR_RETURN(const std::string value, JsonString(body, "value"));
  CULVERT_TRY(admin.tunnel.common.projects.SetProperty(call.Param("id"), name, value));
  return std::string("{}");
}

}  // namespace

void RegisterAdminRoutes(Router& router, AdminServices& admin) {
  const auto add = [&](std::string_view method, std::string_view path,
                       Result<std::string> (*function)(AdminServices&, Call&)) {
    router.Add({.method = std::string(method),
                .pattern = "/_culvert/" + std::string(path),
                .query = {},
                .operation = "admin",
                .errors = ErrorForm::kJson,
                .handler = [&admin, function](Call& call) {
                  const Result<std::string> body = function(admin, call);
                  if (!body) {
                    RespondJsonError(call, body.error());
                    return;
                  }
                  RespondBody(call, 200, "application/json", *body);
                }});
  };
  add("GET", "health", [](AdminServices&, Call&) -> Result<std::string> {
    return std::string(R"({"status":"ok"})");
  });
  add("GET", "faults", [](AdminServices& services, Call&) -> Result<std::string> {
    return services.faults.ListJson();
  });
  add("POST", "faults", AddFault);
  add("DELETE", "faults", [](AdminServices& services, Call&) -> Result<std::string> {
    services.faults.Clear();
    return std::string("{}");
  });
  add("DELETE", "faults/{id}", RemoveFault);
  add("GET", "keys", ListKeys);
  add("POST", "keys", AddKey);
  add("POST", "keys/{id}/revoke", RevokeKey);
  add("POST", "keys/{id}/expire", ExpireKey);
  add("GET", "clock", GetClock);
  add("POST", "clock", SetClock);
  add("GET", "events", [](AdminServices& services, Call& call) -> Result<std::string> {
    return services.tunnel.common.events.Lines(NumberOr(call.Query("after").value_or(""), 0));
  });
  add("GET", "limits", GetLimits);
  add("POST", "sessions/{id}", SetSession);
  add("POST", "projects/{id}/properties", SetProperty);
}

}  // namespace culvert::emulator
