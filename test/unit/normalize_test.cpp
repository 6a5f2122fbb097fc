#include "format/normalize.h"

#include <string>

#include <gtest/gtest.h>

using pg_flux::format::normalize;
using pg_flux::format::without_byte_order_mark;

namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

std::string normalized(std::string_view text) {
  std::string out(text.size(), '?');
  out.resize(normalize(text, out.data()));
  return out;
}

} // namespace

TEST(Normalize, KeepsWhatIsNormal) {
  EXPECT_EQ(normalized(""), "");
  EXPECT_EQ(normalized("\n"), "\n");
  EXPECT_EQ(normalized("SELECT 1;\n\n  SELECT 2"), "SELECT 1;\n\n  SELECT 2");
  EXPECT_EQ(normalized("-- ж\n"), "-- ж\n");
}

TEST(Normalize, KeepsTrailingBlanksAndMissingLineEnd) { EXPECT_EQ(normalized("a \t\nb "), "a \t\nb "); }

TEST(Normalize, TurnsCrlfIntoLf) {
  EXPECT_EQ(normalized("\r\n"), "\n");
  EXPECT_EQ(normalized("a\r\nb\r\n"), "a\nb\n");
  EXPECT_EQ(normalized("\r\n\r\n"), "\n\n");
  EXPECT_EQ(normalized("a\r\nb\nc\r\n"), "a\nb\nc\n");
}

TEST(Normalize, KeepsLoneCarriageReturns) {
  EXPECT_EQ(normalized("\r"), "\r");
  EXPECT_EQ(normalized("a\rb"), "a\rb");
  EXPECT_EQ(normalized("a\r\rb\r"), "a\r\rb\r");
  EXPECT_EQ(normalized("\n\r"), "\n\r");
}

TEST(Normalize, TurnsDoublyConvertedLineEndsIntoLf) {
  EXPECT_EQ(normalized("a\r\r\nb"), "a\nb");
  EXPECT_EQ(normalized("\r\r\r\n\r"), "\n\r");
}

TEST(Normalize, TakesOffByteOrderMark) {
  EXPECT_EQ(normalized("\xEF\xBB\xBF"), "");
  EXPECT_EQ(normalized("\xEF\xBB\xBF-- x\r\n"), "-- x\n");
}

TEST(Normalize, KeepsByteOrderMarkElsewhere) {
  EXPECT_EQ(normalized("a\xEF\xBB\xBF"), "a\xEF\xBB\xBF");
  EXPECT_EQ(normalized("\xEF\xBB\xBF\xEF\xBB\xBF"), bom);
  EXPECT_EQ(normalized("\xEF\xBB"), "\xEF\xBB");
}

TEST(Normalize, KeepsZeroBytes) {
  EXPECT_EQ(normalized(std::string_view("a\0\r\nb", 5)), std::string_view("a\0\nb", 4));
}

TEST(Normalize, WritesNoMoreThanItSays) {
  std::string out(8, '?');
  EXPECT_EQ(normalize("a\r\nb", out.data()), 3U);
  EXPECT_EQ(out, "a\nb?????");
}

TEST(Normalize, ChangesNothingTheSecondTime) {
  for (const std::string text : {"a\r\r\nb", "\r\n\r\r\n\n\r", "\xEF\xBB\xBF\r\n"})
    EXPECT_EQ(normalized(normalized(text)), normalized(text));
}

TEST(Normalize, FindsByteOrderMarkWithoutCopying) {
  EXPECT_EQ(without_byte_order_mark("\xEF\xBB\xBFx"), "x");
  EXPECT_EQ(without_byte_order_mark("x"), "x");
  EXPECT_EQ(without_byte_order_mark(""), "");
}
