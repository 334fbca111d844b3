// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/history.h"

#include <algorithm>
#include <map>
#include <set>

namespace culvert::test {
namespace {

// An end is stamped in whole seconds, by another clock of the same machine.
constexpr std::chrono::seconds kStampSlack{2};
// Between the moment that a session's life is looked at and the line in the log.
constexpr std::chrono::seconds kLifeSlack{5};

struct Accepted {
  std::uint64_t records = 0;
  std::uint64_t hash = 0;
};

// An upload session as the log tells it.
struct Upload {
  const HistoryEvent* open = nullptr;
  std::map<std::uint64_t, Accepted> blocks;
  const HistoryEvent* commit = nullptr;  // the first that was applied
  std::size_t last_line = 0;             // of what happened in it

  std::uint64_t records() const {
    std::uint64_t sum = 0;
    for (const auto& [id, block] : blocks) sum += block.records;
    return sum;
  }
};

// Rows that a target shows from a line of the log on.
struct Shown {
  std::size_t line = 0;
  std::uint64_t records = 0;
  std::uint64_t hash = 0;
};

// The attempts among which a run was to happen once, in order.
struct Group {
  std::vector<const HistoryAttempt*> attempts;
  const HistoryEnd* end = nullptr;  // null: the run is not over
};

std::string Where(const HistoryAttempt& attempt) {
  return "run " + attempt.run + " attempt " + std::to_string(attempt.attempt);
}

std::string At(const HistoryEvent& event) { return "line " + std::to_string(event.line); }

std::string Counted(std::uint64_t number, const char* what) {
  return std::to_string(number) + " " + what;
}

class Checker {
 public:
  explicit Checker(const History& history) : history_(history) {}

  std::vector<Violation> Run() {
    FindOwners();
    for (const HistoryEvent& event : history_.events) Follow(event);
    const std::vector<Group> groups = MakeGroups();
    for (const Group& group : groups) {
      if (group.end != nullptr && group.end->succeeded) CheckRows(group);
    }
    for (const HistoryAttempt& attempt : history_.attempts) CheckWhole(attempt);
    for (const Group& group : groups) CheckEnd(group);
    for (const Group& group : groups) CheckOnce(group);
    CheckFencing();
    for (const Group& group : groups) CheckReport(group);
    CheckSecrets();
    CheckBlocks();
    std::ranges::stable_sort(violations_, {}, &Violation::check);
    return std::move(violations_);
  }

 private:
  void Report(const char* check, std::string what) {
    violations_.push_back({.check = check, .what = std::move(what)});
  }

  const Upload* Find(const std::string& session) const {
    const auto found = uploads_.find(session);
    return found == uploads_.end() ? nullptr : &found->second;
  }

  // The last attempt that a session belongs to: overwrite sessions are taken over by the next one.
  const HistoryAttempt* OwnerOf(const std::string& session) const {
    const auto found = owners_.find(session);
    return found == owners_.end() ? nullptr : found->second;
  }

  void FindOwners() {
    for (const HistoryAttempt& attempt : history_.attempts) {
      for (const std::string& session : attempt.sessions) {
        const HistoryAttempt*& owner = owners_[session];
        if (owner != nullptr && owner != &attempt) shared_.insert(session);
        if (owner == nullptr || owner->attempt <= attempt.attempt) owner = &attempt;
      }
    }
  }

  void Follow(const HistoryEvent& event) {
    if (event.kind == "session.open" && event.mode == "download") {
      downloads_[event.session] = &event;
      return;
    }
    if (event.kind == "session.open") {
      uploads_[event.session].open = &event;
      uploads_[event.session].last_line = event.line;
    }
    if (event.kind == "block.accept") FollowBlock(event);
    if (event.kind == "commit.applied") FollowCommit(event);
    const bool shows = event.kind == "session.open" || event.kind == "commit.applied" ||
                       event.kind == "truncate.applied" || event.kind == "rows.loaded";
    if (shows) shown_[event.target].push_back({event.line, event.records, event.hash});
  }

