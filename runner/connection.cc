// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/connection.h"

#include "libs/base/digest.h"
#include "libs/base/secret.h"
#include "libs/base/time_format.h"
#include "libs/http/curl_transport.h"
#include "libs/http/observed_transport.h"
#include "libs/http/url.h"
#include "libs/syncjob/manifest.h"
#include "runner/endpoint_guard.h"
#include "runner/observed_credentials.h"
#include "runner/waiting_credentials.h"

#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace culvert::runner {
namespace {

constexpr std::string_view kUserAgent = "culvert-runner/0.1.0";

std::string Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kSpace) - begin + 1));
}

Result<std::unique_ptr<maxcompute::CredentialsProvider>> MakeCredentials(
    const syncjob::DataSource& data_source, const CredentialsPlace& place, Clock& clock) {
  if (!place.directory.empty()) {
    auto files =
        maxcompute::FileCredentials(place.directory + "/" + data_source.credentials_secret);
    if (place.wait.count() == 0) return files;
    return WaitingCredentials(std::move(files), place.wait, place.stop, clock);
  }
  if (place.manifest == nullptr) {
    return Fail(Unauthenticated("no keys for DataSource '" + data_source.name +
                                "'; name their directory with --credentials")
                    .Because("CredentialsMissing"));
  }
  auto found = syncjob::FindSecret(*place.manifest, data_source);
  if (!found) {
    found.error().message += "; add its document to -f or name a directory with --credentials";
    return Fail(std::move(found.error()));
  }
  const syncjob::KeyValues& secret = **found;
  const auto value = [&secret](const char* key) {
    const auto text = secret.data.find(key);
    return text == secret.data.end() ? std::string() : Trimmed(text->second);
  };
  maxcompute::Credentials credentials{.access_key_id = value("accessKeyId"),
                                      .access_key_secret = Secret(value("accessKeySecret")),
                                      .security_token = Secret(value("securityToken")),
                                      .expires = std::nullopt};
  if (const auto end = ParseRfc3339(value("expiration"))) credentials.expires = *end;
  for (const auto& [key, empty] :
       {std::pair{"accessKeyId", credentials.access_key_id.empty()},
        std::pair{"accessKeySecret", credentials.access_key_secret.empty()}}) {
    if (!empty) continue;
    return Fail(Unauthenticated("Secret '" + secret.name + "' has no " + key)
                    .Because("CredentialsMissing"));
  }
  return maxcompute::StaticCredentials(std::move(credentials));
}

// Certificates given as text are handed to the TLS library as a file that is in memory only.
Result<int> MemoryFile(const std::string& text) {
  const int fd = memfd_create("ca-bundle", MFD_CLOEXEC);
  if (fd < 0) return Fail(ResourceExhausted("no memory file").Because("LocalPressure"));
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = write(fd, rest.data(), rest.size());
    if (written <= 0) {
      close(fd);
      return Fail(ResourceExhausted("a memory file cannot be written").Because("LocalPressure"));
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return fd;
}

Result<std::string> CaBundle(const syncjob::DataSource& data_source,
                             const CredentialsPlace& place) {
  const syncjob::Manifest none;
  CULVERT_ASSIGN_OR_RETURN(
      const syncjob::KeyValues* bundle,
      syncjob::FindCaBundle(place.manifest == nullptr ? none : *place.manifest, data_source));
  const auto named = bundle->data.find("ca.crt");
  if (named != bundle->data.end()) return named->second;
  if (bundle->data.size() == 1) return bundle->data.begin()->second;
  return Fail(InvalidArgument("ConfigMap '" + bundle->name +
                              "' holds no key ca.crt, nor a single other key"));
}

}  // namespace

Connection::~Connection() {
  client_.reset();
  observed_.reset();
  transport_.reset();
  if (ca_bundle_fd_ >= 0) close(ca_bundle_fd_);
}

Result<std::unique_ptr<Connection>> Connection::Make(const ConnectionInput& input) {
  const syncjob::DataSource& data_source = input.data_source;
  const CredentialsPlace& place = input.place;
  auto endpoint = http::Url::Parse(data_source.endpoint);
  if (!endpoint) {
    return Fail(std::move(endpoint.error())
                    .With("field", "spec.maxCompute.endpoint")
                    .With("dataSource", data_source.name));
  }
  std::unique_ptr<Connection> connection(new Connection());
  CULVERT_ASSIGN_OR_RETURN(auto credentials, MakeCredentials(data_source, place, input.clock));
  connection->credentials_ = ObserveCredentials(std::move(credentials), input.side, input.metrics);
  http::CurlTransportOptions options;
  options.allow_plain_http = data_source.allow_insecure_http;
  options.user_agent = std::string(kUserAgent);
  if (input.policy) options.guard = GuardEndpoints(*input.policy, data_source.name);
  if (!data_source.ca_bundle_config_map.empty() && place.directory.empty()) {
    CULVERT_ASSIGN_OR_RETURN(const std::string certificates, CaBundle(data_source, place));
    CULVERT_ASSIGN_OR_RETURN(connection->ca_bundle_fd_, MemoryFile(certificates));
    options.ca_bundle_file = "/proc/self/fd/" + std::to_string(connection->ca_bundle_fd_);
  } else if (!data_source.ca_bundle_config_map.empty()) {
    options.ca_bundle_file = place.directory + "/" + data_source.ca_bundle_config_map + "/ca.crt";
  }
  connection->transport_ = http::MakeCurlTransport(options);
  connection->observed_ = http::ObserveTransport(
      *connection->transport_, input.metrics,
      {.shown_parameters = {"blockid", "rowrange"}, .request_id_header = "x-odps-request-id"});
  maxcompute::ClientConfig config{
      .endpoint = *std::move(endpoint),
      .tunnel_endpoint =
          input.tunnel_endpoint.empty() ? data_source.tunnel_endpoint : input.tunnel_endpoint,
      .project = data_source.project,
      .schema = data_source.schema,
      .quota_name = data_source.quota_name,
      .region = data_source.region,
      .user_agent = std::string(kUserAgent),
      .retry = {.on_retry = [&metrics =
                                 input.metrics](const Error& error) { metrics.CountRetry(error); }},
      .jitter_seed = input.jitter_seed};
  connection->client_ = maxcompute::MakeClient(std::move(config), *connection->observed_,
                                               *connection->credentials_, input.clock);
  return connection;
}

std::uint64_t RandomSeed() {
  const std::string hex = RandomHex128().substr(0, 16);
  std::uint64_t seed = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), seed, 16);
  return seed;
}

}  // namespace culvert::runner
