#include "format/error.h"

#include <gtest/gtest.h>

using pg_flux::format::Error;

TEST(Error, KeepsReasonAndLine) {
  const Error error("unknown marker", 7);
  EXPECT_STREQ(error.what(), "unknown marker");
  EXPECT_EQ(error.line(), 7U);
}

TEST(Error, HasNoLineUnlessTold) { EXPECT_EQ(Error("file name is empty").line(), 0U); }

TEST(Error, IsCaughtAsStandardException) { EXPECT_THROW(throw Error("reason"), std::exception); }
