// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/connection.h"

#include "libs/convert/object_name.h"

#include <algorithm>
#include <array>

namespace culvert::convert {
namespace {

constexpr std::array<std::string_view, 3> kKeyFields = {"accessId", "accessKey", "securityToken"};
constexpr std::array<std::string_view, 8> kInlineFields = {
    "accessId", "accessKey",    "securityToken", "project",
    "endpoint", "tunnelServer", "odpsServer",    "schema"};

bool IsPlaceholder(const std::optional<std::string>& text) {
  return text && text->find("${") != std::string::npos;
}

/// The keys of the script. Where one of them is a placeholder all are left to the user, who has to
/// write the Secret anyway.
void ReadKeys(FieldReader& in, Connection& connection) {
  struct Key {
    std::string_view name;
    std::string_view secret_key;
    Secret* into;
  };
  const std::array<Key, 3> keys = {
      Key{.name = "accessId", .secret_key = "accessKeyId", .into = &connection.access_id},
      Key{.name = "accessKey", .secret_key = "accessKeySecret", .into = &connection.access_key},
      Key{.name = "securityToken",
          .secret_key = "securityToken",
          .into = &connection.security_token}};
  const bool elsewhere =
      std::ranges::any_of(keys, [&in](const Key& key) { return IsPlaceholder(in.Text(key.name)); });
  for (const auto& [name, secret_key, into] : keys) {
    const std::optional<std::string> text = in.Text(name);
    if (!text || text->empty()) continue;
    if (elsewhere) {
      in.LeaveOut(name,
                  "a placeholder stands for a key; create the Secret that the DataSource names, "
                  "with the key " +
                      std::string(secret_key));
      continue;
    }
    in.Carried(name, "into the Secret, " + std::string(secret_key));
    *into = Secret(*text);
  }
  if (!in.Has("accessId") && !in.Has("accessKey")) {
    in.report().Add(Fate::kLeftOut, in.PlaceOf("project"), in.PathOf("accessId"),
                    "no key in the script; create the Secret that the DataSource names, with the "
                    "keys accessKeyId and accessKeySecret");
  }
}

std::string ReadUrl(FieldReader& in, std::string_view name, std::string_view field) {
  std::string url = in.Text(name).value_or("");
  if (url.empty()) return {};
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    in.Refused(name, "must be a URL that begins with https:// (or http://)");
    return {};
  }
  const std::string to = "DataSource spec.maxCompute." + std::string(field);
  if (url.starts_with("http://")) {
    in.Carried(name, to + ", with allowInsecureHttp: true, as http lets keys and rows be read on "
                          "the way; write https where the service has it");
  } else {
    in.Carried(name, to);
  }
  return url;
}

std::optional<Connection> ReadNamed(FieldReader& in) {
  Connection connection;
  connection.data_source = in.Text("datasource").value_or("");
  connection.path = in.PathOf("datasource");
  connection.place = in.PlaceOf("datasource");
  for (const std::string_view name : kInlineFields) {
    const ScriptNode* node = in.Find(name);
    if (node == nullptr || (node->kind == ScriptNode::Kind::kString && node->text.empty()))
      continue;
    in.Refused(name,
               "stands beside datasource; keep one of the two (project, schema and keys belong to "
               "the DataSource)");
  }
  const std::string name = ObjectName(connection.data_source);
  if (name.empty()) {
    in.Refused("datasource",
               "has no letter or digit that the name of a Kubernetes object may hold; write "
               "another name, such as odps_first");
    return std::nullopt;
  }
  in.Carried("datasource", "dataSourceRef: " + name +
                               "; the script does not say where that is, keep a DataSource of this "
                               "name in the namespace");
  return connection;
}

std::optional<Connection> ReadInline(FieldReader& in) {
  Connection connection;
  ReadKeys(in, connection);
  connection.project = in.Text("project").value_or("");
  connection.schema = in.Text("schema").value_or("");
  connection.path = in.PathOf("project");
  connection.place = in.PlaceOf("project");
  const std::string endpoint = ReadUrl(in, "endpoint", "endpoint");
  const std::string server = ReadUrl(in, "odpsServer", "endpoint");
  connection.endpoint = server.empty() ? endpoint : server;
  connection.tunnel_endpoint = ReadUrl(in, "tunnelServer", "tunnelEndpoint");
  if (!endpoint.empty() && !server.empty() && endpoint != server) {
    in.Refused("odpsServer", "differs from endpoint, which means the same; keep one of the two");
  }
  if (connection.access_id.empty() != connection.access_key.empty()) {
    in.Refused(connection.access_id.empty() ? "accessId" : "accessKey",
               "is missing while the other half of the key is there; give both, or none and create "
               "the Secret yourself");
    return std::nullopt;
  }
  if (connection.project.empty()) {
    in.Refused("project", "is required, as is the endpoint, where no datasource is named");
    return std::nullopt;
  }
  if (ObjectName(connection.project).empty()) {
    in.Refused("project", "has no letter or digit that the name of a Kubernetes object may hold");
    return std::nullopt;
  }
  if (connection.endpoint.empty()) {
    in.Refused("odpsServer",
               "is required, such as https://service.REGION.maxcompute.aliyun.com/api");
    return std::nullopt;
  }
  in.Carried("project", "DataSource spec.maxCompute.project");
  if (!connection.schema.empty()) in.Carried("schema", "DataSource spec.maxCompute.schema");
  return connection;
}

}  // namespace

bool IsKeyField(std::string_view name) {
  return std::ranges::find(kKeyFields, name) != kKeyFields.end();
}

std::optional<Connection> ReadConnection(FieldReader& in) {
  if (const auto account = in.Text("accountType"); account && !account->empty()) {
    if (*account == "aliyun") {
      in.LeaveOut("accountType", "it is the only one there is");
    } else {
      in.Refused("accountType", "must be aliyun, keys of other kinds are not known here");
    }
  }
  const auto named = in.Text("datasource");
  if (named && !named->empty()) return ReadNamed(in);
  for (const std::string_view name : kInlineFields) {
    if (in.Has(name)) return ReadInline(in);
  }
  in.Refused("datasource",
             "is required: the name of a data source, or accessId, accessKey, odpsServer and "
             "project in its place");
  return std::nullopt;
}

bool SameConnection(const Connection& a, const Connection& b) {
  return a.data_source == b.data_source && a.project == b.project && a.schema == b.schema &&
         a.endpoint == b.endpoint && a.tunnel_endpoint == b.tunnel_endpoint &&
         a.access_id.Reveal() == b.access_id.Reveal() &&
         a.access_key.Reveal() == b.access_key.Reveal() &&
         a.security_token.Reveal() == b.security_token.Reveal();
}

}  // namespace culvert::convert
