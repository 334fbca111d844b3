// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/libs/http/fake_dns.h"

#include "libs/base/check.h"

#include <dlfcn.h>
#include <netdb.h>

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>

namespace {

struct Script {
  std::mutex mutex;
  std::string name;
  std::vector<std::vector<std::string>> answers;
  int lookups = 0;
};

Script& TheScript() {
  static Script script;
  return script;
}

using GetAddrInfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

GetAddrInfo SystemResolver() {
  static const auto system = reinterpret_cast<GetAddrInfo>(dlsym(RTLD_NEXT, "getaddrinfo"));
  CULVERT_CHECK(system != nullptr);
  return system;
}

// The addresses to answer with; none: the name is not ours.
std::vector<std::string> AnswerTo(const char* node) {
  Script& script = TheScript();
  const std::lock_guard lock(script.mutex);
  if (node == nullptr || script.answers.empty() || script.name != node) return {};
  const auto last = static_cast<int>(script.answers.size()) - 1;
  return script.answers[static_cast<std::size_t>(std::min(script.lookups++, last))];
}

}  // namespace

// Takes the place of the C library's function for every library of the process.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node,
                                                                  const char* service,
                                                                  const addrinfo* hints,
                                                                  addrinfo** result) {
  const std::vector<std::string> answer = AnswerTo(node);
  if (answer.empty()) return SystemResolver()(node, service, hints, result);
  addrinfo** end = result;
  for (const std::string& address : answer) {
    if (const int failed = SystemResolver()(address.c_str(), service, hints, end); failed != 0) {
      return failed;
    }
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return 0;
}

namespace culvert::http {

FakeDns::FakeDns(std::string name, std::vector<std::vector<std::string>> answers) {
  Script& script = TheScript();
  const std::lock_guard lock(script.mutex);
  CULVERT_CHECK(script.answers.empty() && !answers.empty());
  script.name = std::move(name);
  script.answers = std::move(answers);
  script.lookups = 0;
}

FakeDns::~FakeDns() {
  Script& script = TheScript();
  const std::lock_guard lock(script.mutex);
  script.answers.clear();
}

int FakeDns::lookups() const {
  Script& script = TheScript();
  const std::lock_guard lock(script.mutex);
  return script.lookups;
}

}  // namespace culvert::http