  void CheckLife(const Upload& upload, const HistoryEvent& event) {
    if (upload.open == nullptr) {
      Report("C8", event.kind + " at " + At(event) + " in session " + event.session +
                       ", which was never opened");
    } else if (event.at - upload.open->at > history_.session_life + kLifeSlack) {
      Report("C8", event.kind + " at " + At(event) + " in session " + event.session +
                       ", whose life was over");
    }
  }

  void FollowBlock(const HistoryEvent& event) {
    Upload& upload = uploads_[event.session];
    CheckLife(upload, event);
    if (upload.commit != nullptr) {
      Report("C4", "block " + std::to_string(event.block) + " at " + At(event) +
                       " was taken by session " + event.session + " after its commit");
    }
    const Accepted now{.records = event.records, .hash = event.hash};
    const auto [place, is_new] = upload.blocks.try_emplace(event.block, now);
    Accepted& before = place->second;
    if (!is_new && (before.records != now.records || before.hash != now.hash)) {
      rewritten_.push_back(&event);
    }
    before = now;
    upload.last_line = event.line;
  }

  void FollowCommit(const HistoryEvent& event) {
    Upload& upload = uploads_[event.session];
    CheckLife(upload, event);
    if (upload.commit != nullptr) {
      Report("C4", "session " + event.session + " was committed at " + At(*upload.commit) +
                       " and again at " + At(event));
      return;
    }
    upload.commit = &event;
    upload.last_line = event.line;
    if (event.blocks != upload.blocks.size()) {
      Report("C1", "the commit of session " + event.session + " at " + At(event) + " showed " +
                       Counted(event.blocks, "blocks") + ", taken were " +
                       std::to_string(upload.blocks.size()));
    }
  }

  std::vector<Group> MakeGroups() const {
    std::map<std::string, std::vector<const HistoryAttempt*>> by_run;
    for (const HistoryAttempt& attempt : history_.attempts) {
      by_run[attempt.run].push_back(&attempt);
    }
    std::vector<Group> groups;
    for (auto& [run, attempts] : by_run) {
      std::ranges::stable_sort(attempts, {}, &HistoryAttempt::attempt);
      std::map<std::int32_t, const HistoryEnd*> ends;
      for (const HistoryEnd& end : history_.ends) {
        if (end.run == run) ends[end.attempt] = &end;
      }
      auto next = attempts.begin();
      for (const auto& [number, end] : ends) {
        Group group{.attempts = {}, .end = end};
        while (next != attempts.end() && (*next)->attempt <= number) {
          group.attempts.push_back(*next++);
        }
        if (!group.attempts.empty()) groups.push_back(std::move(group));
      }
      if (next != attempts.end()) groups.push_back({.attempts = {next, attempts.end()}});
    }
    return groups;
  }

  // The attempt that a group ended with, if its plan is known.
  static const HistoryAttempt* LastOf(const Group& group) {
    const HistoryAttempt* last = group.attempts.back();
    return group.end != nullptr && last->attempt == group.end->attempt ? last : nullptr;
  }

  static std::set<std::uint64_t> PlannedBlocks(const HistoryAttempt& attempt,
                                               const std::string& session) {
    std::set<std::uint64_t> ids;
    for (const HistoryAttempt::Block& block : attempt.blocks) {
      if (block.session == session && block.rows > 0) ids.insert(block.id);
    }
    return ids;
  }

