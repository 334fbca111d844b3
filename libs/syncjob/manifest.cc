// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/syncjob/manifest.h"

#include "libs/base/digest.h"
#include "libs/syncjob/internal/json_tree.h"
#include "libs/syncjob/internal/object_reader.h"
#include "libs/syncjob/internal/spec_reader.h"
#include "libs/syncjob/internal/suggest.h"
#include "libs/syncjob/internal/yaml_tree.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace culvert::syncjob {
namespace internal {

bool IsObjectName(std::string_view name, std::size_t bytes_max, bool dots) {
  if (name.empty() || name.size() > bytes_max) return false;
  const auto edge = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto inner = [&](char c) { return edge(c) || c == '-' || (dots && c == '.'); };
  return edge(name.front()) && edge(name.back()) && std::ranges::all_of(name, inner) &&
         name.find("..") == std::string_view::npos;
}

}  // namespace internal

namespace {

using internal::IsObjectName;
using internal::ObjectReader;
using internal::ReadContext;
using internal::YamlNode;

constexpr std::string_view kCulvertVersion = "culvert.dev/v1alpha1";
constexpr std::size_t kKeyValuesBytesMax =
    std::size_t{1024} * 1024;  // as the API server limits them

struct Metadata {
  std::string name;
  std::string name_space;
};

Metadata ReadMetadata(ReadContext& context, ObjectReader& document) {
  const YamlNode* node = document.Map("metadata", true);
  ObjectReader in(
      context, node, "metadata",
      {"name", "namespace", "labels", "annotations", "generateName", "uid", "resourceVersion",
       "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
       "finalizers", "ownerReferences", "managedFields", "selfLink"});
  Metadata metadata{.name = "", .name_space = "default"};
  if (node == nullptr) return metadata;
  metadata.name = in.RequiredText("name", 253);
  if (!IsObjectName(metadata.name, 253, true)) {
    in.Fail("name", "must be lower-case letters, digits, '-' and '.'");
  }
  if (std::string name_space = in.Text("namespace", 63); !name_space.empty()) {
    if (!IsObjectName(name_space, 63, false)) {
      in.Fail("namespace", "must be lower-case letters, digits and '-'");
    }
    metadata.name_space = std::move(name_space);
  }
  in.ExpectTextMap("labels");
  in.ExpectTextMap("annotations");
  return metadata;
}

template <typename Object>
bool Exists(const std::vector<Object>& objects, const Metadata& metadata) {
  return std::ranges::any_of(objects, [&](const Object& object) {
    return object.name == metadata.name && object.name_space == metadata.name_space;
  });
}

void RefuseSecond(ObjectReader& document, std::string_view kind, const Metadata& metadata,
                  bool exists) {
  if (!exists) return;
  document.Fail("metadata", "a second " + std::string(kind) + " '" + metadata.name +
                                "' in namespace '" + metadata.name_space + "', remove one");
}

void ReadSyncJob(ReadContext& context, const YamlNode& node, Manifest& manifest) {
  ObjectReader document(context, &node, "", {"apiVersion", "kind", "metadata", "spec", "status"});
  const Metadata metadata = ReadMetadata(context, document);
  RefuseSecond(document, "SyncJob", metadata, Exists(manifest.jobs, metadata));
  const YamlNode* spec = document.Map("spec", true);
  if (spec == nullptr) return;
  SyncJob job;
  job.name = metadata.name;
  job.name_space = metadata.name_space;
  internal::ReadSyncJobSpec(context, *spec, job);
  manifest.jobs.push_back(std::move(job));
}

void ReadDataSource(ReadContext& context, const YamlNode& node, Manifest& manifest) {
  ObjectReader document(context, &node, "", {"apiVersion", "kind", "metadata", "spec", "status"});
  const Metadata metadata = ReadMetadata(context, document);
  RefuseSecond(document, "DataSource", metadata, Exists(manifest.data_sources, metadata));
  const YamlNode* spec = document.Map("spec", true);
  if (spec == nullptr) return;
  DataSource data_source;
  data_source.name = metadata.name;
  data_source.name_space = metadata.name_space;
  internal::ReadDataSourceSpec(context, *spec, data_source);
  manifest.data_sources.push_back(std::move(data_source));
}

/// `data`, `stringData` or `binaryData`. No message shows a value: they may be secrets.
void ReadPairs(ObjectReader& document, std::string_view field, bool base64, KeyValues& values) {
  document.ExpectTextMap(field);
  const YamlNode* node = document.Map(field);
  if (node == nullptr || !document.ok()) return;
  for (const auto& [key, value] : node->entries) {
    std::string text = value->text;
    if (base64) {
      std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
      Result<std::string> decoded = Base64Decode(text);
      if (!decoded) {
        document.Fail(field, key->text + " is not base64; plain text belongs under stringData");
        return;
      }
      text = *std::move(decoded);
    }
    values.data[key->text] = std::move(text);
  }
}

void ReadKeyValues(ReadContext& context, const YamlNode& node, bool secret, Manifest& manifest) {
  ObjectReader document =
      secret ? ObjectReader(
                   context, &node, "",
                   {"apiVersion", "kind", "metadata", "type", "immutable", "data", "stringData"})
             : ObjectReader(context, &node, "",
                            {"apiVersion", "kind", "metadata", "immutable", "data", "binaryData"});
  const Metadata metadata = ReadMetadata(context, document);
  std::vector<KeyValues>& objects = secret ? manifest.secrets : manifest.config_maps;
  RefuseSecond(document, secret ? "Secret" : "ConfigMap", metadata, Exists(objects, metadata));
  document.Text("type", 253);
  document.Flag("immutable", false);
  KeyValues values{.name = metadata.name, .name_space = metadata.name_space, .data = {}};
  context.hide_values = secret;
  ReadPairs(document, "data", secret, values);
  if (secret) {
    ReadPairs(document, "stringData", false, values);  // wins over data, as on the API server
  } else {
    ReadPairs(document, "binaryData", true, values);
  }
  context.hide_values = false;
  std::size_t bytes = 0;
  for (const auto& [key, value] : values.data) bytes += key.size() + value.size();
  if (bytes > kKeyValuesBytesMax) document.Fail("data", "larger than 1 MiB");
  objects.push_back(std::move(values));
}

/// `kind` and `apiVersion` are read before anything else: they decide what the rest may be.
std::string ScalarOf(const YamlNode& node, std::string_view field) {
  if (node.kind != YamlNode::Kind::kMap) return {};
  for (const auto& [key, value] : node.entries) {
    if (key->text == field && value->kind == YamlNode::Kind::kScalar) return value->text;
  }
  return {};
}

void ReadDocument(ReadContext& context, const YamlNode& node, Manifest& manifest) {
  const std::string kind = ScalarOf(node, "kind");
  const std::string version = ScalarOf(node, "apiVersion");
  const bool ours = kind == "SyncJob" || kind == "DataSource";
  const bool core = kind == "Secret" || kind == "ConfigMap";
  const std::string place = context.file_name + ":" + std::to_string(node.line) + ":" +
                            std::to_string(node.column) + ": ";
  if (node.kind != YamlNode::Kind::kMap) {
    context.error =
        InvalidArgument(place + "a document must be a mapping with apiVersion and kind");
    return;
  }
  if (!ours && !core) {
    const std::string what = kind.empty() ? "no kind" : "kind '" + kind.substr(0, 64) + "'";
    context.error = InvalidArgument(
        place + what + ", this file may hold SyncJob, DataSource, Secret and ConfigMap");
    return;
  }
  const std::string_view expected = ours ? kCulvertVersion : std::string_view("v1");
  if (version != expected) {
    context.error =
        InvalidArgument(place + "apiVersion of a " + kind + " must be " + std::string(expected) +
                        (version.empty() ? "" : ", not '" + version.substr(0, 64) + "'"));
    return;
  }
  if (kind == "SyncJob") {
    ReadSyncJob(context, node, manifest);
  } else if (kind == "DataSource") {
    ReadDataSource(context, node, manifest);
  } else {
    ReadKeyValues(context, node, kind == "Secret", manifest);
  }
}

Status ReadDocuments(const std::vector<internal::YamlRef>& documents, std::string_view file_name,
                     Manifest& manifest, const ParameterResolver& resolve) {
  Manifest read = manifest;
  ReadContext context{
      .file_name = std::string(file_name), .error = {}, .warnings = {}, .resolve = resolve};
  for (const internal::YamlRef& document : documents) {
    ReadDocument(context, *document, read);
    if (context.error) return Fail(*std::move(context.error));
  }
  for (std::string& warning : context.warnings) read.warnings.push_back(std::move(warning));
  manifest = std::move(read);
  return {};
}

template <typename Object>
std::string NamesIn(const std::vector<Object>& objects, std::string_view name_space) {
  std::vector<std::string_view> names;
  for (const Object& object : objects) {
    if (object.name_space == name_space) names.emplace_back(object.name);
  }
  return names.empty() ? "none" : internal::ListOf(names);
}

template <typename Object>
const Object* FindIn(const std::vector<Object>& objects, std::string_view name_space,
                     std::string_view name) {
  const auto found = std::ranges::find_if(objects, [&](const Object& object) {
    return object.name == name && object.name_space == name_space;
  });
  return found == objects.end() ? nullptr : &*found;
}

}  // namespace

