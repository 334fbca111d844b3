// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert {

/// The first characters of `text` that fit `bytes`: UTF-8 is not cut inside a character.
std::string CutText(std::string_view text, std::size_t bytes);

/// Length in bytes of the well-formed UTF-8 character at the front of `text`, which is not empty;
/// 0 where there is none.
std::size_t Utf8Length(std::string_view text);

}  // namespace culvert
