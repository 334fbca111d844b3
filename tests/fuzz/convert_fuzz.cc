// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/check.h"
#include "libs/convert/convert.h"
#include "libs/syncjob/manifest.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Any text: refused with a reason, or documents that the reader of manifests takes; or, where the
/// report says that a field is not done yet, refuses as unsupported and nothing else.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace culvert;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const convert::Comments comments : {convert::Comments::kRefuse, convert::Comments::kStrip}) {
    const auto conversion = convert::Convert(
        text, {.file_name = "f", .comments = comments, .parameters = {}, .names = {}});
    if (!conversion) {
      CULVERT_CHECK(conversion.error().message.starts_with("f:"));
      continue;
    }
    CULVERT_CHECK(conversion->refused == conversion->documents.empty());
    CULVERT_CHECK(!conversion->refused || !conversion->report.empty());
    if (conversion->refused) continue;
    syncjob::Manifest manifest;
    const Status read = syncjob::ParseManifest(conversion->documents, "d", manifest);
    CULVERT_CHECK(read.has_value() || read.error().reason == "Unsupported");
  }
  return 0;
}
