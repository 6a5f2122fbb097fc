// What src/format/ should say, found in another way: naive, slow, and close to the letter of PostgreSQL's scan.l.
//
// Like the scanner that flex makes, it tries every rule of the state it is in and takes the longest match. Rules that
// can neither open a region nor hide one are left out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace reference {

// A comment, blank or quoted region; everything between these is code.
struct Region {
  char kind; // '-' and '*' comments, '\'' string, '"' identifier, '$' dollar quote, ' ' blank
  std::size_t begin;
  std::size_t end;
  bool operator==(const Region &) const = default;
};

class Scanner {
public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<Region> regions() {
    while (here_ < text_.size())
      initial();
    return regions_;
  }

private:
  using Length = std::size_t; // of a match; 0: the rule does not match

  static bool in(std::string_view set, char byte) { return set.find(byte) != std::string_view::npos; }
  static bool space(char byte) { return in(" \t\n\r\f\v", byte); }
  static bool newline(char byte) { return in("\n\r", byte); }
  static bool digit(char byte) { return in("0123456789", byte); }
  static bool dolq_start(char byte) {
    return in("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", byte) || static_cast<signed char>(byte) < 0;
  }
  static bool dolq_cont(char byte) { return dolq_start(byte) || digit(byte); }
  static bool ident_cont(char byte) { return dolq_cont(byte) || byte == '$'; }
  static bool op_char(char byte) { return in("~!@#^&|`?+-*/%<>=", byte); }

  char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
  bool ended(std::size_t offset) const { return offset >= text_.size(); }
  bool literal(std::size_t offset, std::string_view expected) const {
    return !ended(offset) && text_.substr(offset, expected.size()) == expected;
  }
  template <typename Set> Length run(std::size_t offset, Set set) const {
    Length length = 0;
    while (!ended(offset + length) && set(text_[offset + length]))
      ++length;
    return length;
  }

  Length comment(std::size_t offset) const {
    return literal(offset, "--") ? run(offset, [](char byte) { return !newline(byte); }) : 0;
  }
  Length identifier(std::size_t offset) const {
    return !ended(offset) && dolq_start(text_[offset]) ? run(offset, ident_cont) : 0;
  }
  Length dolqfailed(std::size_t offset) const {
    return literal(offset, "$") && !ended(offset + 1) && dolq_start(text_[offset + 1]) ? 1 + run(offset + 1, dolq_cont)
                                                                                       : 0;
  }
  Length dolqdelim(std::size_t offset) const {
    if (literal(offset, "$$"))
      return 2;
    const Length tag = dolqfailed(offset);
    return tag > 0 && literal(offset + tag, "$") ? tag + 1 : 0;
  }
  Length param(std::size_t offset) const {
    return literal(offset, "$") && run(offset + 1, digit) > 0 ? 1 + run(offset + 1, digit) : 0;
  }
  Length integer(std::size_t offset) const { return run(offset, digit); }
  Length real(std::size_t offset) const {
    const Length mantissa = integer(offset);
    if (mantissa == 0 || ended(offset + mantissa) || !in("eE", text_[offset + mantissa]))
      return 0;
    const Length sign = !ended(offset + mantissa + 1) && in("+-", text_[offset + mantissa + 1]) ? 1 : 0;
    const Length exponent = run(offset + mantissa + 1 + sign, digit);
    return exponent > 0 ? mantissa + 1 + sign + exponent : 0;
  }
  // Of an operator the part before a comment.
  Length operator_(std::size_t offset) const {
    const Length all = run(offset, op_char);
    const std::string_view characters = text_.substr(offset, all);
    return std::min({all, characters.find("--"), characters.find("/*")});
  }
  Length quotecontinue(std::size_t offset) const {
    Length gap = 0;
    bool seen_newline = false;
    for (;;) {
      const Length remark = comment(offset + gap);
      if (remark > 0) {
        gap += remark;
      } else if (!ended(offset + gap) && space(at(offset + gap))) {
        seen_newline = seen_newline || newline(at(offset + gap));
        ++gap;
      } else {
        return seen_newline && literal(offset + gap, "'") ? gap + 1 : 0;
      }
    }
  }

