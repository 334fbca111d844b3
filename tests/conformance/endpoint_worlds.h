// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/conformance/endpoint_world.h"

#include <memory>

// Every source and target that the suite is asked of. A maker returns null, with a failed check,
// when its world cannot be built.

namespace culvert::runner {

/// A table behind a download session of the emulator, read by the client over HTTP in a codec.
std::unique_ptr<SourceWorld> PlainTableSource();
std::unique_ptr<SourceWorld> ZstdTableSource();
/// Rows from a template with constant, increasing and random columns.
std::unique_ptr<SourceWorld> TemplateSource();
/// The fake of the engine's unit tests.
std::unique_ptr<SourceWorld> PlainFakeSource();
std::unique_ptr<SourceWorld> DeflatedFakeSource();

/// A table behind two upload sessions of the emulator.
std::unique_ptr<TargetWorld> TableTarget();
/// One that counts and discards, and one that prints.
std::unique_ptr<TargetWorld> DiscardingTarget();
std::unique_ptr<TargetWorld> PrintingTarget();
/// The fake of the engine's unit tests.
std::unique_ptr<TargetWorld> InMemoryTarget();

}  // namespace culvert::runner
