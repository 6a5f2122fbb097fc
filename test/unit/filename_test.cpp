#include "format/filename.h"

#include <string>

#include <gtest/gtest.h>

#include "format/error.h"

using namespace pg_flux::format;

namespace {

std::string reason_against(std::string_view filename) {
  try {
    check_filename(filename);
  } catch (const Error &error) {
    EXPECT_EQ(error.line(), 0U);
    return error.what();
  }
  return "";
}

} // namespace

TEST(Filename, AcceptsMigrations) {
  EXPECT_EQ(reason_against("20240101120000_create_users.sql"), "");
  EXPECT_EQ(reason_against("a.sql"), "");
  EXPECT_EQ(reason_against("..sql"), "");
  EXPECT_EQ(reason_against(".sql.sql"), "");
  EXPECT_EQ(reason_against("with blank and 'quote'.sql"), "");
  EXPECT_EQ(reason_against("übergröße.sql"), "");
  EXPECT_EQ(reason_against("001_undo_last.sql"), "");
  EXPECT_EQ(reason_against("001undo.sql"), "");
}

TEST(Filename, RefusesOtherEndings) {
  for (const std::string name : {"a", "a.SQL", "a.Sql", "a.sql.bak", "a.sql ", "sql", "asql", ".sq"})
    EXPECT_EQ(reason_against(name), "file name does not end in \".sql\"") << name;
}

TEST(Filename, RefusesNothingBeforeTheEnding) {
  EXPECT_EQ(reason_against(".sql"), "file name has nothing before \".sql\"");
  EXPECT_EQ(reason_against(""), "file name is empty");
}

TEST(Filename, RefusesUndoFiles) {
  EXPECT_EQ(reason_against("001_undo.sql"), "file name ends in \"_undo.sql\"");
  EXPECT_EQ(reason_against("_undo.sql"), "file name ends in \"_undo.sql\"");
}

TEST(Filename, RefusesDirectories) {
  for (const std::string name : {"/a.sql", "dir/a.sql", "../a.sql", "dir\\a.sql", "C:\\a.sql", "a/.sql"})
    EXPECT_EQ(reason_against(name), "file name has a directory part") << name;
}

TEST(Filename, RefusesControlCharacters) {
  for (int byte = 0; byte < 0x20; ++byte)
    EXPECT_EQ(reason_against(std::string("a") + static_cast<char>(byte) + ".sql"), "file name has a control character");
  EXPECT_EQ(reason_against("a\x7f.sql"), "file name has a control character");
  EXPECT_EQ(reason_against("a.sql\n"), "file name has a control character");
}

TEST(Filename, CountsBytes) {
  EXPECT_EQ(reason_against(std::string(251, 'a') + ".sql"), "");
  EXPECT_EQ(reason_against(std::string(252, 'a') + ".sql"), "file name is longer than 255 bytes");

  std::string two_byte_letters;
  for (int i = 0; i < 126; ++i)
    two_byte_letters += "ü";
  EXPECT_EQ(reason_against(two_byte_letters + ".sql"), "file name is longer than 255 bytes");
}

TEST(Filename, KnowsSqlFiles) {
  EXPECT_TRUE(is_sql_file("a.sql"));
  EXPECT_TRUE(is_sql_file("a_undo.sql"));
  EXPECT_TRUE(is_sql_file(".sql"));
  EXPECT_FALSE(is_sql_file("a.SQL"));
  EXPECT_FALSE(is_sql_file("sql"));
  EXPECT_FALSE(is_sql_file(""));
}

TEST(Filename, KnowsUndoFiles) {
  EXPECT_TRUE(is_undo_file("a_undo.sql"));
  EXPECT_TRUE(is_undo_file("_undo.sql"));
  EXPECT_FALSE(is_undo_file("a_UNDO.sql"));
  EXPECT_FALSE(is_undo_file("a.sql"));
  EXPECT_FALSE(is_undo_file("undo.sql"));
  EXPECT_FALSE(is_undo_file(""));
}