  void initial() {
    struct Rule {
      Length length;
      void (Scanner::*action)(Length);
    };
    const Length xestart = literal(here_, "e'") || literal(here_, "E'") ? 2 : 0;
    const Rule rules[] = {
        {run(here_, space), &Scanner::take_space},
        {comment(here_), &Scanner::take_comment},
        {literal(here_, "/*") ? 2U : 0U, &Scanner::xc},
        {xestart, &Scanner::xe},
        {literal(here_, "'") ? 1U : 0U, &Scanner::xq},
        {literal(here_, "\"") ? 1U : 0U, &Scanner::xd},
        {dolqdelim(here_), &Scanner::xdolq},
        {identifier(here_), &Scanner::take_code},
        {integer(here_), &Scanner::take_code},
        {real(here_), &Scanner::take_code},
        {param(here_), &Scanner::take_code},
        {operator_(here_), &Scanner::take_code},
        {1, &Scanner::take_code}, // any other character
    };
    const Rule *longest = rules;
    for (const Rule &rule : rules)
      longest = rule.length > longest->length ? &rule : longest;
    (this->*longest->action)(longest->length);
  }

  void add(char kind, std::size_t begin) { regions_.push_back({kind, begin, here_}); }

  void take_code(Length length) { here_ += length; }
  void take_space(Length length) {
    here_ += length;
    add(' ', here_ - length);
  }
  void take_comment(Length length) {
    here_ += length;
    add('-', here_ - length);
  }

  void xc(Length length) {
    const std::size_t begin = here_;
    here_ += length;
    int depth = 0;
    while (!ended(here_)) {
      const Length stars = run(here_, [](char byte) { return byte == '*'; });
      if (literal(here_, "/*")) {
        ++depth;
        here_ += 2;
      } else if (stars > 0 && literal(here_ + stars, "/")) {
        here_ += stars + 1;
        if (depth-- == 0)
          break;
      } else {
        here_ += std::max<Length>(stars, 1);
      }
    }
    add('*', begin);
  }

  void xq(Length) { string(here_, false); }
  void xe(Length) { string(here_ + 1, true); }

  void string(std::size_t begin, bool escapes) {
    here_ = begin + 1;
    bool closed = false;
    while (!closed && !ended(here_)) {
      if (literal(here_, "''"))
        here_ += 2;
      else if (escapes && literal(here_, "\\"))
        here_ = std::min(here_ + 2, text_.size());
      else
        closed = text_[here_++] == '\'';
    }
    add('\'', begin);

    const Length continued = closed ? quotecontinue(here_) : 0;
    if (continued > 0) {
      const std::size_t quote = here_ + continued - 1;
      while (here_ < quote)
        initial();
      string(quote, escapes);
    }
  }

  void xd(Length) {
    const std::size_t begin = here_++;
    bool closed = false;
    while (!closed && !ended(here_)) {
      if (literal(here_, "\"\""))
        here_ += 2;
      else
        closed = text_[here_++] == '"';
    }
    add('"', begin);
  }

  // A delimiter that is not the wanted one gives its last dollar back: it may begin the next.
  void xdolq(Length length) {
    const std::size_t begin = here_;
    const std::string_view start = text_.substr(here_, length);
    here_ += length;
    for (bool closed = false; !closed && !ended(here_);) {
      const Length delimiter = dolqdelim(here_);
      closed = delimiter > 0 && text_.substr(here_, delimiter) == start;
      if (closed)
        here_ += delimiter;
      else
        here_ += std::max<Length>(delimiter > 0 ? delimiter - 1 : dolqfailed(here_), 1);
    }
    add('$', begin);
  }

