#include "format/header.h"

#include <string>

#include <gtest/gtest.h>

using pg_flux::format::baseline_hash;

namespace {

constexpr std::string_view hash = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string header = "-- pg-flux-baseline-hash: " + std::string(hash) + "\n";

} // namespace

TEST(Header, HasTheHash) {
  EXPECT_EQ(baseline_hash(header), hash);
  EXPECT_EQ(baseline_hash(header + "-- +migrate Up\nSELECT 1;\n"), hash);
  EXPECT_EQ(baseline_hash(header + "SELECT 1;\n"), hash) << "a file without markers";
  EXPECT_EQ(baseline_hash("-- pg-flux-baseline-hash: " + std::string(hash)), hash) << "without a line end";
}

TEST(Header, StandsAmongComments) {
  EXPECT_EQ(baseline_hash("-- Orders.\n/* by\n hand */\n\n" + header), hash);
  EXPECT_EQ(baseline_hash("-- a\r\n-- pg-flux-baseline-hash: " + std::string(hash) + "\r\n-- b\r\n"), hash);
}

TEST(Header, BlanksAndCaseDoNotMatter) {
  EXPECT_EQ(baseline_hash("\xEF\xBB\xBF" + header), hash);
  EXPECT_EQ(baseline_hash("  --pg-flux-baseline-hash:" + std::string(hash) + " \t\n"), hash);
  EXPECT_EQ(baseline_hash("--\tPG-Flux-Baseline-Hash:\t" + std::string(hash)), hash);
}

TEST(Header, NoneWhereThereIsNone) {
  EXPECT_EQ(baseline_hash(""), "");
  EXPECT_EQ(baseline_hash("--"), "");
  EXPECT_EQ(baseline_hash("-- pg-flux-baseline-hash:"), "");
  EXPECT_EQ(baseline_hash("-- pg-flux-baseline-hash"), "");
  EXPECT_EQ(baseline_hash("SELECT 1;"), "");
}

TEST(Header, PassesTheHashOfTheToolOver) {
  EXPECT_EQ(baseline_hash("-- pg-flux-baseline-hash: 0123456789abcdef\n-- +migrate Up\n"), "");
  EXPECT_EQ(baseline_hash("-- pg-flux-baseline-hash: 0123456789abcdef\n" + header), hash);
  EXPECT_EQ(baseline_hash("-- pg-flux-baseline-hash: md5:0123456789abcdef\n"), "");
}

TEST(Header, EndsAtCodeAndMarkers) {
  EXPECT_EQ(baseline_hash("-- +migrate Up\n" + header), "");
  EXPECT_EQ(baseline_hash("  -- +MIGRATE Down\n" + header), "");
  EXPECT_EQ(baseline_hash("SELECT 1;\n" + header), "");
  EXPECT_EQ(baseline_hash("/*\n" + header + "*/"), "") << "a comment in a comment says nothing";
  EXPECT_EQ(baseline_hash("'\n" + header), "");
}

// Whoever edits a hash by hand is told, rather than left unchecked.
TEST(Header, TakesAHashThatIsNoneAsItIs) {
  EXPECT_EQ(baseline_hash("-- pg-flux-baseline-hash: sha256:\n"), "sha256:");
  EXPECT_EQ(baseline_hash("-- pg-flux-baseline-hash: sha256:12 34\n"), "sha256:12 34");
}
