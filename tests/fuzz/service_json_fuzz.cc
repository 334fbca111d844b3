// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/maxcompute/internal/error_mapping.h"
#include "libs/maxcompute/internal/instance_documents.h"
#include "libs/maxcompute/internal/session_json.h"
#include "libs/maxcompute/internal/table_answers.h"
#include "libs/maxcompute/internal/xml.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace culvert::maxcompute;
using namespace culvert::maxcompute::internal;

/// Whatever an answer holds, a failure to read it is told by a reason and by a message of bounded
/// length.
template <typename T>
void CheckTold(const culvert::Result<T>& result) {
  if (result) return;
  CULVERT_CHECK(!result.error().reason.empty());
  CULVERT_CHECK(result.error().message.size() < 1000);
}

void ReadErrors(std::string_view text) {
  for (const int status : {200, 302, 308, 400, 401, 403, 404, 409, 429, 500}) {
    const culvert::http::Response response{
        .status = status, .headers = {}, .body = std::string(text)};
    const culvert::Error error = MapFailure(response, "read it", "");
    CULVERT_CHECK(!error.reason.empty());
    CULVERT_CHECK(error.message.size() < 400);
    for (const char c : error.message) CULVERT_CHECK(static_cast<unsigned char>(c) >= 0x20);
  }
}

void ReadTables(std::string_view body) {
  CheckTold(ReadTable(body));
  Table table;
  CheckTold(ReadTableExtension(body, table));
  CheckTold(ReadPartition(body, {}));
}

}  // namespace

/// Any bytes as an answer of REST or Tunnel: every reader refuses them or makes values of them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadErrors(text);
  CheckTold(ReadDownloadSession(text));
  CheckTold(ReadUploadSession(text));
  CheckTold(ReadProject(text));
  CheckTold(ReadPartitionPage(text));
  CheckTold(ReadInstanceState(text));
  CheckTold(ReadTaskStatus(text));
  CheckTold(ReadInstanceResult(text));
  CheckTold(ReadInstancePage(text));
  CheckTold(ReadJobGuid(text));
  ReadTables(text);
  // The JSON inside of a table's XML.
  if (const auto cdata = XmlCdata(text)) {
    ReadTables("<Table><Schema>" + *cdata + "</Schema></Table>");
    ReadTables("<Partition><Schema>" + *cdata + "</Schema></Partition>");
  }
  return 0;
}
