// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/history.h"

#include "libs/base/time_format.h"
#include "tests/support/process.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

// Each rule has a history that breaks it and nothing else, beside one that breaks none.

namespace culvert::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kMorning = "2026-01-02T03:04:05Z";

// The log of a world with one source of 30 rows and targets of one project.
class Log {
 public:
  Log& Line(const std::string& event, const std::string& fields) {
    text_ += R"({"seq":1,"ns":1,"at":")" + at_ + R"(","event":")" + event + "\"" +
             (fields.empty() ? "" : "," + fields) + "}\n";
    return *this;
  }
  Log& At(const std::string& at) {
    at_ = at;
    return *this;
  }
  Log& Download(const std::string& session, const std::string& table, int records, int hash) {
    return Line("session.open", Of(session) + R"(,"mode":"download","columns":2,)" + Table(table) +
                                    Rows(records, hash));
  }
  Log& Open(const std::string& session, const std::string& mode, int records, int hash) {
    return Line("session.open",
                Of(session) + R"(,"mode":")" + mode + "\"," + Table("t") + Rows(records, hash));
  }
  Log& Block(const std::string& session, int block, int records, int hash) {
    return Line("block.accept",
                Of(session) + R"(,"block":)" + std::to_string(block) + Rows(records, hash));
  }
  Log& Commit(const std::string& session, int blocks, int records, int hash) {
    return Line("commit.applied", Of(session) + "," + Table("t") + R"(,"blocks":)" +
                                      std::to_string(blocks) + Rows(records, hash));
  }
  Log& Ended(int attempt) {
    return Line("run.ended", R"("run":"r","attempt":)" + std::to_string(attempt));
  }
  const std::string& text() const { return text_; }

 private:
  static std::string Of(const std::string& session) { return R"("session":")" + session + "\""; }
  static std::string Table(const std::string& table) {
    return R"("project":"demo","schema":"","table":")" + table + R"(","partition":"")";
  }
  static std::string Rows(int records, int hash) {
    return R"(,"records":)" + std::to_string(records) + R"(,"hash":)" + std::to_string(hash);
  }
  std::string at_ = kMorning;
  std::string text_;
};

// The plan of a run that adds 30 rows in two blocks of one session.
HistoryAttempt Attempt(int number = 1, const std::string& session = "u") {
  return {.run = "r",
          .attempt = number,
          .atomic = true,
          .replaces = false,
          .same_rows = true,
          .columns = 2,
          .downloads = {"d"},
          .sessions = {session},
          .blocks = {{session, 0, 20}, {session, 1, 10}}};
}

HistoryEnd End(int attempt = 1) {
  return {.run = "r",
          .attempt = attempt,
          .succeeded = true,
          .rows_written = 30,
          .rows_left_out = 0,
          .at = std::nullopt};
}

Log Begin() { return Log().Download("d", "s", 30, 300).Open("u", "append", 5, 50); }

Log Good() {
  return Begin().Block("u", 0, 20, 200).Block("u", 1, 10, 100).Commit("u", 2, 35, 350).Ended(1);
}

History Of(const Log& log, std::vector<HistoryAttempt> attempts = {Attempt()},
           std::vector<HistoryEnd> ends = {End()}) {
  History history;
  auto events = ParseHistory(log.text());
  EXPECT_THAT(events, IsOk());
  history.events = *std::move(events);
  history.attempts = std::move(attempts);
  history.ends = std::move(ends);
  return history;
}

std::vector<std::string> Broken(const History& history) {
  std::vector<std::string> checks;
  for (const Violation& one : CheckHistory(history)) checks.push_back(one.check);
  return checks;
}

TEST(HistoryTest, FindsNothingInARunThatWentWell) {
  EXPECT_EQ(ToText(CheckHistory(Of(Good()))), "");
}

