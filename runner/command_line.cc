// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "runner/command_line.h"

#include "libs/http/endpoint_rules.h"
#include "libs/syncjob/plan.h"
#include "libs/syncjob/report.h"

#include <CLI/CLI.hpp>

#include <array>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace culvert::runner {
namespace {

constexpr const char* kAbout =
    "Moves tables in and out of MaxCompute through its Tunnel service.\n"
    "\n"
    "A job is a SyncJob document with the DataSource and Secret documents that it names: the same\n"
    "YAML as on a cluster. `run` does all of it on this machine; `plan`, `prepare`, `transfer`,\n"
    "`commit` and `work` are its steps, one process each, as pods run them.\n";

constexpr const char* kExamples =
    "Examples:\n"
    "  culvert-runner explain -f job.yaml          what would run; sends no write request\n"
    "  culvert-runner run -f job.yaml              runs it; after an interruption: goes on\n"
    "  culvert-runner convert script.json          a DataWorks or DataX job as documents\n"
    "  culvert-runner run --help                   all flags of a command, with examples\n"
    "\n"
    "Exit codes:\n"
    "  0 done                        14 too many dirty rows     21 credentials rejected\n"
    "  10 wrong job, flags or state  15 source changed          30 transient: try again\n"
    "  11 columns do not fit         16 session expired         31 throttled\n"
    "  12 not found                  17 unsupported             32 no disk or memory here\n"
    "  13 denied                     20 credentials missing     41 commit outcome unknown\n"
    "  143 stopped by a signal       A failure prints one line, error: MESSAGE [Reason].\n";

constexpr const char* kRunExamples =
    "Examples:\n"
    "  culvert-runner run -f job.yaml                 the same again after an interruption: goes "
    "on\n"
    "  culvert-runner run -f job.yaml -f keys.yaml    documents from several files\n"
    "  culvert-runner run -f job.yaml --credentials /etc/keys\n"
    "                                                 keys in /etc/keys/SECRET/accessKeyId, ...\n"
    "  culvert-runner run -f job.yaml --again         a finished job once more\n"
    "  culvert-runner run -f job.yaml --cycle-time 2025-03-31T00:10:05 -p 'day=${yyyymmdd}'\n"
    "                                                 a job that says partition: dt=${day}\n"
    "  kubectl get sj,dsrc,secret -o yaml | culvert-runner run -f - --job nightly\n";

constexpr const char* kReplayExamples =
    "Example, after a run left dirty rows and the job or its target was mended:\n"
    "  culvert-runner replay-dirty -f job.yaml --from dirty/default/orders/1-3f2a9c0d11e2ab45\n"
    "Adds the rows to the target once, however often it is called; an interrupted replay goes on.\n"
    "Rows that are dirty again are kept in DIR/replay/dirty, and can be replayed from there.\n";

constexpr const char* kFetchExamples =
    "Example, for a job whose dirtySink is a table; the report names the run:\n"
    "  culvert-runner fetch-dirty -f job.yaml --run orders-1-3f2a9c0d11e2ab45 --to orders-1\n"
    "  culvert-runner replay-dirty -f job.yaml --from orders-1\n"
    "Fetch a run once: rows that were replayed from one directory are added again from another.\n";

constexpr const char* kExplainExamples =
    "Example:\n"
    "  culvert-runner explain -f job.yaml\n"
    "Asks for tables and partitions only: opens no session and writes nothing.\n";

constexpr const char* kConvertExamples =
    "Examples:\n"
    "  culvert-runner convert orders.json -o orders.yaml\n"
    "  culvert-runner convert orders.json -p day=20250330 --name orders-20250330 -o orders.yaml\n"
    "  culvert-runner convert - --strip-comments < device_log.json | kubectl apply -f -\n"
    "Standard error says for each field of the script what became of it: carried, left out and\n"
    "why, not done yet by this version, or why it stops the conversion (exit code 10). What would\n"
    "move other rows is never dropped. Keys of the script go into a Secret and into no message.\n"
    "docs/migration.md explains every field.\n";

constexpr const char* kPlanExamples =
    "Example, all four steps by hand:\n"
    "  culvert-runner plan -f job.yaml -o plan.json\n"
    "  culvert-runner prepare --plan plan.json --credentials keys\n"
    "  culvert-runner transfer --plan plan.json --credentials keys --shard 0 -o reports/0.json\n"
    "  culvert-runner commit --plan plan.json --credentials keys --reports reports\n";

constexpr const char* kPrepareExamples =
    "Example:\n"
    "  culvert-runner prepare --plan plan.json --credentials keys\n"
    "Does nothing where the plan has no SQL to run.\n";

constexpr const char* kTransferExamples =
    "Example:\n"
    "  culvert-runner transfer --plan plan.json --credentials keys --shard 0 -o reports/0.json\n"
    "May be repeated: the same rows go under the same block ids.\n";

constexpr const char* kCommitExamples =
    "Example:\n"
    "  culvert-runner commit --plan plan.json --credentials keys --reports reports\n"
    "Needs the report of every shard; may be repeated: what is committed is asked first.\n";

constexpr const char* kWorkExamples =
    "Example:\n"
    "  culvert-runner work --plan plan --credentials keys --decision decision\n"
    "For runs that are small enough for one process; may be repeated, as each step of it may.\n";

void AddJobFlags(CLI::App& app, CommandLine& line) {
  app.add_option("-f,--file", line.files,
                 "Documents of the job; - is standard input; may be given several times")
      ->type_name("FILE")
      ->required()
      ->take_all();
  app.add_option("--job", line.job,
                 "NAME or NAMESPACE/NAME of the SyncJob, where the documents hold several")
      ->type_name("NAME");
  app.add_option("-p,--parameter", line.parameters.assignments,
                 "Value of the placeholder ${NAME} in table, partition, column or where: a\n"
                 "text with dates in it, as in -p 'day=${yyyymmdd-1}'; may be given several times")
      ->type_name("NAME=VALUE")
      ->take_all();
  CLI::Option* cycle =
      app.add_option("--cycle-time", line.parameters.cycle_time,
                     "When the run was planned, such as 2025-03-31T00:10:05: what the dates of\n"
                     "placeholders are counted from; ${yyyymmdd} is the day before it")
          ->type_name("TIME");
  app.add_option("--time-zone", line.parameters.time_zone,
                 "Zone of these dates, such as Europe/Berlin (default Asia/Shanghai)")
      ->type_name("ZONE")
      ->needs(cycle);
}

void AddCredentialsFlag(CLI::App& app, CommandLine& line) {
  app.add_option("--credentials", line.credentials_directory,
                 "Keys as Kubernetes mounts them: DIR/SECRET/accessKeyId, accessKeySecret\n"
                 "and securityToken; read instead of Secret documents")
      ->type_name("DIR");
}

void AddCredentialsWaitFlag(CLI::App& app, CommandLine& line) {
  app.add_option_function<std::int64_t>(
         "--credentials-wait",
         [&line](const std::int64_t& given) {
           line.credentials_wait = std::chrono::seconds(given);
         },
         "How long a key that is missing or rejected is waited for (default 180)")
      ->type_name("SECONDS")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{syncjob::kCredentialsWait.count()})
                  .description(""));
}

