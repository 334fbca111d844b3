// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/kube/store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace culvert::kube {
namespace {

struct Stored {
  ObjectMeta meta;
};
using StoredThings = Store<Stored>;

StoredThings::Ptr Make(const std::string& name, const std::string& version,
                       const std::string& uid = "u") {
  Stored thing;
  thing.meta.key = {.name_space = "ns", .name = name};
  thing.meta.resource_version = version;
  thing.meta.uid = uid;
  return std::make_shared<const Stored>(std::move(thing));
}

/// `a:1>2 b:->1 c:1>-` in the order of names.
std::string Text(const std::vector<StoredThings::Change>& changes) {
  std::vector<std::string> texts;
  for (const auto& [before, after] : changes) {
    const auto& named = after != nullptr ? after : before;
    texts.push_back(named->meta.key.name + ":" +
                    (before != nullptr ? before->meta.resource_version : "-") + ">" +
                    (after != nullptr ? after->meta.resource_version : "-"));
  }
  std::ranges::stable_sort(texts, {}, [](const std::string& text) { return text[0]; });
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : " ") + text;
  return all;
}

TEST(StoreTest, ApplyAddsThenReplaces) {
  StoredThings store;
  EXPECT_EQ(Text(store.Apply(Make("a", "1"))), "a:->1");
  EXPECT_EQ(Text(store.Apply(Make("a", "2"))), "a:1>2");
  EXPECT_EQ(store.Get({"ns", "a"})->meta.resource_version, "2");
}

TEST(StoreTest, WhatWasSeenAlreadyIsNoChange) {
  StoredThings store;
  store.Apply(Make("a", "1"));
  EXPECT_EQ(Text(store.Apply(Make("a", "1"))), "");
}

TEST(StoreTest, RemoveTellsOnce) {
  StoredThings store;
  store.Apply(Make("a", "1"));
  EXPECT_EQ(Text(store.Remove({"ns", "a"})), "a:1>-");
  EXPECT_EQ(Text(store.Remove({"ns", "a"})), "");
  EXPECT_EQ(store.size(), 0u);
}

TEST(StoreTest, AnotherUidIsADeletionAndAnAddition) {
  StoredThings store;
  store.Apply(Make("a", "1", "old"));
  EXPECT_EQ(Text(store.Apply(Make("a", "2", "new"))), "a:1>- a:->2");
}

TEST(StoreTest, SwapFindsWhatHappenedWhileNobodyLooked) {
  StoredThings store;
  for (const char* name : {"a", "b", "c"}) store.Apply(Make(name, "1"));
  EXPECT_EQ(Text(store.Swap({Make("a", "1"), Make("b", "5"), Make("d", "6")})),
            "b:1>5 c:1>- d:->6");
  EXPECT_EQ(store.All().size(), 3u);
}

TEST(StoreTest, SwapSeesARecreatedObject) {
  StoredThings store;
  store.Apply(Make("a", "1", "old"));
  EXPECT_EQ(Text(store.Swap({Make("a", "9", "new")})), "a:1>- a:->9");
}

TEST(StoreTest, AnObjectOnTwoPagesIsThereOnce) {
  StoredThings store;
  EXPECT_EQ(Text(store.Swap({Make("a", "1"), Make("a", "2")})), "a:->1 a:1>2");
  EXPECT_EQ(store.size(), 1u);
}

}  // namespace
}  // namespace culvert::kube