TEST(HistoryTest, FindsNothingInARunThatBeganAnew) {
  const Log log = Begin()
                      .Block("u", 0, 20, 200)
                      .Download("e", "s", 30, 300)
                      .Open("v", "append", 5, 50)
                      .Block("v", 0, 20, 200)
                      .Block("v", 0, 20, 200)
                      .Block("v", 1, 10, 100)
                      .Commit("v", 2, 35, 350)
                      .Ended(2);
  HistoryAttempt second = Attempt(2, "v");
  second.downloads = {"e"};
  EXPECT_EQ(ToText(CheckHistory(Of(log, {Attempt(), second}, {End(2)}))), "");
}

TEST(HistoryTest, FindsNothingInARunThatIsNotOver) {
  EXPECT_EQ(ToText(CheckHistory(Of(Begin().Block("u", 0, 20, 200), {Attempt()}, {}))), "");
}

TEST(HistoryTest, ASuccessWithoutItsCommitHasLostRows) {
  HistoryEnd end = End();
  end.rows_written.reset();
  const Log log = Begin().Block("u", 0, 20, 200).Block("u", 1, 10, 100);
  EXPECT_THAT(Broken(Of(log, {Attempt()}, {end})), ElementsAre("C1"));
}

TEST(HistoryTest, ABlockThatIsMissingHasLostRows) {
  HistoryAttempt attempt = Attempt();
  attempt.atomic = false;
  HistoryEnd end = End();
  end.rows_written = 20;
  EXPECT_THAT(Broken(Of(Begin().Block("u", 0, 20, 200).Commit("u", 1, 25, 250), {attempt}, {end})),
              ElementsAre("C1"));
}

TEST(HistoryTest, RowsThatAreMissingInABlockAreLost) {
  HistoryEnd end = End();
  end.rows_written = 29;
  const Log log = Begin().Block("u", 0, 19, 200).Block("u", 1, 10, 100).Commit("u", 2, 34, 350);
  EXPECT_THAT(Broken(Of(log, {Attempt()}, {end})), ElementsAre("C1"));
  end.rows_left_out = 1;
  EXPECT_THAT(Broken(Of(log, {Attempt()}, {end})), IsEmpty());
}

TEST(HistoryTest, ABlockWithMoreRowsThanPlannedHasSomeTwice) {
  HistoryAttempt attempt = Attempt();
  attempt.blocks[1].rows = 9;
  attempt.blocks[0].rows = 21;
  EXPECT_THAT(Broken(Of(Good(), {attempt})), ElementsAre("C1"));
}

TEST(HistoryTest, ABlockOfNoPlanHasRowsTwice) {
  HistoryEnd end = End();
  end.rows_written = 37;
  const Log log = Begin()
                      .Block("u", 0, 20, 200)
                      .Block("u", 1, 10, 100)
                      .Block("u", 2, 7, 70)
                      .Commit("u", 3, 42, 420);
  EXPECT_THAT(Broken(Of(log, {Attempt()}, {end})), ElementsAre("C1"));
}

TEST(HistoryTest, ACommitShowsEveryBlockThatWasTaken) {
  const Log log = Begin().Block("u", 0, 20, 200).Block("u", 1, 10, 100).Commit("u", 1, 35, 350);
  EXPECT_THAT(Broken(Of(log)), ElementsAre("C1"));
}

TEST(HistoryTest, TheRowsOfACopyAreThoseOfItsSource) {
  const Log log = Begin().Block("u", 0, 20, 201).Block("u", 1, 10, 100).Commit("u", 2, 35, 351);
  EXPECT_THAT(Broken(Of(log)), ElementsAre("C1"));
  HistoryAttempt converts = Attempt();
  converts.same_rows = false;
  EXPECT_THAT(Broken(Of(log, {converts})), IsEmpty());
}

TEST(HistoryTest, ARunThatCommitsAtOnceShowsNoPartEvenWhenItFails) {
  HistoryEnd end = End();
  end.succeeded = false;
  end.rows_written.reset();
  const Log log = Begin().Block("u", 0, 20, 200).Commit("u", 1, 25, 250);
  EXPECT_THAT(Broken(Of(log, {Attempt()}, {end})), ElementsAre("C2"));
  HistoryAttempt in_parts = Attempt();
  in_parts.atomic = false;
  EXPECT_THAT(Broken(Of(log, {in_parts}, {end})), IsEmpty());
}

