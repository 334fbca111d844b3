// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/http/url.h"

#include <algorithm>
#include <charconv>

namespace culvert::http {
namespace {

constexpr std::size_t kUrlBytesMax = 2048;
constexpr std::size_t kHostBytesMax = 255;
constexpr std::size_t kParametersMax = 1000;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsUnreserved(char c) {
  return IsAlpha(c) || IsDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
int HexValue(char c) {
  const char lower = Lower(c);
  if (IsDigit(lower)) return lower - '0';
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), Lower);
  return lowered;
}

Error Bad(std::string_view what) { return InvalidArgument("url " + std::string(what)); }

std::uint16_t DefaultPort(std::string_view scheme) {
  return scheme == "https" ? kHttpsPort : kHttpPort;
}

// Structure only: whether the address exists is for the resolver to say.
Status CheckIpv6(std::string_view host) {
  const bool shaped = std::ranges::count(host, ':') >= 2 && std::ranges::all_of(host, [](char c) {
                        return HexValue(c) >= 0 || c == ':' || c == '.';
                      });
  if (!shaped) return Fail(Bad("has a malformed IPv6 address in brackets"));
  return {};
}

Status CheckHost(std::string_view host) {
  if (host.empty()) return Fail(Bad("has no host"));
  if (host.size() > kHostBytesMax) return Fail(Bad("has a host longer than 255 bytes"));
  const bool allowed = std::ranges::all_of(
      host, [](char c) { return IsAlpha(c) || IsDigit(c) || c == '-' || c == '.' || c == '_'; });
  if (!allowed) return Fail(Bad("has a character in its host that no host name has"));
  if (host.front() == '.' || host.find("..") != std::string_view::npos) {
    return Fail(Bad("has an empty label in its host"));
  }
  return {};
}

Result<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return Fail(Bad("has a port that is not a number from 1 to 65535"));
  }
  return port;
}

// pchar and '/' of RFC 3986 section 3.3.
bool IsPathCharacter(char c) {
  constexpr std::string_view kAlso = "/%!$&'()*+,;=:@";
  return IsUnreserved(c) || kAlso.find(c) != std::string_view::npos;
}

Status CheckPath(std::string_view path) {
  if (!std::ranges::all_of(path, IsPathCharacter)) {
    return Fail(Bad("has a character in its path that must be percent-encoded"));
  }
  if (!PercentDecode(path)) return Fail(Bad("has a '%' without two hexadecimal digits"));
  return {};
}

}  // namespace

Result<Url> Url::Parse(std::string_view text) {
  if (text.size() > kUrlBytesMax) return Fail(Bad("is longer than 2048 bytes"));
  for (const char c : text) {
    if (c == ' ') return Fail(Bad("has a space in it"));
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return Fail(Bad("has a control character in it"));
    }
  }
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return Fail(Bad("does not begin with http:// or https://"));
  Url url;
  url.scheme = Lowered(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") {
    return Fail(Bad("has a scheme other than http and https"));
  }
  std::string_view rest = text.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) return Fail(Bad("has a fragment"));
  if (rest.find('?') != std::string_view::npos) return Fail(Bad("has a query"));

  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = rest.substr(slash);
  // Not repeated in the message: it may be a password.
  if (authority.find('@') != std::string_view::npos) return Fail(Bad("has user information"));

  if (authority.starts_with('[')) {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return Fail(Bad("has a '[' without a ']'"));
    const std::string_view host = authority.substr(1, bracket - 1);
    CULVERT_TRY(CheckIpv6(host));
    url.host = Lowered(host);
    authority.remove_prefix(bracket + 1);
    if (!authority.empty() && authority.front() != ':') {
      return Fail(Bad("has something other than a port after its host"));
    }
  } else {
    const std::string_view host = authority.substr(0, authority.find(':'));
    CULVERT_TRY(CheckHost(host));
    url.host = Lowered(host);
    authority.remove_prefix(host.size());
  }
  url.port = DefaultPort(url.scheme);
  if (!authority.empty()) {
    CULVERT_ASSIGN_OR_RETURN(url.port, ParsePort(authority.substr(1)));
  }
  CULVERT_TRY(CheckPath(path));
  while (path.ends_with('/')) path.remove_suffix(1);
  url.path = path;
  return url;
}

std::string Url::Authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != DefaultPort(scheme)) text.append(":").append(std::to_string(port));
  return text;
}

std::string Url::ToString() const { return scheme + "://" + Authority() + path; }

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
      continue;
    }
    const auto value = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kDigits[value >> 4];
    encoded += kDigits[value & 15];
  }
  return encoded;
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Fail(InvalidArgument("a '%' is not followed by two hexadecimal digits"));
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string EncodeQuery(const Query& query) {
  std::string text;
  for (const auto& [key, value] : query) {
    if (!text.empty()) text += '&';
    text += PercentEncode(key);
    if (!value.empty()) text.append("=").append(PercentEncode(value));
  }
  return text;
}

Result<Query> ParseQuery(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::string_view parameter = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), parameter.size() + 1));
    if (parameter.empty()) continue;
    if (query.size() == kParametersMax) {
      return Fail(InvalidArgument("a query has more than 1000 parameters"));
    }
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    CULVERT_ASSIGN_OR_RETURN(std::string key, PercentDecode(parameter.substr(0, equals)));
    CULVERT_ASSIGN_OR_RETURN(
        std::string value, PercentDecode(parameter.substr(std::min(parameter.size(), equals + 1))));
    query.emplace_back(std::move(key), std::move(value));
  }
  return query;
}

}  // namespace culvert::http