// What is wrong with an entry of the list; empty: nothing.
std::string EndpointProblem(const std::vector<std::string>& allow,
                            const std::vector<std::string>& refuse) {
  const auto rules = http::EndpointRules::Make(allow, refuse);
  return rules ? std::string() : rules.error().message;
}

void AddEndpointFlags(CLI::App& app, CommandLine& line) {
  CLI::Option* allow =
      app.add_option("--endpoint-allow", line.endpoint_allow,
                     "Where endpoints may be: default (all but loopback, link-local and metadata\n"
                     "addresses), a host, *.DOMAIN or a network; may be given several times\n"
                     "(without: anywhere, for your own file on your own machine)")
          ->type_name("ENTRY")
          ->allow_extra_args(false)
          ->check([](const std::string& entry) { return EndpointProblem({entry}, {}); });
  app.add_option("--endpoint-refuse", line.endpoint_refuse,
                 "Network without endpoints, but for those that --endpoint-allow names by host or\n"
                 "network; may be given several times")
      ->type_name("NETWORK")
      ->allow_extra_args(false)
      ->needs(allow)
      ->check([](const std::string& entry) {
        return EndpointProblem({std::string(http::EndpointRules::kDefault)}, {entry});
      });
}

void AddDirtyFlag(CLI::App& app, CommandLine& line, const char* what) {
  app.add_option("--dirty-directory", line.dirty_directory, what)->type_name("DIR");
}
constexpr const char* kDirtyMount = "Where the claim of the job's dirtySink is mounted";