TEST(HistoryTest, ARunThatCommitsAtOnceCommitsATargetOnce) {
  HistoryAttempt attempt = Attempt();
  attempt.sessions = {"u", "v"};
  attempt.blocks[1].session = "v";
  const Log log = Begin()
                      .Open("v", "append", 5, 50)
                      .Block("u", 0, 20, 200)
                      .Commit("u", 1, 25, 250)
                      .Block("v", 1, 10, 100)
                      .Commit("v", 1, 35, 350);
  EXPECT_THAT(Broken(Of(log, {attempt})), ElementsAre("C2"));
}

TEST(HistoryTest, AReaderSeesTheRowsOfBeforeOrAll) {
  const auto read = [](int records, int hash) {
    return Begin()
        .Block("u", 0, 20, 200)
        .Download("x", "t", records, hash)
        .Block("u", 1, 10, 100)
        .Commit("u", 2, 35, 350);
  };
  EXPECT_THAT(Broken(Of(read(5, 50))), IsEmpty());
  EXPECT_THAT(Broken(Of(read(35, 350))), IsEmpty());
  EXPECT_THAT(Broken(Of(read(25, 250))), ElementsAre("C2"));
  EXPECT_THAT(Broken(Of(read(0, 0))), ElementsAre("C2"));
}

TEST(HistoryTest, NothingIsCommittedOnceTheEndIsOnRecord) {
  HistoryEnd failed = End();
  failed.succeeded = false;
  const Log log =
      Begin().Block("u", 0, 20, 200).Block("u", 1, 10, 100).Ended(1).Commit("u", 2, 35, 350);
  EXPECT_THAT(Broken(Of(log, {Attempt()}, {failed})), ElementsAre("C3"));
}

TEST(HistoryTest, WithoutAMarkTheTimeOfTheEndCounts) {
  HistoryEnd end = End();
  end.at = ParseRfc3339(kMorning).value();
  const auto late = [](const char* at) {
    return Begin().Block("u", 0, 20, 200).Block("u", 1, 10, 100).At(at).Commit("u", 2, 35, 350);
  };
  EXPECT_THAT(Broken(Of(late("2026-01-02T03:04:07Z"), {Attempt()}, {end})), IsEmpty());
  EXPECT_THAT(Broken(Of(late("2026-01-02T03:04:08Z"), {Attempt()}, {end})), ElementsAre("C3"));
}

TEST(HistoryTest, ASessionIsCommittedOnceAndTakesNothingBehind) {
  EXPECT_THAT(Broken(Of(Good().Commit("u", 2, 65, 650))), ElementsAre("C4"));
  EXPECT_THAT(Broken(Of(Good().Block("u", 1, 10, 100))), ElementsAre("C4"));
}

TEST(HistoryTest, RowsAreAddedByOneAttemptOfARun) {
  HistoryAttempt second = Attempt(2, "v");
  HistoryAttempt first = Attempt();
  const Log log = Good()
                      .Open("v", "append", 35, 350)
                      .Block("v", 0, 20, 200)
                      .Block("v", 1, 10, 100)
                      .Commit("v", 2, 65, 650);
  History history = Of(log, {first, second}, {End(2)});
  std::erase_if(history.events,
                [](const HistoryEvent& event) { return event.kind == "run.ended"; });
  EXPECT_THAT(Broken(history), ElementsAre("C4"));
  // Replacing shows the same rows; another run, begun by somebody, adds its own.
  first.replaces = second.replaces = true;
  history.attempts = {first, second};
  EXPECT_THAT(Broken(history), IsEmpty());
  EXPECT_THAT(Broken(Of(log, {Attempt(), Attempt(2, "v")}, {End(1), End(2)})), IsEmpty());
}

TEST(HistoryTest, NoAttemptCommitsAfterALaterOne) {
  HistoryAttempt first = Attempt();
  HistoryAttempt second = Attempt(2, "v");
  first.replaces = second.replaces = true;
  const Log log = Begin()
                      .Block("u", 0, 20, 200)
                      .Block("u", 1, 10, 100)
                      .Open("v", "overwrite", 5, 50)
                      .Block("v", 0, 20, 200)
                      .Block("v", 1, 10, 100)
                      .Commit("v", 2, 30, 300)
                      .Commit("u", 2, 30, 300);
  EXPECT_THAT(Broken(Of(log, {first, second}, {End(2)})), ElementsAre("C5"));
}

