// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/convert/field_reader.h"
#include "libs/convert/yaml_text.h"

#include <cstdint>

namespace culvert::convert {

/// `spec.setting`, and how many channels the script asks for.
struct ConvertedSetting {
  YamlValue setting;
  std::int64_t channels = 1;
};

/// `setting` of a DataWorks script; `script` is the whole of it.
ConvertedSetting ReadDataWorksSetting(FieldReader& script);

/// `job.setting` of a DataX job with what `core` says of channels. `core` may be null.
ConvertedSetting ReadDataXSetting(FieldReader& job, const ScriptNode* core);

}  // namespace culvert::convert
