// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/config.h"

#include "libs/base/digest.h"
#include "libs/base/file.h"
#include "libs/base/mutex.h"

#include <yaml-cpp/yaml.h>

#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace culvert::kube {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1024} * 1024;
constexpr std::chrono::seconds kTokenAge{60};
// A watch may be silent until the client ends it; other requests end with the caller's deadline.
constexpr std::chrono::seconds kSilenceMax{600};
// The server gives up after a minute.
constexpr std::chrono::seconds kAnswerMax{90};

std::string Trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \r\n\t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \r\n\t") - begin + 1));
}

class FixedToken final : public TokenSource {
 public:
  explicit FixedToken(Secret token) : token_(std::move(token)) {}
  Result<Secret> Token() override { return token_; }
  void Rejected() override {}

 private:
  const Secret token_;
};

/// A token that the kubelet replaces in place.
class FileToken final : public TokenSource {
 public:
  FileToken(std::string path, Clock& clock) : path_(std::move(path)), clock_(clock) {}

  Result<Secret> Token() override {
    const MutexLock lock(mutex_);
    const SteadyTime now = clock_.SteadyNow();
    if (read_at_ && now - *read_at_ < kTokenAge) return token_;
    auto text = ReadWholeFile(path_, kFileBytesMax);
    if (!text) return Fail(std::move(text.error()).With("file", path_));
    token_ = Secret(Trimmed(*text));
    if (token_.empty()) {
      return Fail(Unauthenticated("the token file is empty").With("file", path_));
    }
    read_at_ = now;
    return token_;
  }
  void Rejected() override {
    const MutexLock lock(mutex_);
    read_at_.reset();
  }

 private:
  const std::string path_;
  Clock& clock_;
  Mutex mutex_;
  Secret token_ GUARDED_BY(mutex_);
  std::optional<SteadyTime> read_at_ GUARDED_BY(mutex_);
};

std::string Resolve(const std::string& directory, const std::string& file) {
  return file.starts_with('/') ? file : directory + "/" + file;
}

Error BadKubeconfig(std::string what) {
  return InvalidArgument("the kubeconfig is wrong: " + std::move(what));
}

/// Text of a scalar member, or empty.
std::string Text(const YAML::Node& map, const char* key) {
  const YAML::Node value = map[key];
  return value && value.IsScalar() ? value.Scalar() : "";
}

/// The `member` of the entry called `name` in the list `section`.
Result<YAML::Node> Named(const YAML::Node& root, const char* section, const std::string& name,
                         const char* member) {
  const YAML::Node list = root[section];
  if (list && list.IsSequence()) {
    for (const YAML::Node& entry : list) {
      if (entry.IsMap() && Text(entry, "name") == name && entry[member] && entry[member].IsMap()) {
        return entry[member];
      }
    }
  }
  return Fail(BadKubeconfig(std::string(section) + " has no entry '" + name + "'"));
}

/// PEM text given as base64 data or as a file.
Result<std::string> DataOrFile(const YAML::Node& map, const std::string& key,
                               const std::string& directory) {
  if (const std::string data = Text(map, (key + "-data").c_str()); !data.empty()) {
    auto decoded = Base64Decode(data);
    if (!decoded) return Fail(BadKubeconfig(key + "-data is not base64"));
    return decoded;
  }
  const std::string file = Text(map, key.c_str());
  if (file.empty()) return std::string();
  return ReadWholeFile(Resolve(directory, file), kFileBytesMax);
}

Result<std::shared_ptr<TokenSource>> TokenOf(const YAML::Node& user, const std::string& directory,
                                             Clock& clock) {
  for (const char* key : {"exec", "auth-provider", "username", "as"}) {
    if (user[key]) {
      return Fail(Unimplemented(std::string("a kubeconfig user with '") + key +
                                "' is not supported; use a token or a client certificate"));
    }
  }
  if (const std::string file = Text(user, "tokenFile"); !file.empty()) {
    return std::make_shared<FileToken>(Resolve(directory, file), clock);
  }
  return std::make_shared<FixedToken>(Secret(Text(user, "token")));
}