Status ParseManifest(std::string_view text, std::string_view file_name, Manifest& manifest,
                     const ParameterResolver& resolve) {
  CULVERT_ASSIGN_OR_RETURN(const std::vector<internal::YamlRef> documents,
                           internal::ParseYaml(text, file_name));
  return ReadDocuments(documents, file_name, manifest, resolve);
}

Status ReadManifest(const nlohmann::json& object, std::string_view name, Manifest& manifest,
                    const ParameterResolver& resolve) {
  return ReadDocuments({internal::TreeOfJson(object)}, name, manifest, resolve);
}

Result<const SyncJob*> FindJob(const Manifest& manifest, std::string_view name) {
  if (manifest.jobs.empty()) return Fail(InvalidArgument("no SyncJob in the files given"));
  if (name.empty() && manifest.jobs.size() == 1) return manifest.jobs.data();
  const SyncJob* found = nullptr;
  std::string known;
  for (const SyncJob& job : manifest.jobs) {
    known += (known.empty() ? "" : ", ") + job.name_space + "/" + job.name;
    if (job.name != name && job.name_space + "/" + job.name != name) continue;
    if (found != nullptr) {
      return Fail(InvalidArgument("SyncJob '" + std::string(name) +
                                  "' is in more than one namespace, name it as namespace/name"));
    }
    found = &job;
  }
  if (name.empty()) {
    return Fail(
        InvalidArgument("more than one SyncJob in the files given, choose one of: " + known));
  }
  if (found == nullptr) {
    return Fail(InvalidArgument("unknown SyncJob '" + std::string(name) + "', known: " + known));
  }
  return found;
}

