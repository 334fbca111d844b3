// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/file.h"
#include "libs/http/curl_transport.h"
#include "tests/integration/runner_fixture.h"
#include "tests/support/poll.h"
#include "tests/support/status_matchers.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace culvert::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::seconds kSecretPatience{60};
constexpr const char* kCanaryId = "AKCANARY7Q2ZT5XW";
constexpr const char* kCanarySecret = "canary-4f1d8e5b90c2a7";
// Another group than this process: the kernel gives /proc/PID to a process's own group as long as
// its memory may be dumped, and to root's after that.
constexpr gid_t kGroup = 65532;

/// A program that may dump its memory as far as this process may let it; all output in one file.
class DumpableProgram {
 public:
  DumpableProgram(std::vector<std::string> args, std::string output, const std::string& directory)
      : output_(std::move(output)) {
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    // Only calls that are safe after a fork of a program with threads.
    rlimit cores{};
    ::getrlimit(RLIMIT_CORE, &cores);
    cores.rlim_cur = cores.rlim_max;
    ::setrlimit(RLIMIT_CORE, &cores);
    [[maybe_unused]] const int group = ::setgid(kGroup);  // as root alone; the test looks
    const int file = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    if (::chdir(directory.c_str()) == 0) ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  DumpableProgram(const DumpableProgram&) = delete;
  DumpableProgram& operator=(const DumpableProgram&) = delete;
  ~DumpableProgram() {
    if (pid_ > 0) End(SIGKILL);
  }

  /// Sends a signal and waits for the end, whose status it returns.
  int End(int number) {
    int status = 0;
    ::kill(pid_, number);
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return status;
  }
  std::string Output() const { return ReadWholeFile(output_, kBytesMax).value_or(""); }
  /// A file of /proc/PID.
  std::string Proc(const std::string& name) const {
    return ReadWholeFile(ProcPath(name), kBytesMax).value_or("");
  }
  /// Whether the kernel lets others of the process's user and group read its memory, or dumps it.
  bool IsDumpable() const {
    struct stat owner{};
    if (::stat(ProcPath("environ").c_str(), &owner) != 0) return true;
    return ::geteuid() == 0 ? owner.st_gid == kGroup : owner.st_uid != 0;
  }

 private:
  std::string ProcPath(const std::string& name) const {
    return "/proc/" + std::to_string(pid_) + "/" + name;
  }
  static constexpr std::size_t kBytesMax = 16UL * 1024 * 1024;
  std::string output_;
  pid_t pid_ = -1;
};

class ProgramSecretsTest : public RunnerFixture {
 protected:
  void SetUp() override {
    options_.access_keys.push_back(std::string(kCanaryId) + ":" + kCanarySecret);
    Start();
  }

