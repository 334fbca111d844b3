// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert {

/// The first characters of `text` that fit `bytes`: UTF-8 is not cut inside a character.
std::string CutText(std::string_view text, std::size_t bytes);

}  // namespace culvert