void AddListenFlag(CLI::App& app, CommandLine& line) {
  app.add_option_function<std::string>(
         "--listen",
         [&line](const std::string& text) {
           if (auto address = http::ListenAddress::Parse(text)) line.listen = *std::move(address);
         },
         "Serve /livez, /readyz, /progress and /metrics here (:9090 is every address)")
      ->type_name("ADDRESS:PORT")
      ->check([](const std::string& text) {
        const auto address = http::ListenAddress::Parse(text);
        return address ? std::string() : address.error().message;
      });
}

void AddPlanFlag(CLI::App& app, CommandLine& line) {
  app.add_option("--plan", line.plan_file,
                 "The recorded plan: as `plan -o` wrote it, or the directory of a record")
      ->type_name("PATH")
      ->required();
}

CLI::Option* AddDecisionFlag(CLI::App& app, CommandLine& line) {
  return app
      .add_option("--decision", line.decision_directory,
                  "Directory of the recorded decision to commit")
      ->type_name("DIR");
}

void AddLastWordFlag(CLI::App& app, CommandLine& line) {
  app.add_option("--termination-log", line.last_word_file,
                 "What the step did, or why it did not, goes here too: JSON of 4 KiB at most")
      ->type_name("FILE");
}

void AddKnobsFlag(CLI::App& app, CommandLine& line) {
  app.add_option("--knobs", line.knobs_file,
                 "JSON file with this process's share of the speed, followed while it runs:\n"
                 "{\"throttle\": true, \"mbps\": 12.5, \"recordsPerSecond\": 4000, \"streams\": 2}")
      ->type_name("FILE");
}

void AddOutputFlag(CLI::App& app, CommandLine& line, const char* what) {
  app.add_option("-o,--output", line.output, what)->type_name("FILE");
}

constexpr std::array kScriptFormats = {std::pair{"auto", convert::Format::kAuto},
                                       std::pair{"dataworks", convert::Format::kDataWorks},
                                       std::pair{"datax", convert::Format::kDataX}};
constexpr std::array kLogLevels = {
    std::pair{"debug", LogLevel::kDebug}, std::pair{"info", LogLevel::kInfo},
    std::pair{"warn", LogLevel::kWarn}, std::pair{"error", LogLevel::kError}};
constexpr std::array kProgressStyles = {
    std::pair{"auto", ProgressStyle::kAuto}, std::pair{"bar", ProgressStyle::kBar},
    std::pair{"json", ProgressStyle::kJson}, std::pair{"none", ProgressStyle::kNone}};

// A flag whose values are words. A wrong one is told with those there are.
template <const auto& kChoices, typename Value>
CLI::Option* AddChoice(CLI::App& app, const char* flag, Value& into) {
  std::vector<std::string> words;
  words.reserve(kChoices.size());
  for (const auto& choice : kChoices) words.emplace_back(choice.first);
  const auto take = [&into](const std::string& given) {
    for (const auto& [word, value] : kChoices) {
      if (given == word) into = value;
    }
  };
  return app.add_option_function<std::string>(flag, take)
      ->transform(CLI::IsMember(std::move(words), CLI::ignore_case).description(""));
}

// Wherever they stand, before the command or behind it.
void AddOutputStyleFlags(CLI::App& app, CommandLine& line) {
  AddChoice<kLogLevels>(app, "--log-level", line.log_level)
      ->type_name("LEVEL")
      ->description(
          "Least that is logged on standard error: debug, info, warn or error\n"
          "(default info)");
  AddChoice<kProgressStyles>(app, "--progress", line.progress)
      ->type_name("STYLE")
      ->description(
          "auto, bar, json or none (default auto: a bar on a terminal, a JSON\n"
          "line a second elsewhere)");
}

// `name=value`; what is wrong with it otherwise.
std::string ParameterProblem(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals != std::string::npos && equals > 0) return {};
  return "must be NAME=VALUE, such as day=20250330";
}

