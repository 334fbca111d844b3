// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0

// How fast the transport and the server move bytes over loopback, in one process:
// `http_bench [connections] [MiB per connection]` prints one line a direction.
#include "libs/base/clock.h"
#include "libs/base/log.h"
#include "libs/http/beast_server.h"
#include "libs/http/curl_transport.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <thread>
#include <vector>

namespace culvert {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr double kMega = 1e6;

void Serve(http::ServerExchange& exchange, const std::vector<std::byte>& piece,
           std::uint64_t total) {
  http::Response response;
  response.status = 200;
  if (exchange.method() == "PUT") {
    std::uint64_t got = 0;
    while (true) {
      const auto bytes = exchange.ReadBody();
      if (!bytes) return;
      if (bytes->empty()) break;
      got += bytes->size();
    }
    response.body = std::to_string(got);
    exchange.Respond(response);
    return;
  }
  if (!exchange.Begin(response)) return;
  for (std::uint64_t sent = 0; sent < total; sent += piece.size()) {
    if (!exchange.Write(piece)) return;
  }
  exchange.End();
}

double CpuSeconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

// Runs `work` once a connection and prints megabytes a second and processor seconds a gigabyte.
int Measure(const char* name, int connections, std::uint64_t total, Clock& clock,
            const std::function<bool()>& work) {
  std::atomic<int> failures = 0;
  const SteadyTime begin = clock.SteadyNow();
  const double cpu = CpuSeconds();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < connections; ++i) {
      threads.emplace_back([&] {
        if (!work()) ++failures;
      });
    }
  }
  const double seconds = std::chrono::duration<double>(clock.SteadyNow() - begin).count();
  const double megabytes = static_cast<double>(total) * connections / kMega;
  std::printf("http %-8s connections=%d  %8.0f MB/s  %.3f cpu s/GB (both ends)%s\n", name,
              connections, megabytes / seconds, (CpuSeconds() - cpu) / (megabytes / 1000),
              failures > 0 ? "  FAILED" : "");
  return failures;
}

int Run(int connections, std::uint64_t total) {
  const std::vector<std::byte> piece(kPieceBytes, std::byte{'x'});
  const auto server = http::StartBeastServer(
      {}, [&](http::ServerExchange& exchange) { Serve(exchange, piece, total); });
  if (!server) return 1;
  const std::string url = "http://127.0.0.1:" + std::to_string((*server)->port()) + "/";
  http::CurlTransportOptions options;
  options.allow_plain_http = true;
  const auto transport = http::MakeCurlTransport(options);
  const auto clock = MakeSystemClock();
  Logger log(LogLevel::kError, *clock, StderrSink());
  const OpContext ctx{{}, SteadyTime::max(), *clock, log};

  const auto download = [&] {
    http::Request request;
    request.url = url;
    const auto stream = transport->Download(ctx, request);
    if (!stream) return false;
    std::uint64_t got = 0;
    while (true) {
      const auto bytes = (*stream)->Read(ctx);
      if (!bytes) return false;
      if (bytes->empty()) return got == total;
      got += bytes->size();
    }
  };
  const auto upload = [&] {
    http::Request request;
    request.method = "PUT";
    request.url = url;
    const auto stream = transport->Upload(ctx, request);
    if (!stream) return false;
    for (std::uint64_t sent = 0; sent < total; sent += piece.size()) {
      if (!(*stream)->Write(ctx, piece)) return false;
    }
    const auto response = (*stream)->Finish(ctx);
    return response && response->body == std::to_string(total);
  };
  return Measure("download", connections, total, *clock, download) +
         Measure("upload", connections, total, *clock, upload);
}

}  // namespace
}  // namespace culvert

int main(int argc, char** argv) {
  const int connections = argc > 1 ? std::atoi(argv[1]) : 1;
  const std::uint64_t mebibytes = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2048;
  return culvert::Run(std::max(1, connections), std::max<std::uint64_t>(1, mebibytes) << 20) == 0
             ? 0
             : 1;
}
