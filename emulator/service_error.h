// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/router.h"
#include "libs/base/error.h"

#include <optional>
#include <string>

namespace culvert::emulator {

/// An error as the service answers it (rest.md 4).
struct ServiceError {
  int status = 500;
  std::string code = "InternalServerError";
  std::string message;
  std::optional<int> retry_after_seconds;
  http::Headers headers;  // further ones
};

/// The service's answer for an internal error. `reason` is the service's code where it has one
/// (NoSuchTable -> 404 and `ODPS-0130131:` in front of the message); else the error's class
/// decides.
ServiceError ToServiceError(const Error& error);
/// The same from a code of the service; status by the table of rest.md 4.2.
ServiceError MakeServiceError(std::string_view code, std::string message);

/// Answers `call` with `error`.
void RespondError(Call& call, ErrorForm form, const ServiceError& error);
inline void RespondXmlError(Call& call, const Error& error) {
  RespondError(call, ErrorForm::kXml, ToServiceError(error));
}
inline void RespondJsonError(Call& call, const Error& error) {
  RespondError(call, ErrorForm::kJson, ToServiceError(error));
}

/// Answers with a whole body; `content_type` such as "application/json".
void RespondBody(Call& call, int status, std::string_view content_type, std::string body);

/// Text with `& < > " '` escaped for XML; characters that XML 1.0 forbids become U+FFFD.
std::string EscapeXml(std::string_view text);

}  // namespace culvert::emulator
