// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/auth.h"

#include "emulator/router.h"
#include "libs/base/digest.h"
#include "libs/base/time_format.h"
#include "libs/http/url.h"
#include "libs/record/schema.h"

#include <algorithm>
#include <array>
#include <map>

namespace culvert::emulator {
namespace {

constexpr std::chrono::minutes kDateWindow{15};
constexpr std::string_view kScheme = "ODPS ";

// `<id>:<signature>`, or `<id>/<date>/<region>/odps/aliyun_v4_request:<signature>`.
struct Authorization {
  std::string id;
  std::string date;    // v4 only
  std::string region;  // v4 only
  std::string signature;
};

Error MissingAuthorization() {
  return Unauthenticated("The request authorization header is invalid or missing.")
      .Because("Unauthorized");
}

Result<Authorization> ReadAuthorization(const http::Headers& headers) {
  const std::string_view header = headers.Get("Authorization").value_or("");
  if (!header.starts_with(kScheme)) return Fail(MissingAuthorization());
  const std::string_view text = header.substr(kScheme.size());
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return Fail(MissingAuthorization());
  std::vector<std::string> parts;
  std::string_view who = text.substr(0, colon);
  for (std::size_t slash = who.find('/'); slash != std::string_view::npos; slash = who.find('/')) {
    parts.emplace_back(who.substr(0, slash));
    who.remove_prefix(slash + 1);
  }
  parts.emplace_back(who);
  Authorization read;
  read.signature = text.substr(colon + 1);
  read.id = parts[0];
  if (parts.size() == 5 && parts[3] == "odps" && parts[4] == "aliyun_v4_request") {
    read.date = parts[1];
    read.region = parts[2];
  } else if (parts.size() != 1) {
    return Fail(MissingAuthorization());
  }
  if (read.id.empty() || read.signature.empty()) return Fail(MissingAuthorization());
  return read;
}

std::string SignatureOf(const Authorization& who, std::string_view secret,
                        const std::string& canonical) {
  if (who.region.empty()) return Base64Encode(HmacSha1(AsBytes(secret), canonical));
  auto key = HmacSha256(AsBytes("aliyun_v4" + std::string(secret)), who.date);
  key = HmacSha256(key, who.region);
  key = HmacSha256(key, "odps");
  key = HmacSha256(key, "aliyun_v4_request");
  return Base64Encode(HmacSha1(key, canonical));  // SHA-1 in the last step (rest.md 3.3)
}

// '+' is a space to PyODPS's second reading of the query, and a plain '+' to everyone else.
std::string DecodeAgain(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  const Result<std::string> decoded = http::PercentDecode(spaced);
  return decoded ? *decoded : spaced;
}

// What the second decoding makes of a query: the whole of it is decoded, then cut, then decoded.
http::Query DecodeTwice(std::string_view raw) {
  http::Query query;
  const std::string text = http::PercentDecode(raw).value_or(std::string(raw));
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t ampersand = rest.find('&');
    const std::string_view item = rest.substr(0, ampersand);
    const std::size_t equals = item.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1);
    query.emplace_back(DecodeAgain(item.substr(0, equals)), DecodeAgain(value));
    if (ampersand == std::string_view::npos) break;
    rest.remove_prefix(ampersand + 1);
  }
  return query;
}

bool SameText(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

}  // namespace

Result<AccessKey> ParseAccessKey(std::string_view text) {
  AccessKey key;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    CULVERT_ASSIGN_OR_RETURN(key.expiry, ParseRfc3339(text.substr(at + 1)));
    text = text.substr(0, at);
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
    return Fail(InvalidArgument("an access key is ID:SECRET[:TOKEN][@EXPIRY]"));
  }
  key.id = text.substr(0, colon);
  std::string_view secret = text.substr(colon + 1);
  if (const std::size_t token = secret.find(':'); token != std::string_view::npos) {
    key.token = Secret(std::string(secret.substr(token + 1)));
    secret = secret.substr(0, token);
  }
  key.secret = Secret(std::string(secret));
  return key;
}

