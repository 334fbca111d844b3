// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "libs/base/digest.h"

#include "tests/support/status_matchers.h"

#include <gtest/gtest.h>

namespace culvert {
namespace {

using test::FailsWith;
using test::IsOkAndHolds;

TEST(DigestTest, Crc32cFitsItsCheckValue) {
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xe3069283U);
  EXPECT_EQ(Crc32c({}), 0U);
}

TEST(DigestTest, Crc32cContinuesWhereverItIsCut) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  const std::uint32_t whole = Crc32c(AsBytes(text));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::uint32_t first = Crc32c(AsBytes(std::string_view(text).substr(0, cut)));
    EXPECT_EQ(Crc32c(AsBytes(std::string_view(text).substr(cut)), first), whole) << cut;
  }
}

// RFC 2202 case 2 and RFC 4231 case 2.
TEST(DigestTest, HmacFitsTheRfcVectors) {
  constexpr std::string_view kMessage = "what do ya want for nothing?";
  EXPECT_EQ(HexEncode(HmacSha1(AsBytes("Jefe"), kMessage)),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(HexEncode(HmacSha256(AsBytes("Jefe"), kMessage)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(DigestTest, HmacTakesAnEmptyKey) {
  EXPECT_EQ(HexEncode(HmacSha1({}, "")), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

TEST(DigestTest, HashesFitTheirRfcVectors) {
  EXPECT_EQ(Md5Hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(Sha1Hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Md5Hex(""), "d41d8cd98f00b204e9800998ecf8427e");
}

// RFC 4648 section 10.
TEST(DigestTest, Base64FitsTheRfcVectorsBothWays) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(Base64Encode(AsBytes(plain)), encoded);
    EXPECT_THAT(Base64Decode(encoded), IsOkAndHolds(plain));
  }
}

TEST(DigestTest, Base64RefusesWhatIsNotItsOwnEncoding) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9\n", "Zh==", "Zm9="}) {
    EXPECT_THAT(Base64Decode(text), FailsWith(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(DigestTest, HexGoesBothWays) {
  EXPECT_EQ(HexEncode(AsBytes(std::string_view("\x00\x7f\xff", 3))), "007fff");
  EXPECT_THAT(HexDecode("007FfF"), IsOkAndHolds(std::string("\x00\x7f\xff", 3)));
  EXPECT_THAT(HexDecode("0"), FailsWith(ErrorCode::kInvalidArgument));
  EXPECT_THAT(HexDecode("0g"), FailsWith(ErrorCode::kInvalidArgument));
}

TEST(DigestTest, RandomHexIsLongAndNew) {
  const std::string first = RandomHex128();
  EXPECT_EQ(first.size(), 32U);
  EXPECT_NE(first, RandomHex128());
}

}  // namespace
}  // namespace culvert
