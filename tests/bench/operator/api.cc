// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/operator/api.h"

#include "libs/base/file.h"
#include "libs/base/mutex.h"
#include "libs/kube/config.h"
#include "libs/kube/rest_client.h"

#include <atomic>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

namespace culvert::bench {
namespace {

constexpr std::size_t kKubeconfigBytesMax = 1024UL * 1024;

}  // namespace

Result<Api> Api::Open(const std::string& kubeconfig, Clock& clock) {
  CULVERT_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(kubeconfig, kKubeconfigBytesMax));
  const std::string directory = std::filesystem::path(kubeconfig).parent_path();
  CULVERT_ASSIGN_OR_RETURN(kube::Config config, kube::ParseKubeconfig(text, directory, "", clock));
  Api api;
  api.transport_ = http::MakeCurlTransport(kube::TransportOptions(config));
  api.client_ = kube::MakeRestClient(std::move(config), *api.transport_,
                                     {.user_agent = "operator-bench", .requests_per_second = 0});
  return api;
}

Status ForEachNumber(int count, int threads, const std::function<Status(int number)>& work) {
  std::atomic<int> next = 0;
  Mutex mutex;
  Status first;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) {
      workers.emplace_back([&] {
        for (int number = next++; number < count; number = next++) {
          Status done = work(number);
          if (done) continue;
          next = count;
          const MutexLock lock(mutex);
          if (first) first = std::move(done);
        }
      });
    }
  }
  return first;
}

}  // namespace culvert::bench