  // C1: each planned block is there, with its rows, and nothing else is.
  void CheckRows(const Group& group) {
    const HistoryAttempt* attempt = LastOf(group);
    if (attempt == nullptr || attempt->sessions.empty()) return;
    std::uint64_t records = 0;
    std::uint64_t hash = 0;
    std::map<std::string, std::set<std::uint64_t>> planned;
    for (const HistoryAttempt::Block& block : attempt->blocks) {
      planned[block.session].insert(block.id);
      const Upload* upload = Find(block.session);
      if (block.rows == 0) continue;
      if (upload == nullptr || upload->commit == nullptr) {
        Report("C1", Where(*attempt) + " succeeded, and session " + block.session +
                         " with its block " + std::to_string(block.id) + " was not committed");
        return;
      }
      const auto taken = upload->blocks.find(block.id);
      if (taken == upload->blocks.end()) {
        Report("C1", Where(*attempt) + " succeeded without block " + std::to_string(block.id) +
                         " of session " + block.session);
        return;
      }
      records += taken->second.records;
      hash += taken->second.hash;
      if (taken->second.records > block.rows) {
        Report("C1", "block " + std::to_string(block.id) + " of session " + block.session +
                         " has " + Counted(taken->second.records, "rows, planned were ") +
                         std::to_string(block.rows));
      }
    }
    for (const auto& [session, ids] : planned) {
      const Upload* upload = Find(session);
      if (upload == nullptr) continue;
      for (const auto& [id, block] : upload->blocks) {
        if (!ids.contains(id) && block.records > 0) {
          Report("C1", "block " + std::to_string(id) + " of session " + session +
                           " is in no plan of " + Where(*attempt));
        }
      }
    }
    const std::optional<std::uint64_t> left_out = group.end->rows_left_out;
    if (left_out && records + *left_out != attempt->rows()) {
      Report("C1", Where(*attempt) + " was to write " + Counted(attempt->rows(), "rows; ") +
                       Counted(*left_out, "were left out and ") +
                       Counted(records, "are in its target"));
    }
    if (attempt->same_rows && left_out == 0u) CheckSameRows(*attempt, hash);
  }

  void CheckSameRows(const HistoryAttempt& attempt, std::uint64_t written) {
    std::uint64_t read = 0;
    for (const std::string& id : attempt.downloads) {
      const auto found = downloads_.find(id);
      // A result of SQL, or some of the columns: the log has no hash of those rows.
      if (found == downloads_.end() || found->second->columns != attempt.columns) return;
      read += found->second->hash;
    }
    if (read != written) {
      Report("C1", "the rows that " + Where(attempt) + " wrote are not those of its source");
    }
  }

  // C2: a target partition of such a run changes once, from what it was to all of it.
  void CheckWhole(const HistoryAttempt& attempt) {
    if (!attempt.atomic) return;
    std::set<std::string> targets;
    for (const std::string& session : attempt.sessions) {
      const Upload* upload = Find(session);
      if (upload == nullptr || upload->open == nullptr || OwnerOf(session) != &attempt) continue;
      const std::string& target = upload->open->target;
      if (upload->commit != nullptr) {
        for (const std::uint64_t id : PlannedBlocks(attempt, session)) {
          if (upload->blocks.contains(id)) continue;
          Report("C2", Where(attempt) + " showed a part of " + target + " at " +
                           At(*upload->commit) + ": block " + std::to_string(id) +
                           " was not there");
          break;
        }
        if (!targets.insert(target).second) {
          Report("C2", Where(attempt) + " showed " + target + " in parts, at last at " +
                           At(*upload->commit));
        }
      }
      CheckReaders(attempt, *upload);
    }
  }

  // What others saw of the target between the session's beginning and its commit.
  void CheckReaders(const HistoryAttempt& attempt, const Upload& upload) {
    const std::size_t from = upload.open->line;
    const std::size_t to = upload.last_line;
    const std::vector<Shown>& shown = shown_.at(upload.open->target);
    for (const auto& [id, seen] : downloads_) {
      if (seen->target != upload.open->target || seen->line < from || seen->line > to) continue;
      const bool known = std::ranges::any_of(shown, [&](const Shown& one) {
        return one.line >= from && one.line <= to && one.records == seen->records &&
               one.hash == seen->hash;
      });
      if (!known) {
        Report("C2", "a reader saw " + Counted(seen->records, "rows of ") + seen->target + " at " +
                         At(*seen) + " while " + Where(attempt) + " was at work");
      }
    }
  }

