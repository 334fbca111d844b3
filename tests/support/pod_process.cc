// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pod_process.h"

#include "libs/base/digest.h"
#include "libs/base/file.h"

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <utility>

namespace culvert::test {
namespace {

using nlohmann::json;

constexpr const char* kMountRoot = "/etc/culvert";
constexpr const char* kLastWordFile = "/dev/termination-log";
constexpr std::size_t kMessageBytesMax = 4096;

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  if (const std::size_t at = text.find(from); at != std::string::npos) {
    text.replace(at, from.size(), to);
  }
  return text;
}

void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

bool WriteSource(const json& source, const PodProcess::Volumes& volumes,
                 const std::string& directory) {
  const bool secret = source.contains("secret");
  const json& what = secret ? source["secret"] : source["configMap"];
  const auto files = secret
                         ? volumes.secret(what.contains("name") ? what["name"] : what["secretName"])
                         : volumes.config_map(what["name"]);
  if (!files) return what.value("optional", false);
  for (const auto& [key, text] : *files) WriteText(directory + "/" + key, text);
  return true;
}

bool Mount(const json& pod, const PodProcess::Volumes& volumes, const std::string& root) {
  const json& spec = pod["spec"];
  for (const json& mount : spec["containers"][0]["volumeMounts"]) {
    const std::string directory = Replaced(mount["mountPath"], kMountRoot, root);
    std::filesystem::create_directories(directory);
    for (const json& volume : spec["volumes"]) {
      if (volume["name"] != mount["name"]) continue;
      const json sources =
          volume.contains("projected") ? volume["projected"]["sources"] : json::array({volume});
      for (const json& source : sources) {
        if (!WriteSource(source, volumes, directory)) return false;
      }
    }
  }
  return true;
}

}  // namespace

std::unique_ptr<PodProcess> PodProcess::Start(const json& pod, const std::string& runner,
                                              const std::string& directory,
                                              const Volumes& volumes) {
  if (!Mount(pod, volumes, directory)) return nullptr;
  const std::string last_word = directory + "/termination-log";
  WriteText(last_word, "");
  ProcessOptions options;
  options.args.push_back(runner);
  const json& args = pod["spec"]["containers"][0]["args"];
  for (std::size_t i = 0; i < args.size(); ++i) {
    std::string arg = args[i];
    if (i > 0 && args[i - 1] == "--listen") arg = "127.0.0.1:0";
    if (arg == kLastWordFile) arg = last_word;
    options.args.push_back(Replaced(arg, kMountRoot, directory));
  }
  options.env["JOB_COMPLETION_INDEX"] =
      pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"];
  options.working_directory = directory;
  auto process = Process::Start(options);
  if (!process) return nullptr;
  return std::make_unique<PodProcess>(pod["metadata"]["name"], directory, *std::move(process));
}

void PodProcess::Stop() {
  process_->Signal(SIGTERM);
  static_cast<void>(process_->Wait(std::chrono::seconds(5)));
}

bool PodProcess::Kill() {
  constexpr int kKilled = 128 + SIGKILL;
  process_->Signal(SIGKILL);
  return process_->Wait(std::chrono::seconds(5)) == kKilled;
}

std::optional<PodProcess::Ending> PodProcess::End() {
  const auto code = process_->ExitCode();
  if (!code) return std::nullopt;
  Ending ending{
      .code = *code, .message = "", .log = process_->stdout_text() + process_->stderr_text()};
  if (const auto text = ReadWholeFile(directory_ + "/termination-log", kMessageBytesMax)) {
    ending.message = *text;
  }
  return ending;
}

PodProcess::Files PodProcess::FilesOf(const json& config_map) {
  std::map<std::string, std::string> files;
  const json data = config_map.value("data", json::object());
  const json binary = config_map.value("binaryData", json::object());
  for (const auto& [key, text] : data.items()) files[key] = text.get<std::string>();
  for (const auto& [key, text] : binary.items()) {
    files[key] = Base64Decode(text.get<std::string>()).value();
  }
  return files;
}

json PodProcess::Ended(json pod, const Ending& ending, const std::string& time) {
  pod["status"]["phase"] = ending.code == 0 ? "Succeeded" : "Failed";
  pod["status"]["containerStatuses"] =
      json::array({json{{"name", "runner"},
                        {"state",
                         {{"terminated",
                           {{"exitCode", ending.code},
                            {"reason", ending.code == 0 ? "Completed" : "Error"},
                            {"message", ending.message},
                            {"finishedAt", time}}}}}}});
  return pod;
}

}  // namespace culvert::test
