// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/endpoint_suite.h"
#include "tests/conformance/endpoint_worlds.h"

namespace culvert::runner {
namespace {

INSTANTIATE_TEST_SUITE_P(MaxCompute, SourceSuite,
                         testing::Values(&PlainTableSource, &ZstdTableSource));
INSTANTIATE_TEST_SUITE_P(Stream, SourceSuite, testing::Values(&TemplateSource));
INSTANTIATE_TEST_SUITE_P(Fake, SourceSuite, testing::Values(&PlainFakeSource, &DeflatedFakeSource));

INSTANTIATE_TEST_SUITE_P(MaxCompute, TargetSuite, testing::Values(&TableTarget));
INSTANTIATE_TEST_SUITE_P(Stream, TargetSuite, testing::Values(&DiscardingTarget, &PrintingTarget));
INSTANTIATE_TEST_SUITE_P(Fake, TargetSuite, testing::Values(&InMemoryTarget));

INSTANTIATE_TEST_SUITE_P(MaxCompute, SessionTargetSuite, testing::Values(&TableTarget));
INSTANTIATE_TEST_SUITE_P(Fake, SessionTargetSuite, testing::Values(&InMemoryTarget));

}  // namespace
}  // namespace culvert::runner