  std::string_view text_;
  std::size_t here_ = 0;
  std::vector<Region> regions_;
};

inline std::vector<Region> regions_of(std::string_view text) { return Scanner(text).regions(); }

struct Section {
  bool up;
  bool notransaction;
  std::size_t begin;
  std::size_t end;
  std::size_t line;
  bool operator==(const Section &) const = default;
};

struct File {
  std::vector<Section> sections;
  bool ignored_code = false;
  std::optional<std::size_t> error_line;
};

inline std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 +
         static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

// The words of a line that is a +migrate comment, in lower case; none for other lines.
inline std::vector<std::string> marker_words(std::string_view line) {
  std::string lower;
  for (const char byte : line)
    lower += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte;
  lower.erase(0, lower.find_first_not_of(" \t"));
  if (lower.rfind("--", 0) != 0)
    return {};

  std::vector<std::string> words;
  std::istringstream stream(lower.substr(2));
  for (std::string word; stream >> word;)
    words.push_back(word);
  return !words.empty() && words[0] == "+migrate" ? words : std::vector<std::string>();
}

inline bool is_wrong(const std::vector<std::string> &words) {
  if (words.size() < 2)
    return true;
  if (words[1] == "statementbegin" || words[1] == "statementend")
    return words.size() > 2;
  return (words[1] != "up" && words[1] != "down") ||
         !std::all_of(words.begin() + 2, words.end(), [](const std::string &word) { return word == "notransaction"; });
}

// The line from begin on when a line comment opens it, else nothing.
inline std::string_view comment_line(std::string_view text, std::size_t begin, const std::vector<Region> &regions) {
  const std::size_t dash = text.find_first_not_of(" \t", begin);
  for (const Region &region : regions) {
    if (region.kind == '-' && region.begin == dash)
      return text.substr(begin, region.end - begin);
  }
  return {};
}

inline bool has_code(std::string_view text) {
  std::size_t explained = 0;
  for (const Region &region : regions_of(text)) {
    if (region.kind == ' ' || region.kind == '-' || region.kind == '*')
      explained += region.end - region.begin;
  }
  return explained < text.size();
}

// Looks at every line of the file; a marker found, the rest is scanned anew.
inline File read_file(std::string_view text, bool undo) {
  File file;
  std::size_t begin = text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
  const std::size_t start = begin;
  bool seen_marker = false;
  std::optional<std::size_t> first_down;
  Section open{!undo, false, begin, 0, 1};
  std::vector<Region> regions = regions_of(text.substr(begin));
  for (std::size_t line = begin; line < text.size(); ++line) {
    if (line != begin && text[line - 1] != '\n' && text[line - 1] != '\r')
      continue;
    const std::string_view comment = comment_line(text.substr(begin), line - begin, regions);
    const std::vector<std::string> words = marker_words(comment);
    if (words.empty())
      continue;
    if (is_wrong(words) || (undo && words[1] == "up")) {
      file.error_line = line_of(text, line);
      return file;
    }
    if (words[1] != "up" && words[1] != "down")
      continue;

    open.end = line;
    if (seen_marker)
      file.sections.push_back(open);
    else
      file.ignored_code = has_code(text.substr(start, line - start));
    seen_marker = true;
    if (words[1] == "down" && !first_down)
      first_down = line_of(text, line);

    begin = line + comment.size();
    if (text.substr(begin, 2) == "\r\n")
      begin += 2;
    else if (begin < text.size())
      begin += 1;
    open = {words[1] == "up", words.size() > 2, begin, 0, line_of(text, begin)};
    regions = regions_of(text.substr(begin));
    line = begin - 1;
  }
  open.end = text.size();
  file.sections.push_back(open);
  if (!undo && first_down && std::none_of(file.sections.begin(), file.sections.end(), [](auto &s) { return s.up; }))
    file.error_line = first_down;
  return file;
}

} // namespace reference
