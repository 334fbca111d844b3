// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/clock.h"
#include "libs/base/log.h"
#include "libs/base/op_context.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "plugin/cluster.h"
#include "plugin/command_line.h"
#include "plugin/commands.h"

namespace {

constexpr std::chrono::seconds kBudget{60};

std::string FromEnvironment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? std::string() : std::string(value);
}

culvert::Result<std::string> Run(const culvert::OpContext& ctx,
                                 const culvert::plugin::CommandLine& line) {
  using namespace culvert::plugin;
  if (line.command == Command::kVersion) {
    return std::string("kubectl-culvert ") + kProgramVersion + "\n";
  }
  CULVERT_ASSIGN_OR_RETURN(const Cluster cluster,
                           OpenCluster({.flag = line.kubeconfig,
                                        .environment = FromEnvironment("KUBECONFIG"),
                                        .home = FromEnvironment("HOME"),
                                        .context = line.context},
                                       ctx.clock));
  const bool colours = ::isatty(STDOUT_FILENO) != 0 && FromEnvironment("NO_COLOR").empty();
  return RunCommand(ctx, *cluster.client,
                    line.name_space.empty() ? cluster.name_space : line.name_space, line, colours);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace culvert;
  std::signal(SIGPIPE, SIG_IGN);  // a reader that went away is a failed write
  const plugin::ParsedCommandLine parsed = plugin::ParseCommandLine(argc, argv);
  if (!parsed.line) return parsed.exit_code;
  const auto clock = MakeSystemClock();
  Logger log(LogLevel::kError, *clock, StderrSink());
  const OpContext ctx{.stop = {}, .clock = *clock, .log = log};
  const auto text = Run(ctx.WithTimeout(kBudget), *parsed.line);
  if (!text) {
    std::fputs(("error: " + text.error().message + "\n").c_str(), stderr);
    return 1;
  }
  const bool written = std::fwrite(text->data(), 1, text->size(), stdout) == text->size() &&
                       std::fflush(stdout) == 0;
  return written ? 0 : 1;
}