Result<Config> FromTree(const YAML::Node& root, const std::string& directory,
                        std::string_view context_name, Clock& clock) {
  if (!root.IsMap()) return Fail(BadKubeconfig("it is not a map"));
  const std::string name =
      context_name.empty() ? Text(root, "current-context") : std::string(context_name);
  if (name.empty()) return Fail(BadKubeconfig("no context is named and none is current"));
  CULVERT_ASSIGN_OR_RETURN(const YAML::Node context, Named(root, "contexts", name, "context"));
  CULVERT_ASSIGN_OR_RETURN(const YAML::Node cluster,
                           Named(root, "clusters", Text(context, "cluster"), "cluster"));
  CULVERT_ASSIGN_OR_RETURN(const YAML::Node user,
                           Named(root, "users", Text(context, "user"), "user"));
  if (Text(cluster, "insecure-skip-tls-verify") == "true") {
    return Fail(Unimplemented(
        "insecure-skip-tls-verify is not supported; give the cluster's certificate-authority"));
  }
  Config config;
  CULVERT_ASSIGN_OR_RETURN(config.server, http::Url::Parse(Text(cluster, "server")));
  if (const std::string name_space = Text(context, "namespace"); !name_space.empty()) {
    config.name_space = name_space;
  }
  CULVERT_ASSIGN_OR_RETURN(config.ca_pem, DataOrFile(cluster, "certificate-authority", directory));
  CULVERT_ASSIGN_OR_RETURN(config.client_certificate_pem,
                           DataOrFile(user, "client-certificate", directory));
  CULVERT_ASSIGN_OR_RETURN(std::string key, DataOrFile(user, "client-key", directory));
  config.client_key_pem = Secret(std::move(key));
  CULVERT_ASSIGN_OR_RETURN(config.token, TokenOf(user, directory, clock));
  return config;
}

}  // namespace

Result<Config> InClusterConfig(std::string_view host, std::string_view port,
                               const std::string& directory, Clock& clock) {
  if (host.empty() || port.empty()) {
    return Fail(FailedPrecondition(
        "this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"));
  }
  const bool ipv6 = host.find(':') != std::string_view::npos;
  Config config;
  CULVERT_ASSIGN_OR_RETURN(
      config.server,
      http::Url::Parse("https://" + (ipv6 ? "[" + std::string(host) + "]" : std::string(host)) +
                       ":" + std::string(port)));
  CULVERT_ASSIGN_OR_RETURN(config.ca_pem, ReadWholeFile(directory + "/ca.crt", kFileBytesMax));
  if (const auto name_space = ReadWholeFile(directory + "/namespace", 256)) {
    config.name_space = Trimmed(*name_space);
  }
  config.token = std::make_shared<FileToken>(directory + "/token", clock);
  CULVERT_TRY(config.token->Token());
  return config;
}

Result<Config> ParseKubeconfig(std::string_view text, const std::string& directory,
                               std::string_view context, Clock& clock) {
  if (text.size() > kFileBytesMax) return Fail(BadKubeconfig("it is larger than 1 MiB"));
  try {
    return FromTree(YAML::Load(std::string(text)), directory, context, clock);
  } catch (const std::exception& error) {  // yaml-cpp's only way to fail
    return Fail(BadKubeconfig(error.what()));
  }
}

http::CurlTransportOptions TransportOptions(const Config& config) {
  http::CurlTransportOptions options;
  options.stall_window = kSilenceMax;
  options.response_timeout = kAnswerMax;
  options.ca_pem = config.ca_pem;
  options.client_certificate_pem = config.client_certificate_pem;
  options.client_key_pem = config.client_key_pem;
  // Unencrypted to this machine alone, for `kubectl proxy`.
  options.allow_plain_http = config.server.host == "127.0.0.1" || config.server.host == "::1" ||
                             config.server.host == "localhost";
  options.http2 = true;
  options.writes_are_idempotent = true;
  return options;
}

}  // namespace culvert::kube