  static void ExpectNoCanary(const std::string& text, const std::string& what) {
    EXPECT_THAT(text, Not(HasSubstr(kCanaryId))) << what;
    EXPECT_THAT(text, Not(HasSubstr(kCanarySecret))) << what;
  }
  /// Nothing of a process's memory can come out, not even by the signal of a failed assertion.
  static void ExpectProtected(DumpableProgram& program) {
    EXPECT_FALSE(program.IsDumpable());
    EXPECT_THAT(program.Proc("limits"), ContainsRegex("Max core file size +0 +0 "));
    const int status = program.End(SIGABRT);
    ASSERT_TRUE(WIFSIGNALED(status)) << status;
    EXPECT_EQ(WTERMSIG(status), SIGABRT);
    EXPECT_FALSE(WCOREDUMP(status));
  }
};

TEST_F(ProgramSecretsTest, AProgramThatIsNotProtectedLooksDifferent) {
  DumpableProgram program({"/bin/sleep", "60"}, dir() / "sleep.log", dir() / "");
  ASSERT_TRUE(Eventually(kSecretPatience, [&] { return program.Proc("comm") == "sleep\n"; }));
  EXPECT_TRUE(program.IsDumpable());
}

// Feature: Keys in job files and logs
TEST_F(ProgramSecretsTest, KeysOfARunnerAreInFilesAndMemoryAlone) {
  MakeTable("source", "id bigint, name string, note string");
  MakeTable("target", "id bigint, name string, note string");
  Fill("source", 40'000);
  std::filesystem::create_directories(dir() / "keys/key");
  WriteFile("keys/key/accessKeyId", kCanaryId);
  WriteFile("keys/key/accessKeySecret", kCanarySecret);
  const std::string plan = dir() / "plan.json";
  const ProcessOutcome planned =
      Runner({RunnerProgram(), "plan", "-f", WriteJob({}), "-o", plan, "--attempt", "1"});
  ASSERT_EQ(planned.exit_code, 0) << planned.stderr_text;
  const std::string knobs = WriteFile("knobs.json", R"({"throttle":true,"mbps":0.2,"streams":1})");
  std::filesystem::create_directories(dir() / "work");
  DumpableProgram runner(
      {RunnerProgram(), "transfer", "--plan", plan, "--shard", "0", "--credentials", dir() / "keys",
       "--progress", "json", "--listen", "127.0.0.1:0", "-o", dir() / "work/report", "--knobs",
       knobs, "--log-level", "debug"},
      dir() / "work/runner.log", dir() / "work");
  const std::string mark = "\"msg\":\"serving progress and metrics\",\"port\":";
  http::CurlTransportOptions options;
  options.allow_plain_http = true;
  const auto transport = http::MakeCurlTransport(options);
  const auto get = [&](const std::string& path) {
    const std::string log = runner.Output();
    const std::size_t at = log.find(mark);
    if (at == std::string::npos) return std::string();
    const std::string port = std::to_string(std::atoi(log.c_str() + at + mark.size()));
    const auto response = transport->Send(
        context_.ctx(kSecretPatience),
        {.method = "GET", .url = "http://127.0.0.1:" + port + path, .headers = {}, .body = {}});
    return response ? response->body : std::string();
  };
  const std::string used =
      "culvert_runner_http_requests_total{code=\"2xx\",endpoint=\"download\"} 1\n";
  ASSERT_TRUE(Eventually(kSecretPatience, [&] {
    return get("/metrics").find(used) != std::string::npos;
  })) << runner.Output();

  ExpectNoCanary(get("/metrics"), "metrics");
  ExpectNoCanary(get("/progress"), "progress");
  ExpectNoCanary(runner.Proc("environ"), "environment");
  ExpectNoCanary(runner.Proc("cmdline"), "arguments");
  EXPECT_THAT(runner.Proc("cmdline"), HasSubstr("--credentials"));
  ExpectProtected(runner);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir() / "work")) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const auto text = ReadWholeFile(entry.path().string(), 1UL << 30);
    ASSERT_THAT(text, IsOk()) << entry.path();
    ExpectNoCanary(*text, entry.path().string());
  }
  EXPECT_GE(files, 1U);  // its log at least, and no core
}

TEST_F(ProgramSecretsTest, AnOperatorsMemoryIsProtectedToo) {
  const std::string config = WriteFile(
      "kubeconfig",
      "apiVersion: v1\nkind: Config\ncurrent-context: here\n"
      "contexts: [{name: here, context: {cluster: here, user: here, namespace: default}}]\n"
      "clusters: [{name: here, cluster: {server: 'http://127.0.0.1:1'}}]\n"
      "users: [{name: here, user: {token: " +
          std::string(kCanarySecret) + "}}]\n");
  const std::string program =
      std::filesystem::path(RunnerProgram()).replace_filename("culvert-operator");
  DumpableProgram control(
      {program, "--kubeconfig", config, "--runner-image", "culvert/runner", "--log-level", "debug"},
      dir() / "operator.log", dir() / "");
  // It keeps trying to reach the API server, for a minute.
  ASSERT_TRUE(Eventually(kSecretPatience, [&] {
    return control.Proc("comm") == "culvert-operato\n" && !control.IsDumpable();
  })) << control.Output();
  ExpectNoCanary(control.Proc("environ"), "environment");
  ExpectNoCanary(control.Proc("cmdline"), "arguments");
  ExpectProtected(control);
  ExpectNoCanary(control.Output(), "log");
}

}  // namespace
}  // namespace culvert::test