void AddConvertFlags(CLI::App& app, CommandLine& line) {
  app.add_option("-f,--file,SCRIPT", line.files, "The script; - is standard input")
      ->type_name("FILE")
      ->required()
      ->expected(1);
  AddChoice<kScriptFormats>(app, "--format", line.script_format)
      ->type_name("FORMAT")
      ->description("dataworks or datax (default auto: told by the script's fields)");
  app.add_flag_function(
      "--strip-comments",
      [&line](std::int64_t) { line.script_comments = convert::Comments::kStrip; },
      "Take // and /* */ outside of strings for blanks; JSON has no comments, so\n"
      "they stop the conversion otherwise");
  app.add_option_function<std::vector<std::string>>(
         "-p,--parameter",
         [&line](const std::vector<std::string>& given) {
           for (const std::string& text : given) {
             const std::size_t equals = text.find('=');
             line.script_parameters.emplace_back(text.substr(0, equals), text.substr(equals + 1));
           }
         },
         "The value of ${NAME} in the script; may be given several times")
      ->type_name("NAME=VALUE")
      ->check(ParameterProblem)
      ->allow_extra_args(false);
  app.add_option("--name", line.name,
                 "Name of the SyncJob (default: from the tables, orders-to-dwd-orders)")
      ->type_name("NAME");
  app.add_option("--namespace", line.name_space,
                 "Namespace of the documents (default: none, kubectl's own)")
      ->type_name("NAME");
  AddOutputFlag(app, line, "Where the documents go (default: standard output)");
}

void AddCommands(CLI::App& app, CommandLine& line) {
  const auto command = [&app, &line](const char* name, const char* about, Command which,
                                     const char* examples) {
    CLI::App* sub = app.add_subcommand(name, about);
    sub->callback([&line, which] { line.command = which; });
    sub->footer(examples);
    return sub;
  };
  CLI::App* run =
      command("run", "Run a job on this machine, with a journal", Command::kRun, kRunExamples);
  AddJobFlags(*run, line);
  AddCredentialsFlag(*run, line);
  AddListenFlag(*run, line);
  run->add_option(
         "--state", line.state_directory,
         "Directory of the journal (default ./.culvert/NAMESPACE-NAME, and one of its own\n"
         "for each --cycle-time): where the same command finds what an interrupted run\n"
         "had done")
      ->type_name("DIR");
  AddDirtyFlag(*run, line,
               "Where the dirty rows of a job with a dirtySink are kept, its claim being for\n"
               "clusters (default: dirty, in the directory of the journal)");
  run->add_flag("--again", line.again, "Begin anew, whatever the journal says");
  AddOutputStyleFlags(*run, line);

  CLI::App* replay = command("replay-dirty", "Send the dirty rows of a finished run again",
                             Command::kReplayDirty, kReplayExamples);
  AddJobFlags(*replay, line);
  AddCredentialsFlag(*replay, line);
  AddListenFlag(*replay, line);
  replay
      ->add_option("--from", line.replay_directory,
                   "Directory that the run left its dirty rows in: the one with run.json")
      ->type_name("DIR")
      ->required();
  AddOutputStyleFlags(*replay, line);

  CLI::App* fetch = command("fetch-dirty", "Copy the dirty rows of a finished run to a directory",
                            Command::kFetchDirty, kFetchExamples);
  AddJobFlags(*fetch, line);
  AddCredentialsFlag(*fetch, line);
  fetch->add_option("--run", line.dirty_run, "The run: value of the partition in the job's sink")
      ->type_name("RUN")
      ->required();
  fetch
      ->add_option("--to", line.dirty_directory,
                   "Directory for the rows, which is not there yet: one JSON line a row")
      ->type_name("DIR")
      ->required();

  CLI::App* explain =
      command("explain", "Say what would run: partitions, blocks, columns, route, SQL",
              Command::kExplain, kExplainExamples);
  AddJobFlags(*explain, line);
  AddCredentialsFlag(*explain, line);

  AddConvertFlags(*command("convert", "Turn a job script of DataWorks or DataX into documents",
                           Command::kConvert, kConvertExamples),
                  line);

  CLI::App* plan = command("plan", "Step 1: check, open sessions, cut the work into shards",
                           Command::kPlan, kPlanExamples);
  AddJobFlags(*plan, line);
  AddCredentialsFlag(*plan, line);
  AddCredentialsWaitFlag(*plan, line);
  AddEndpointFlags(*plan, line);
  AddListenFlag(*plan, line);
  AddOutputFlag(*plan, line, "Where the plan goes (default: standard output)");
  plan->add_option("--attempt", line.attempt, "Number of the attempt (default 1)")
      ->check(CLI::PositiveNumber.description(""))
      ->type_name("N");
  plan->add_option("--since", line.since,
                   "When the attempt began: an empty overwriting session that was opened\n"
                   "since and stands in the way is taken for one of a process before this")
      ->type_name("TIME");
  plan->add_option("--previous-plan", line.previous_plan,
                   "Plan of the attempt before, whose overwriting sessions are taken over")
      ->type_name("PATH");
  plan->add_flag("--hand-over", line.hand_over,
                 "Give the plan to the operator, by the message or marked lines of output");
  AddLastWordFlag(*plan, line);

  CLI::App* prepare = command("prepare", "Step 2: empty targets by SQL, where the plan says so",
                              Command::kPrepare, kPrepareExamples);
  AddPlanFlag(*prepare, line);
  AddCredentialsFlag(*prepare, line);
  AddCredentialsWaitFlag(*prepare, line);
  AddEndpointFlags(*prepare, line);
  AddListenFlag(*prepare, line);
  AddLastWordFlag(*prepare, line);

  CLI::App* transfer =
      command("transfer", "Step 3: copy one shard", Command::kTransfer, kTransferExamples);
  AddPlanFlag(*transfer, line);
  AddCredentialsFlag(*transfer, line);
  AddCredentialsWaitFlag(*transfer, line);
  AddEndpointFlags(*transfer, line);
  AddListenFlag(*transfer, line);
  AddKnobsFlag(*transfer, line);
  AddDirtyFlag(*transfer, line, kDirtyMount);
  AddLastWordFlag(*transfer, line);
  transfer->add_option("--shard", line.shard, "Number of the shard, from 0")
      ->envname("JOB_COMPLETION_INDEX")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{syncjob::kShardsMax - 1}).description(""))
      ->type_name("N")
      ->required();
  transfer
      ->add_option("--shards", line.shards,
                   "Numbers of the shards that are left: --shard then counts in this list")
      ->type_name("N,N,...")
      ->delimiter(',');
  AddOutputFlag(*transfer, line, "Where the shard's report goes (default: standard output)");
  AddOutputStyleFlags(*transfer, line);

  CLI::App* commit = command("commit", "Step 4: compare with the reports, commit, verify",
                             Command::kCommit, kCommitExamples);
  AddPlanFlag(*commit, line);
  AddCredentialsFlag(*commit, line);
  AddCredentialsWaitFlag(*commit, line);
  AddEndpointFlags(*commit, line);
  AddListenFlag(*commit, line);
  commit
      ->add_option("--reports", line.reports_directory,
                   "Directory of the shards' reports (default: that of the decision)")
      ->type_name("DIR");
  AddDecisionFlag(*commit, line);
  AddDirtyFlag(*commit, line, kDirtyMount);
  AddLastWordFlag(*commit, line);
  AddOutputFlag(*commit, line, "Where the run's report goes (default: standard output)");

  CLI::App* work =
      command("work", "Steps 2 to 4 in one process, for small runs", Command::kWork, kWorkExamples);
  AddPlanFlag(*work, line);
  AddCredentialsFlag(*work, line);
  AddCredentialsWaitFlag(*work, line);
  AddEndpointFlags(*work, line);
  AddDecisionFlag(*work, line)->required();
  AddListenFlag(*work, line);
  AddKnobsFlag(*work, line);
  AddDirtyFlag(*work, line, kDirtyMount);
  AddLastWordFlag(*work, line);
  AddOutputFlag(*work, line, "Where the run's report goes (default: standard output)");
  AddOutputStyleFlags(*work, line);

  command("version", "Print the version", Command::kVersion, "");
}

}  // namespace