  // C3: by the mark in the log where there is one, else by the time of the end.
  void CheckEnd(const Group& group) {
    const HistoryAttempt& first = *group.attempts.front();
    const std::int32_t last = group.attempts.back()->attempt;
    std::size_t line = 0;
    for (const HistoryEvent& event : history_.events) {
      const bool marks = event.kind == "run.ended" && event.run == first.run &&
                         event.attempt >= first.attempt && event.attempt <= last;
      if (marks && line == 0) line = event.line;
    }
    for (const HistoryAttempt* attempt : group.attempts) {
      for (const std::string& session : attempt->sessions) {
        const Upload* upload = Find(session);
        if (upload == nullptr || upload->commit == nullptr) continue;
        const bool stamped = group.end != nullptr && group.end->at &&
                             upload->commit->at > *group.end->at + kStampSlack;
        if ((line != 0 && upload->commit->line > line) || (line == 0 && stamped)) {
          Report("C3", Where(*attempt) + " committed session " + session + " at " +
                           At(*upload->commit) + ", after its end was on record");
        }
      }
    }
  }

  // C4: rows that are added are added by one attempt.
  void CheckOnce(const Group& group) {
    const HistoryAttempt* committed = nullptr;
    for (const HistoryAttempt* attempt : group.attempts) {
      const bool commits = std::ranges::any_of(attempt->sessions, [this](const std::string& id) {
        const Upload* upload = Find(id);
        return upload != nullptr && upload->commit != nullptr && upload->records() > 0;
      });
      if (!commits) continue;
      if (committed != nullptr && !attempt->replaces) {
        Report("C4", Where(*committed) + " added rows, and attempt " +
                         std::to_string(attempt->attempt) + " once more");
      }
      committed = attempt;
    }
  }

  // C5, by the order of the commits.
  void CheckFencing() {
    std::map<std::string, std::int32_t> newest;
    for (const HistoryEvent& event : history_.events) {
      const HistoryAttempt* owner =
          event.kind == "commit.applied" ? OwnerOf(event.session) : nullptr;
      if (owner == nullptr) continue;
      const HistoryAttempt& attempt = *owner;
      std::int32_t& last = newest[attempt.run];
      if (attempt.attempt < last) {
        Report("C5", Where(attempt) + " committed at " + At(event) + ", after attempt " +
                         std::to_string(last));
      }
      last = std::max(last, attempt.attempt);
    }
  }

  void CheckReport(const Group& group) {
    if (group.end == nullptr || !group.end->succeeded || !group.end->rows_written) return;
    const HistoryAttempt* attempt = LastOf(group);
    if (attempt == nullptr || attempt->sessions.empty()) return;
    std::uint64_t records = 0;
    for (const std::string& session : attempt->sessions) {
      const Upload* upload = Find(session);
      if (upload != nullptr && upload->commit != nullptr) records += upload->records();
    }
    if (records != *group.end->rows_written) {
      Report("C7", Where(*attempt) + " reports " +
                       Counted(*group.end->rows_written, "rows written, committed are ") +
                       std::to_string(records));
    }
  }

  void CheckSecrets() {
    for (const auto& [name, text] : history_.artefacts) {
      for (const std::string& secret : history_.secrets) {
        if (text.find(secret) != std::string::npos) Report("C9", "a secret stands in " + name);
      }
    }
  }

  // I2, of sessions of one attempt: another one's plan may be another.
  void CheckBlocks() {
    for (const HistoryEvent* event : rewritten_) {
      if (OwnerOf(event->session) == nullptr || shared_.contains(event->session)) continue;
      Report("I2", "block " + std::to_string(event->block) + " of session " + event->session +
                       " was sent again with other rows at " + At(*event));
    }
  }

  const History& history_;
  std::vector<const HistoryEvent*> rewritten_;
  std::map<std::string, Upload> uploads_;
  std::map<std::string, const HistoryAttempt*> owners_;  // by session
  std::set<std::string> shared_;                         // sessions of several attempts
  std::map<std::string, const HistoryEvent*> downloads_;
  std::map<std::string, std::vector<Shown>> shown_;  // by target
  std::vector<Violation> violations_;
};

}  // namespace

std::uint64_t HistoryAttempt::rows() const {
  std::uint64_t sum = 0;
  for (const Block& block : blocks) sum += block.rows;
  return sum;
}

std::vector<Violation> CheckHistory(const History& history) { return Checker(history).Run(); }

std::string ToText(const std::vector<Violation>& violations) {
  std::string text;
  for (const Violation& one : violations) text += one.check + ": " + one.what + "\n";
  return text;
}

}  // namespace culvert::test
