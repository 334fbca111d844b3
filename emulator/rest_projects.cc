// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/rest_routes.h"
#include "emulator/rest_table_text.h"
#include "emulator/rest_xml.h"
#include "libs/base/digest.h"
#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace culvert::emulator {
namespace {

constexpr std::size_t kSmallBodyMax = std::size_t{1024} * 1024;

void GetProject(Call& call, Services& services) {
  const auto project = services.projects.Find(call.Param("project"));
  if (!project) return RespondXmlError(call, project.error());
  http::Response response;
  response.status = 200;
  response.headers.Set("Content-Type", "application/xml");
  response.headers.Set("x-odps-owner", (*project)->owner);
  response.headers.Set("x-odps-creation-time", HttpDate((*project)->created_seconds));
  response.headers.Set("Last-Modified", HttpDate((*project)->modified_seconds));
  response.body = ProjectXml(**project);
  (void)call.exchange.Respond(response);
}

void ListProjects(Call& call, Services& services) {
  XmlWriter xml;
  xml.Open("Projects").Leaf("Marker", "").Leaf("MaxItems", std::to_string(MaxItems(call)));
  for (const auto& project : services.projects.List()) {
    xml.Open("Project").Leaf("Name", project->name).Leaf("Owner", project->owner).Close("Project");
  }
  RespondXml(call, xml.Close("Projects").Take());
}

std::string SchemaXml(const std::string& name, const Project& project) {
  XmlWriter xml;
  xml.Open("Schema")
      .Leaf("Name", name)
      .Leaf("Type", "managed")
      .Leaf("Owner", project.owner)
      .Leaf("CreateTime", HttpDate(project.created_seconds))
      .Leaf("ModifiedTime", HttpDate(project.modified_seconds))
      .Close("Schema");
  return xml.Take();
}

/// `default` and the project's own schemas, in order.
std::vector<std::string> SchemaNames(const Services& services, const std::string& project) {
  std::vector<std::string> names = services.catalog.ListSchemas(project);
  std::erase_if(names, [](const std::string& name) { return name.empty() || name == "default"; });
  names.emplace_back("default");
  std::ranges::sort(names);
  return names;
}

void ListSchemas(Call& call, Services& services) {
  const auto project = services.projects.Find(call.Param("project"));
  if (!project) return RespondXmlError(call, project.error());
  const std::vector<std::string> names = SchemaNames(services, (*project)->name);
  const Page page = CutPage(names, call.Query("marker").value_or(""), MaxItems(call), false);
  XmlWriter xml;
  xml.Open("Schemas");
  for (std::size_t i = page.begin; i < page.end; ++i) {
    xml.Open("Schema")
        .Leaf("Name", names[i])
        .Leaf("Owner", (*project)->owner)
        .Leaf("CreateTime", HttpDate((*project)->created_seconds))
        .Leaf("ModifiedTime", HttpDate((*project)->modified_seconds))
        .Close("Schema");
  }
  xml.Leaf("Marker", page.next_marker)
      .Leaf("MaxItems", std::to_string(MaxItems(call)))
      .Close("Schemas");
  RespondXml(call, xml.Take());
}

void GetSchema(Call& call, Services& services) {
  const auto project = services.projects.Find(call.Param("project"));
  if (!project) return RespondXmlError(call, project.error());
  const std::string name = record::FoldName(call.Param("schema"));
  const std::vector<std::string> names = SchemaNames(services, (*project)->name);
  if (!std::ranges::binary_search(names, name)) {
    return RespondXmlError(
        call, NotFound("schema '" + name + "' does not exist in project '" + (*project)->name + "'")
                  .Because("NoSuchSchema"));
  }
  http::Response response;
  response.status = 200;
  response.headers.Set("Content-Type", "application/xml");
  response.headers.Set("x-odps-owner", (*project)->owner);
  response.headers.Set("x-odps-creation-time", HttpDate((*project)->created_seconds));
  response.headers.Set("Last-Modified", HttpDate((*project)->modified_seconds));
  response.body = SchemaXml(name, **project);
  (void)call.exchange.Respond(response);
}

void CreateSchema(Call& call, Services& services) {
  const auto body = call.exchange.ReadWholeBody(kSmallBodyMax);
  if (!body) return RespondXmlError(call, body.error());
  const auto document = ParseXml(*body);
  if (!document) return RespondXmlError(call, document.error());
  const std::string name = record::FoldName(document->ChildText("Name"));
  if (name.empty()) {
    return RespondXmlError(call,
                           InvalidArgument("the schema has no name").Because("InvalidParameter"));
  }
  if (auto made = services.catalog.CreateSchema(call.Param("project"), name); !made) {
    return RespondXmlError(call, made.error());
  }
  http::Response response;
  response.status = 201;
  response.headers.Set("Location", call.exchange.path() + "/" + name);
  (void)call.exchange.Respond(response);
}

void DeleteSchema(Call& call, Services& services) {
  const std::string name = record::FoldName(call.Param("schema"));
  const std::vector<std::string> names = SchemaNames(services, call.Param("project"));
  if (!std::ranges::binary_search(names, name)) {
    return RespondXmlError(
        call, NotFound("schema '" + name + "' does not exist").Because("NoSuchSchema"));
  }
  RespondXmlError(call, Unimplemented("this emulator does not delete schemas; drop the tables "
                                      "instead")
                            .Because("NotImplemented"));
}

/// The name by which the client reached us: behind a Service or a forwarded port it is not ours.
void TellTunnel(Call& call, Services& services) {
  const auto host = call.exchange.headers().Get("Host");
  RespondBody(call, 200, "text/plain", std::string(host.value_or(services.address)));
}

/// A token that names its own expiry: enough for a log view, worth nothing as a credential here.
void SignBearerToken(Call& call, Services& services) {
  const auto body = call.exchange.ReadWholeBody(kSmallBodyMax);
  if (!body) return RespondXmlError(call, body.error());
  const auto request = ParseJson(*body);
  if (!request || !request->is_object()) {
    return RespondXmlError(
        call, InvalidArgument("the policy is no JSON object").Because("InvalidParameter"));
  }
  const std::int64_t hours = JsonInt64Or(*request, "expires_in_hours", 24).value_or(24);
  const std::string text = "culvert;" + std::to_string(NowSeconds(services.clock) + hours * 3600);
  XmlWriter xml;
  xml.Open("Authorization").Leaf("Result", Base64Encode(AsBytes(text))).Close("Authorization");
  RespondXml(call, xml.Take());
}

}  // namespace