std::string_view CommandName(Command command) {
  switch (command) {
    case Command::kRun:
      return "run";
    case Command::kReplayDirty:
      return "replay-dirty";
    case Command::kFetchDirty:
      return "fetch-dirty";
    case Command::kExplain:
      return "explain";
    case Command::kConvert:
      return "convert";
    case Command::kPlan:
      return "plan";
    case Command::kPrepare:
      return "prepare";
    case Command::kTransfer:
      return "transfer";
    case Command::kCommit:
      return "commit";
    case Command::kWork:
      return "work";
    case Command::kVersion:
      return "version";
  }
  return "unknown";
}

ParsedCommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  CLI::App app{kAbout, "culvert-runner"};
  app.footer(kExamples);
  app.require_subcommand(1);
  app.fallthrough();
  AddOutputStyleFlags(app, line);
  AddCommands(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {
    app.exit(done);
    return {.line = std::nullopt, .exit_code = 0};
  } catch (const CLI::ParseError& error) {
    std::cerr << "error: " << error.what() << " (see culvert-runner --help)\n";
    return {.line = std::nullopt, .exit_code = static_cast<int>(syncjob::ExitCode::kBadPlan)};
  }
  return {.line = std::move(line), .exit_code = 0};
}

}  // namespace culvert::runner