Result<std::string> CanonicalString(const SignedRequest& request, Decoding decoding) {
  const std::string_view target = request.raw_target;
  const std::size_t question = target.find('?');
  CULVERT_ASSIGN_OR_RETURN(const std::string path, http::PercentDecode(target.substr(0, question)));
  const std::string_view raw_query =
      question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
  http::Query query;
  if (decoding == Decoding::kTwice) {
    query = DecodeTwice(raw_query);
  } else {
    CULVERT_ASSIGN_OR_RETURN(query, http::ParseQuery(raw_query));
  }

  std::map<std::string, std::string> lines = {{"content-md5", ""}, {"content-type", ""}};
  for (const auto& [name, value] : request.headers.all()) {
    const std::string folded = record::FoldName(name);
    const bool plain = lines.contains(folded) || folded == "date";
    if (plain || folded.starts_with("x-odps-")) lines[folded] = value;
  }
  for (const auto& [name, value] : query) {
    const std::string folded = record::FoldName(name);
    if (folded.starts_with("x-odps-")) lines[folded] = value;
  }
  std::string text = request.method + "\n";
  for (const auto& [name, value] : lines) {
    if (name.starts_with("x-odps-")) text += name + ":";
    text += value + "\n";
  }
  text += RelativePath(path);
  // By name; parameters of one name stay in their order.
  const std::multimap<std::string, std::string> sorted(query.begin(), query.end());
  char separator = '?';
  for (const auto& [name, value] : sorted) {
    text += separator + name;
    if (!value.empty()) text += "=" + value;
    separator = '&';
  }
  return text;
}

void KeyRing::Put(AccessKey key) {
  const MutexLock lock(mutex_);
  const std::string id = key.id;
  keys_[id] = std::move(key);
}

Status KeyRing::Revoke(const std::string& id) {
  const MutexLock lock(mutex_);
  const auto found = keys_.find(id);
  if (found == keys_.end()) return Fail(NotFound("no access key " + RedactedKeyId(id)));
  found->second.revoked = true;
  return {};
}

Status KeyRing::Expire(const std::string& id, WallTime when) {
  const MutexLock lock(mutex_);
  const auto found = keys_.find(id);
  if (found == keys_.end()) return Fail(NotFound("no access key " + RedactedKeyId(id)));
  found->second.expiry = when;
  return {};
}

std::vector<KeyRing::Listed> KeyRing::List() const {
  const MutexLock lock(mutex_);
  std::vector<Listed> list;
  list.reserve(keys_.size());
  for (const auto& [id, key] : keys_) {
    list.push_back(
        {.id = id, .temporary = !key.token.empty(), .revoked = key.revoked, .expiry = key.expiry});
  }
  return list;
}

Status KeyRing::CheckDate(const http::Headers& headers) const {
  const auto text = headers.Get("Date");
  const Result<WallTime> date = ParseHttpDate(text.value_or(""));
  if (!date) {
    return Fail(Unauthenticated("the request has no valid Date header").Because("Unauthorized"));
  }
  const WallTime now = clock_.Now();
  if (*date > now - kDateWindow && *date < now + kDateWindow) return {};
  // The form that PyODPS parses (rest.md 3.5).
  const auto window = std::chrono::duration_cast<std::chrono::milliseconds>(kDateWindow);
  return Fail(Unauthenticated(
                  "max_interval_date:" + std::to_string(window.count()) +
                  ",expire_date:" + FormatRfc3339(*date + kDateWindow, Subseconds::kMilliseconds) +
                  ",now_date:" + FormatRfc3339(now, Subseconds::kMilliseconds))
                  .Because("RequestTimeTooSkewed"));
}

Result<std::string> KeyRing::Verify(const SignedRequest& request) const {
  CULVERT_ASSIGN_OR_RETURN(const Authorization who, ReadAuthorization(request.headers));
  AccessKey key;
  {
    const MutexLock lock(mutex_);
    const auto found = keys_.find(who.id);
    if (found == keys_.end() || found->second.revoked) {
      return Fail(Unauthenticated("accessKeyId not found").Because("InvalidAccessKeyId"));
    }
    key = found->second;
  }
  const WallTime now = clock_.Now();
  if (key.expiry && now >= *key.expiry) {
    // A temporary key that ran out is known to have been one; a plain one is simply gone
    // (rest.md 4.2).
    return Fail(key.token.empty()
                    ? Unauthenticated("accessKeyId not found").Because("InvalidAccessKeyId")
                    : Unauthenticated("the security token has expired")
                          .Because("AuthenticationRequestExpired"));
  }
  CULVERT_TRY(CheckDate(request.headers));
  if (!key.token.empty() &&
      !SameText(request.headers.Get("authorization-sts-token").value_or(""), key.token.Reveal())) {
    return Fail(
        Unauthenticated("accessKeyId not found: the security token is missing or another one")
            .Because("InvalidAccessKeyId"));
  }
  for (const Decoding decoding : {Decoding::kOnce, Decoding::kTwice}) {
    const Result<std::string> canonical = CanonicalString(request, decoding);
    if (!canonical) continue;
    if (SameText(SignatureOf(who, key.secret.Reveal(), *canonical), who.signature)) return who.id;
  }
  return Fail(Unauthenticated("User signature does not match").Because("SignatureNotMatch"));
}

std::string ClaimedKeyId(const http::Headers& headers) {
  const Result<Authorization> who = ReadAuthorization(headers);
  return who ? who->id : std::string();
}

}  // namespace culvert::emulator
