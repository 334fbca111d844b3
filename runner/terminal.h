// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/log.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace culvert::runner {

/// True when the descriptor is a terminal, where a person reads.
bool IsTerminal(int descriptor);

/// Columns of the terminal now (it may be resized); 80 when it does not say, or is none.
std::size_t TerminalColumns(int descriptor);

/// Writes all of it; an error is dropped: what a person reads is not worth a failure of the run.
void WriteText(int descriptor, std::string_view text);

/// A line of the log as a person reads it: `{"ts":...,"level":"info","msg":"resuming","job":"a",
/// "blocks_done":3}` is `resuming: job a, blocks done 3`, and a warning with one field
/// `warning: check the plan: no partition matches dt=2*`. Without its newline, and without control
/// characters. A line that is no JSON object stays as it is.
std::string PlainLogLine(std::string_view line);

/// Writes log lines, plain, to a terminal on which a progress bar may stand: the line takes the
/// bar's place in one write, and the bar is drawn again below it.
Logger::Sink TerminalSink(int descriptor);

}  // namespace culvert::runner