void RegisterProjectRoutes(Router& router, Services& services) {
  const auto add = [&](std::string method, std::string pattern, std::vector<std::string> query,
                       std::string operation, void (*handler)(Call&, Services&)) {
    router.Add({.method = std::move(method),
                .pattern = std::move(pattern),
                .query = std::move(query),
                .operation = std::move(operation),
                .errors = ErrorForm::kXml,
                .handler = [&services, handler](Call& call) { handler(call, services); }});
  };
  add("GET", "/projects", {}, "project.list", ListProjects);
  add("GET", "/projects/{project}", {}, "project.get", GetProject);
  add("GET", "/projects/{project}/tunnel", {"service"}, "tunnel.address", TellTunnel);
  add("GET", "/projects/{project}/schemas", {}, "schema.list", ListSchemas);
  add("POST", "/projects/{project}/schemas", {}, "schema.create", CreateSchema);
  add("GET", "/projects/{project}/schemas/{schema}", {}, "schema.get", GetSchema);
  add("DELETE", "/projects/{project}/schemas/{schema}", {}, "schema.delete", DeleteSchema);
  add("PUT", "/projects/{project}/logs", {}, "survey.put", [](Call& call, Services&) {
    if (const auto body = call.exchange.ReadWholeBody(kSmallBodyMax); !body) {
      return RespondXmlError(call, body.error());
    }
    RespondBody(call, 200, "", "");
  });
  add("POST", "/projects/{project}/authorization", {"sign_bearer_token"}, "token.sign",
      SignBearerToken);
  add("GET", "/logview/host", {}, "logview.host", [](Call& call, Services&) {
    RespondXmlError(call, NotFound("this emulator has no log view").Because("NoSuchObject"));
  });
  router.Add({.method = "GET",
              .pattern = "/tenants",
              .query = {},
              .operation = "tenant.get",
              .errors = ErrorForm::kJson,
              .handler = [](Call& call) {
                RespondJsonError(call,
                                 NotFound("this emulator has no tenants").Because("NoSuchObject"));
              }});
}

}  // namespace culvert::emulator
