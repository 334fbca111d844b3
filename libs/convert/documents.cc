// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/convert/documents.h"

#include "libs/convert/object_name.h"

#include <optional>
#include <string_view>
#include <utility>

namespace culvert::convert {
namespace {

YamlValue Reference(const std::string& name) {
  YamlValue reference;
  reference.Set("name", YamlValue::Text(name));
  return reference;
}

YamlValue Object(std::string_view version, std::string_view kind, const std::string& name,
                 const std::string& name_space) {
  YamlValue object;
  object.Set("apiVersion", YamlValue::Text(version));
  object.Set("kind", YamlValue::Text(kind));
  YamlValue& metadata = object.Set("metadata");
  metadata.Set("name", YamlValue::Text(name));
  if (!name_space.empty()) metadata.Set("namespace", YamlValue::Text(name_space));
  return object;
}

/// DataSources of the two sides by name; empty for a stream.
struct SideNames {
  std::string source;
  std::string target;
};

SideNames NameDataSources(const ConvertedScript& script, ConversionReport& report) {
  const auto name = [](const std::optional<Connection>& connection) {
    if (!connection) return std::string();
    return ObjectName(connection->Named() ? connection->data_source : connection->project);
  };
  const auto& source = script.source.connection;
  const auto& target = script.target.connection;
  SideNames names{.source = name(source), .target = name(target)};
  if (names.source != names.target || !source || !target || SameConnection(*source, *target)) {
    return names;
  }
  if (source->Named() && target->Named()) {
    report.Add(Fate::kRefused, target->place, target->path,
               Quoted(source->data_source) + " and " + Quoted(target->data_source) +
                   " would both be the DataSource " + names.target + "; rename one");
    return names;
  }
  // One project with two keys or endpoints.
  if (!source->Named()) names.source += "-source";
  if (!target->Named()) names.target += "-target";
  return names;
}

std::string JobName(const ConvertedScript& script) {
  const std::string& source = script.source.table;
  const std::string& target = script.target.table;
  const std::string name = ObjectName(source.empty()   ? target + "-generated"
                                      : target.empty() ? source + "-read"
                                                       : source + "-to-" + target);
  return name.empty() ? "generated" : name;
}

YamlValue Side(const ConvertedSide& side, const std::string& data_source) {
  YamlValue body;
  if (!data_source.empty()) body.Set("dataSourceRef", Reference(data_source));
  for (const YamlEntry& entry : side.body.entries) body.entries.push_back(entry);
  YamlValue wrapped;
  wrapped.Set(side.member, std::move(body));
  return wrapped;
}

Document SyncJobDocument(const ConvertedScript& script, const SideNames& sources,
                         const ObjectNames& names) {
  Document document;
  document.object = Object("culvert.dev/v1alpha1", "SyncJob",
                           names.job.empty() ? JobName(script) : names.job, names.name_space);
  YamlValue spec;
  spec.Set("source", Side(script.source, sources.source));
  spec.Set("target", Side(script.target, sources.target));
  if (!script.setting.entries.empty()) spec.Set("setting", script.setting);
  if (!script.transformers.items.empty()) spec.Set("transformers", script.transformers);
  document.object.Set("spec", std::move(spec));
  return document;
}

void AddInline(const Connection& connection, const std::string& name, const ObjectNames& names,
               std::vector<Document>& documents) {
  Document source;
  source.object = Object("culvert.dev/v1alpha1", "DataSource", name, names.name_space);
  YamlValue fields;
  fields.Set("endpoint", YamlValue::Text(connection.endpoint));
  if (!connection.tunnel_endpoint.empty()) {
    fields.Set("tunnelEndpoint", YamlValue::Text(connection.tunnel_endpoint));
  }
  fields.Set("project", YamlValue::Text(connection.project));
  if (!connection.schema.empty()) fields.Set("schema", YamlValue::Text(connection.schema));
  fields.Set("credentialsRef", Reference(name + "-key"));
  if (connection.endpoint.starts_with("http://") ||
      connection.tunnel_endpoint.starts_with("http://")) {
    fields.Set("allowInsecureHttp", YamlValue::Flag(true));
  }
  YamlValue spec;
  spec.Set("maxCompute", std::move(fields));
  source.object.Set("spec", std::move(spec));
  documents.push_back(std::move(source));
  if (!connection.HasKeys()) return;
  Document secret;
  secret.object = Object("v1", "Secret", name + "-key", names.name_space);
  YamlValue data;
  data.Set("accessKeyId", YamlValue::Text(connection.access_id.Reveal()));
  data.Set("accessKeySecret", YamlValue::Text(connection.access_key.Reveal()));
  if (!connection.security_token.empty()) {
    data.Set("securityToken", YamlValue::Text(connection.security_token.Reveal()));
  }
  secret.object.Set("stringData", std::move(data));
  documents.push_back(std::move(secret));
}

/// The script names the data source and says no more: what a person has to write.
std::string NamedComment(const std::string& name, const ObjectNames& names) {
  std::string text =
      "# The script does not say where the data source " + name +
      " is. If the namespace has no such DataSource yet, fill in:\n#\n"
      "# apiVersion: culvert.dev/v1alpha1\n# kind: DataSource\n# metadata:\n#   name: " +
      name + "\n";
  if (!names.name_space.empty()) text += "#   namespace: " + names.name_space + "\n";
  return text +
         "# spec:\n#   maxCompute:\n"
         "#     endpoint: https://service.REGION.maxcompute.aliyun.com/api\n"
         "#     project: PROJECT\n#     credentialsRef:\n#       name: " +
         name + "-key\n";
}

}  // namespace

std::vector<Document> MakeDocuments(const ConvertedScript& script, const ObjectNames& names,
                                    ConversionReport& report) {
  const SideNames sources = NameDataSources(script, report);
  std::vector<Document> documents;
  documents.push_back(SyncJobDocument(script, sources, names));
  const auto add = [&](const std::optional<Connection>& connection, const std::string& name) {
    if (!connection) return;
    if (connection->Named()) {
      if (!documents.front().comment.empty()) documents.front().comment += "#\n";
      documents.front().comment += NamedComment(name, names);
    } else {
      AddInline(*connection, name, names, documents);
    }
  };
  add(script.source.connection, sources.source);
  if (sources.source != sources.target) add(script.target.connection, sources.target);
  return documents;
}

std::string WriteDocuments(const std::vector<Document>& documents, YamlParts parts) {
  std::string text;
  for (const Document& document : documents) {
    if (!text.empty()) text += "---\n";
    text += document.comment + WriteYaml(document.object, parts);
  }
  return text;
}

}  // namespace culvert::convert
