// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/process.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace culvert::test {

/// A pod as a process of the program under test: what its volumes hold as files, its arguments with
/// the paths of these files, its termination message as a file.
class PodProcess {
 public:
  /// Key -> value of a Secret or ConfigMap (binary data decoded), or nothing when there is none.
  using Files = std::optional<std::map<std::string, std::string>>;
  struct Volumes {
    std::function<Files(const std::string& name)> secret;
    std::function<Files(const std::string& name)> config_map;
  };
  struct Ending {
    int code = 0;
    std::string message;
    std::string log;
  };

  /// Null while a volume of the pod is missing. `directory`: for the files, made if need be.
  static std::unique_ptr<PodProcess> Start(const nlohmann::json& pod, const std::string& runner,
                                           const std::string& directory, const Volumes& volumes);
  PodProcess(std::string name, std::string directory, std::unique_ptr<Process> process)
      : name_(std::move(name)), directory_(std::move(directory)), process_(std::move(process)) {}

  const std::string& name() const { return name_; }
  void Signal(int number) { process_->Signal(number); }
  /// SIGKILL, and its end; false when it had ended by itself.
  bool Kill();
  /// SIGTERM, and its end.
  void Stop();
  /// Nothing while it runs.
  std::optional<Ending> End();

  /// What a ConfigMap holds.
  static Files FilesOf(const nlohmann::json& config_map);
  /// `pod` as it is after such an end.
  static nlohmann::json Ended(nlohmann::json pod, const Ending& ending, const std::string& time);

 private:
  const std::string name_;
  const std::string directory_;
  const std::unique_ptr<Process> process_;
};

}  // namespace culvert::test
