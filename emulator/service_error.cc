// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/service_error.h"

#include "libs/base/json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace culvert::emulator {
namespace {

struct Row {
  std::string_view code;
  int status;
  std::string_view prefix;  // in front of the message, where SDKs look for an ODPS number
};

// rest.md 4.2. Where it says that the status is inferred, this is the emulator's choice.
constexpr std::array kRows = {
    Row{"NoSuchProject", 404, "ODPS-0420111:Project not found - "},
    Row{"NoSuchTable", 404, "ODPS-0130131:Table not found - "},
    Row{"NoSuchObject", 404, ""},
    Row{"NoSuchPartition", 404, ""},
    Row{"NoSuchSchema", 404, ""},
    Row{"NoSuchUpload", 404, ""},
    Row{"NoSuchDownload", 404, ""},
    Row{"NoSuchInstance", 404, ""},
    Row{"Unauthorized", 401, ""},
    Row{"AuthorizationRequired", 401, ""},
    Row{"SignatureNotMatch", 401, "ODPS-0410042:Invalid signature value - "},
    Row{"InvalidAccessKeyId", 401, "ODPS-0410051:Invalid credentials - "},
    Row{"AuthenticationRequestExpired", 400, "ODPS-0410031:Authentication request expired - "},
    Row{"RequestTimeTooSkewed", 400, ""},
    Row{"NoPermission", 403, "ODPS-0420095: Access Denied - "},
    Row{"AccessDenied", 403, "ODPS-0420095: Access Denied - "},
    Row{"InvalidArgument", 400, ""},
    Row{"InvalidParameter", 400, ""},
    Row{"InvalidPartitionSpec", 400, ""},
    Row{"InvalidColumn", 400, ""},
    Row{"InvalidBlockID", 400, ""},
    Row{"InvalidRowRange", 400, ""},
    Row{"MethodNotAllowed", 405, ""},
    Row{"StatusConflict", 409, ""},
    Row{"TableModified", 409, ""},
    Row{"InConsistentBlockList", 409, ""},
    Row{"InstanceNotTerminate", 409, ""},
    Row{"TaskFailed", 400, ""},
    Row{"FlowExceeded", 429, ""},
    Row{"CorruptedDataStream", 400, ""},
    Row{"IncompleteBody", 400, ""},
    Row{"OverwriteModeNotAllowed", 400, ""},
    Row{"UnsupportedOperation", 400, ""},
    Row{"NotImplemented", 501, ""},
    Row{"ServiceUnavailable", 503, ""},
    Row{"InternalServerError", 500, ""},
};

std::string_view CodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kOutOfRange:
      return "InvalidArgument";
    case ErrorCode::kNotFound:
      return "NoSuchObject";
    case ErrorCode::kAlreadyExists:
      return "ObjectAlreadyExists";
    case ErrorCode::kPermissionDenied:
      return "NoPermission";
    case ErrorCode::kResourceExhausted:
      return "FlowExceeded";
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kAborted:
      return "StatusConflict";
    case ErrorCode::kUnimplemented:
      return "NotImplemented";
    case ErrorCode::kDataLoss:
      return "CorruptedDataStream";
    case ErrorCode::kUnauthenticated:
      return "Unauthorized";
    default:
      return "InternalServerError";
  }
}

}  // namespace

ServiceError MakeServiceError(std::string_view code, std::string message) {
  ServiceError error;
  error.status = 400;
  error.code = code;
  error.message = std::move(message);
  const auto* row = std::ranges::find(kRows, code, &Row::code);
  if (row != kRows.end()) {
    error.status = row->status;
    if (!error.message.starts_with("ODPS-")) {
      error.message = std::string(row->prefix) + error.message;
    }
  }
  return error;
}

ServiceError ToServiceError(const Error& error) {
  ServiceError answer =
      MakeServiceError(error.reason.empty() ? CodeOf(error.code) : error.reason, error.message);
  if (error.code == ErrorCode::kAlreadyExists && error.reason.empty()) answer.status = 409;
  if (error.retry_after) {
    answer.retry_after_seconds = static_cast<int>((error.retry_after->count() + 999) / 1000);
  }
  return answer;
}

void RespondError(Call& call, ErrorForm form, const ServiceError& error) {
  http::Response response;
  response.status = error.status;
  response.headers = error.headers;
  if (error.retry_after_seconds) {
    response.headers.Set("Retry-After", std::to_string(*error.retry_after_seconds));
  }
  if (form == ErrorForm::kJson) {
    response.headers.Set("Content-Type", "application/json");
    response.body = DumpJson(nlohmann::json{
        {"Code", error.code}, {"Message", error.message}, {"RequestId", call.request_id}});
  } else {
    const std::string_view host = call.exchange.headers().Get("Host").value_or("localhost");
    response.headers.Set("Content-Type", "application/xml");
    response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" +
                    EscapeXml(error.code) + "</Code><Message>" + EscapeXml(error.message) +
                    "</Message><RequestId>" + EscapeXml(call.request_id) +
                    "</RequestId><HostId>http://" + EscapeXml(host) + "</HostId></Error>";
  }
  // A client that went away needs no answer.
  (void)call.exchange.Respond(response);
}

void RespondBody(Call& call, int status, std::string_view content_type, std::string body) {
  http::Response response;
  response.status = status;
  if (!content_type.empty()) response.headers.Set("Content-Type", std::string(content_type));
  response.body = std::move(body);
  (void)call.exchange.Respond(response);
}

std::string EscapeXml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default: {
        const auto byte = static_cast<unsigned char>(c);
        const bool forbidden = byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
        if (forbidden) {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
      }
    }
  }
  return out;
}

}  // namespace culvert::emulator
