// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/maxcompute/client.h"

#include "tests/unit/libs/maxcompute/fake_service.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace culvert::maxcompute {
namespace {

using test::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

using ClientTest = FakeServiceTest;

TEST_F(ClientTest, ServesManyThreads) {
  transport_.SetDefault([](const http::Request&) -> Result<http::Response> {
    return http::Response{
        .status = 200, .headers = {}, .body = "<Project><Name>demo</Name></Project>"};
  });
  const auto client = NewClient();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 20; ++k) EXPECT_THAT(client->GetProject(ctx()), IsOk());
    });
  }
  threads.clear();
  EXPECT_EQ(RequestCount(), 160u);
}

TEST_F(ClientTest, SecretsAreInNoRequestErrorOrLog) {
  keys_ = RotatingKeys(2);
  AnswerError(401, "SignatureNotMatch", "signed with c2VjcmV0");
  AnswerError(401, "SignatureNotMatch", "signed with c2VjcmV0");
  const auto project = NewClient()->GetProject(ctx());
  ASSERT_FALSE(project.has_value());
  EXPECT_THAT(ToString(project.error()), Not(HasSubstr("c2VjcmV0")));
  EXPECT_THAT(env_.log_text(), Not(HasSubstr("c2VjcmV0")));
  for (const auto& recorded : transport_.requests()) {
    EXPECT_THAT(recorded.request.url, Not(HasSubstr("c2VjcmV0")));
    for (const auto& [name, value] : recorded.request.headers.all()) {
      EXPECT_THAT(value, Not(HasSubstr("c2VjcmV0"))) << name;
    }
  }
}

}  // namespace
}  // namespace culvert::maxcompute