Result<const DataSource*> ResolveDataSource(const Manifest& manifest, const SyncJob& job,
                                            std::string_view name) {
  const DataSource* found = FindIn(manifest.data_sources, job.name_space, name);
  if (found != nullptr) return found;
  return Fail(InvalidArgument("unknown DataSource '" + std::string(name) + "' in namespace '" +
                              job.name_space +
                              "', known: " + NamesIn(manifest.data_sources, job.name_space)));
}

Result<const KeyValues*> FindSecret(const Manifest& manifest, const DataSource& data_source) {
  const KeyValues* found =
      FindIn(manifest.secrets, data_source.name_space, data_source.credentials_secret);
  if (found != nullptr) return found;
  return Fail(Unauthenticated("unknown Secret '" + data_source.credentials_secret +
                              "' of DataSource '" + data_source.name +
                              "', known: " + NamesIn(manifest.secrets, data_source.name_space))
                  .Because("CredentialsMissing"));
}

Result<const KeyValues*> FindCaBundle(const Manifest& manifest, const DataSource& data_source) {
  const KeyValues* found =
      FindIn(manifest.config_maps, data_source.name_space, data_source.ca_bundle_config_map);
  if (found != nullptr) return found;
  return Fail(InvalidArgument(
      "unknown ConfigMap '" + data_source.ca_bundle_config_map + "' of DataSource '" +
      data_source.name + "', known: " + NamesIn(manifest.config_maps, data_source.name_space)));
}

}  // namespace culvert::syncjob
