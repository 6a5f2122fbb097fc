// Splits the text of a migration file into its Up and Down sections.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pg_flux::format {

enum class Direction { up, down };

// Which of the two files a text comes from. Without any marker a migration file is all Up and an undo file is all Down.
enum class FileKind { migration, undo };

// One stretch of text between two markers.
struct Section {
  Direction direction;
  bool notransaction;    // the marker said so
  std::string_view text; // starts on the line after the marker, ends before the next marker's line
  std::size_t line;      // line of the file on which text starts, counted from 1
};

// Hands out the sections of one text in file order. Trivially destructible: the text must outlive it.
//
// A marker is a line comment that is first on its line (after spaces and tabs), outside every quoted region, and reads
// "+migrate" and one of Up, Down, StatementBegin, StatementEnd, in any letter case. Up and Down may be followed by
// "notransaction". StatementBegin and StatementEnd stay in the text as the comments they are.
// What stands before the first Up or Down marker belongs to no section.
class SectionReader {
public:
  SectionReader(std::string_view text, FileKind kind) noexcept;

  // The next section; false at the end. Throws Error for a +migrate line that is none of the markers above or has an
  // unknown word after it, for an Up marker in an undo file, and, at the end of a migration file, for Down markers
  // without an Up marker.
  bool next(Section &section);

  // After the last section: whether something other than blanks and comments stood before the first marker.
  bool ignored_code() const noexcept { return ignored_code_; }

private:
  struct Marker {
    Direction direction;
    bool notransaction;
  };

  static std::optional<Marker> parse_marker(std::string_view comment, std::size_t line);
  std::string_view read_to_marker();
  void move_past(const Marker &marker, std::size_t end_of_marker);
  void note_direction(Direction direction);

  FileKind kind_;
  std::string_view rest_; // what is not handed out yet
  std::size_t line_ = 1;  // on which the token to be read starts
  Marker marker_;         // the one before rest_, or what a text without markers is
  bool is_marked_ = false;
  bool is_at_end_ = false;
  bool has_up_ = false;
  std::size_t first_down_line_ = 0; // 0: no Down marker yet
  bool ignored_code_ = false;
};

// Text without blanks (space, \t, \n, \r, \f, \v) at both ends.
std::string_view trim(std::string_view text) noexcept;

// Number of line feeds in text.
std::size_t count_lines(std::string_view text) noexcept;

} // namespace pg_flux::format