TEST(HistoryTest, AReportCountsTheRowsThatAreThere) {
  HistoryEnd end = End();
  end.rows_written = 31;
  EXPECT_THAT(Broken(Of(Good(), {Attempt()}, {end})), ElementsAre("C7"));
}

TEST(HistoryTest, NoSessionIsUsedBeyondItsLife) {
  const Log log = Begin()
                      .Block("u", 0, 20, 200)
                      .Block("u", 1, 10, 100)
                      .At("2026-01-03T04:00:00Z")
                      .Commit("u", 2, 35, 350);
  EXPECT_THAT(Broken(Of(log)), ElementsAre("C8"));
  History history = Of(log);
  history.session_life = std::chrono::hours(48);
  EXPECT_THAT(Broken(history), IsEmpty());
}

TEST(HistoryTest, ASessionIsOpenedBeforeItIsUsed) {
  EXPECT_THAT(Broken(Of(Log().Block("x", 0, 1, 1), {}, {})), ElementsAre("C8"));
}

TEST(HistoryTest, NoSecretStandsInAnArtefact) {
  History history = Of(Good());
  history.secrets = {"open sesame"};
  history.artefacts = {{"the log", "door: closed"}};
  EXPECT_THAT(Broken(history), IsEmpty());
  history.artefacts.emplace_back("the report", "door: open sesame, said he");
  const auto violations = CheckHistory(history);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0], (Violation{.check = "C9", .what = "a secret stands in the report"}));
}

TEST(HistoryTest, ABlockThatIsSentAgainIsTheSame) {
  const Log log = Begin()
                      .Block("u", 0, 20, 777)
                      .Block("u", 0, 20, 200)
                      .Block("u", 1, 10, 100)
                      .Commit("u", 2, 35, 350);
  EXPECT_THAT(Broken(Of(log)), ElementsAre("I2"));
  // Another attempt may take a session over with a plan of its own.
  HistoryAttempt first = Attempt();
  HistoryAttempt second = Attempt(2);
  first.replaces = second.replaces = true;
  History history = Of(log, {first, second}, {End(2)});
  EXPECT_THAT(Broken(history), IsEmpty());
}

TEST(HistoryTest, RefusesALineThatIsNoEvent) {
  for (const char* line : {"nonsense\n", "{}\n", R"({"event":"x","at":"yesterday"})"}) {
    const auto events = ParseHistory(Good().text() + line);
    ASSERT_FALSE(events.has_value()) << line;
    EXPECT_THAT(events.error().message, HasSubstr("line 7 ")) << line;
  }
}

TEST(HistoryTest, TheProgramSaysWhatIsBroken) {
  const TempDir dir;
  const auto run = [&](const Log& log, std::vector<std::string> more) {
    std::ofstream(dir / "events") << log.text();
    more.insert(more.begin(),
                {std::string(CULVERT_BIN_DIR) + "/culvert-history", "--events", dir / "events"});
    return RunProcess({.args = more}, std::chrono::seconds(30)).value();
  };
  const ProcessOutcome good = run(Good(), {});
  EXPECT_EQ(good.exit_code, 0) << good.stderr_text;
  EXPECT_EQ(good.stdout_text, "history: 6 events, 0 attempts, 0 ends, 0 violations\n");
  const ProcessOutcome twice = run(Good().Commit("u", 2, 65, 650), {});
  EXPECT_EQ(twice.exit_code, 1);
  EXPECT_THAT(twice.stdout_text, HasSubstr("C4: session u was committed at line 5 and again"));
  std::ofstream(dir / "secret") << "demo";
  EXPECT_THAT(run(Good(), {"--secret-file", dir / "secret"}).stdout_text, HasSubstr("C9: "));
  EXPECT_EQ(run(Good(), {"--objects", dir / "none"}).exit_code, 2);
}

}  // namespace
}  // namespace culvert::test
