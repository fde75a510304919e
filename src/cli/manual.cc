#include "cli/manual.hh"

#include <algorithm>

namespace ip2asn::cli {
namespace {

constexpr std::size_t kWidth = 80;
// Longer labels have a line of their own.
constexpr std::size_t kWidestLabel = 20;

// With the places that were configured, and without the marks of the man page.
std::string plain(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kPlaces[] = {
      {"@default_database@", IP2ASN_DEFAULT_DATABASE},
      {"@default_hoster_map@", IP2ASN_HOSTER_MAP},
      {"@bootstrap_dir@", IP2ASN_BOOTSTRAP_DIR},
  };
  std::string to(text);
  for (const auto& [mark, place] : kPlaces) {
    for (std::size_t at = 0; (at = to.find(mark, at)) != std::string::npos; at += place.size())
      to.replace(at, mark.size(), place);
  }
  std::erase(to, '`');
  return to;
}

// Words in lines that begin at `indent` and end before kWidth. The first is where `to` ends.
void wrap(std::string& to, std::string_view text, std::size_t indent) {
  std::size_t column = to.size() - (to.rfind('\n') + 1);
  bool first = true;
  while (!text.empty()) {
    const std::size_t length = std::min(text.find(' '), text.size());
    if (!first && column + 1 + length > kWidth) {
      to += '\n';
      to.append(indent, ' ');
      column = indent;
      first = true;
    }
    if (!first) {
      to += ' ';
      ++column;
    }
    to += text.substr(0, length);
    column += length;
    first = false;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  to += '\n';
}

std::string_view take_line(std::string_view& text) {
  const std::size_t length = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return line;
}

// Lines that begin with a blank stay as they are; others of a paragraph are one.
void paragraphs(std::string& to, std::string_view text) {
  std::string words;
  const auto put_out = [&] {
    if (!words.empty()) wrap(to, words, 0);
    words.clear();
  };
  const std::string replaced = plain(text);
  for (std::string_view rest = replaced; !rest.empty();) {
    const std::string_view line = take_line(rest);
    if (line.empty() || line.front() == ' ') {
      put_out();
      to.append(line) += '\n';
    } else {
      words.append(words.empty() ? "" : " ").append(line);
    }
  }
  put_out();
}

void examples(std::string& to, std::string_view text) {
  to += "\nExamples:\n";
  while (!text.empty()) to.append("  ").append(take_line(text)) += '\n';
}

void exits(std::string& to, std::string_view text) {
  to += "\nExit status:\n";
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    to.append("  ").append(line.substr(0, 1)).append("  ");
    wrap(to, line.substr(2), 5);
  }
}

// "  -d, --database DB".
std::string label(const Option& option) {
  std::string text = "      ";
  if (option.letter != 0) text = std::string("  -") + option.letter + ", ";
  text.append("--").append(option.name);
  if (!option.value.empty() && option.value.front() != '[') text += ' ';
  return text.append(option.value);
}

// Beginning and sentence, as the man page has them.
std::string sentence(std::string_view text) {
  std::string to(text);
  if (to.size() > 1 && to[0] >= 'a' && to[0] <= 'z') to[0] = static_cast<char>(to[0] - 'a' + 'A');
  if (!to.empty() && to.back() != '.') to += '.';
  return to;
}

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; }

// One character of text in roff.
void put(std::string& to, char c) {
  if (c == '-') {
    to += "\\-";
  } else if (c == '\\') {
    to += "\\e";
  } else if (c == '\'') {
    to += "\\(aq";
  } else {
    to += c;
  }
}

void put(std::string& to, std::string_view text, char font) {
  to.append("\\f") += font;
  for (const char c : text) put(to, c);
  to += "\\fR";
}

// Text in roff: options and what stands between backquotes are bold, the names of values italic, sentences have lines.
std::string roff(std::string_view text, std::string_view value) {
  std::string to;
  bool line_begins = true;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    const char before = i == 0 ? ' ' : text[i - 1];
    const bool word_begins = !is_name(before) && before != '`';
    if (line_begins && (rest[0] == '.' || rest[0] == '\'')) to += "\\&";
    line_begins = false;
    std::size_t length = 1;
    if (rest[0] == '`') {
      length = std::min(rest.find('`', 1), rest.size() - 1) + 1;
      put(to, rest.substr(1, length - 2), 'B');
    } else if (word_begins && rest[0] == '-' && rest.size() > 1 && (is_name(rest[1]))) {
      while (length < rest.size() && is_name(rest[length])) ++length;
      put(to, rest.substr(0, length), 'B');
    } else if (!value.empty() && word_begins && rest.starts_with(value) &&
               (rest.size() == value.size() || !is_name(rest[value.size()]))) {
      length = value.size();
      put(to, value, 'I');
    } else if (rest.starts_with("\n\n")) {
      to += "\n.IP\n";
      length = 2;
      line_begins = true;
    } else if ((rest.starts_with(". ") && rest.size() > 2 && (rest[2] < 'a' || rest[2] > 'z')) || rest[0] == '\n') {
      to += rest[0] == '.' ? ".\n" : "\n";
      length = rest[0] == '.' ? 2 : 1;
      line_begins = true;
    } else {
      put(to, rest[0]);
    }
    i += length;
  }
  return to;
}

// What stands above an option's text in the man page.
std::string man_label(const Option& option) {
  std::string text;
  if (option.letter != 0) {
    put(text, std::string("-") + option.letter, 'B');
    text += ", ";
  }
  put(text, "--" + std::string(option.name), 'B');
  if (option.value.empty()) return text;
  if (option.value.front() != '[') text += ' ';
  // What is written as it is: words to choose from, and signs.
  const bool words = option.value.find('|') != std::string_view::npos;
  for (std::size_t i = 0; i < option.value.size();) {
    std::size_t length = 0;
    while (i + length < option.value.size() && (is_name(option.value[i + length]) || option.value[i + length] == '_'))
      ++length;
    if (length == 0) {
      text += option.value[i++];
    } else {
      put(text, option.value.substr(i, length), words ? 'B' : 'I');
      i += length;
    }
  }
  return text;
}

// The name of the value that texts may speak of.
std::string_view value_name(const Option& option) {
  std::string_view value = option.value;
  if (value.find('|') != std::string_view::npos) return {};
  if (value.starts_with("[=")) value = value.substr(2, value.size() - 3);
  return value.substr(0, value.find_first_of("=[/"));
}

constexpr bool is_path(std::string_view value) {
  return value == "FILE" || value == "DB" || value == "DIR" || value == "SOURCE" || value == "OLD" ||
         value == "RESULTS" || value == "METRICS" || value == "DIRECTORY";
}

// Whether something in the usage that is not an option's value is a path.
bool takes_paths(const Command& command) {
  std::string_view usage = command.usage;
  std::string_view line = take_line(usage);
  std::string_view before;
  while (!line.empty()) {
    const std::size_t length = std::min(line.find(' '), line.size());
    std::string_view word = line.substr(0, length);
    line.remove_prefix(std::min(length + 1, line.size()));
    const std::string_view name =
        word.substr(word.find_first_not_of('[') == std::string_view::npos ? 0 : word.find_first_not_of('['));
    if (is_path(name.substr(0, name.find_first_of("].="))) && !before.starts_with('-')) return true;
    before = word;
  }
  return false;
}

std::string switches(const Option& option) {
  std::string text = option.letter != 0 ? std::string("-") + option.letter + " | " : "";
  return text.append("--").append(option.name);
}

// A branch of `case $previous in` for each option that takes a value.
std::string value_cases(const Options& options) {
  std::string paths, nothing, to;
  for (const Option* option : options.all()) {
    if (option->value.empty() || option->value.front() == '[') continue;
    if (is_path(option->value)) {
      paths.append(paths.empty() ? "" : " | ").append(switches(*option));
    } else if (option->value.find('|') != std::string_view::npos || !option->offers.empty()) {
      std::string words(option->offers.empty() ? option->value : option->offers);
      std::replace(words.begin(), words.end(), '|', ' ');
      to += "                " + switches(*option) + ") words='" + words + "' ;;\n";
    } else {
      nothing.append(nothing.empty() ? "" : " | ").append(switches(*option));
    }
  }
  if (!paths.empty()) to += "                " + paths + ") files=yes ;;\n";
  if (!nothing.empty()) to += "                " + nothing + ") return ;;\n";
  return to;
}

}  // namespace

std::string overview_text() {
  std::string text =
      "Usage: ip2asn COMMAND [OPTION]... [ARGUMENT]...\n"
      "\n"
      "Tells which autonomous system (AS) announces an IP address, and who hosts there.\n"
      "\n"
      "Commands:\n";
  for (const Command* command : commands()) {
    text.append("  ").append(command->name).append(11 - command->name.size(), ' ').append(command->summary) += '\n';
  }
  text +=
      "\n"
      "  ip2asn COMMAND --help   what a command does and takes, with examples\n"
      "  ip2asn --version        version, and the format of the indexes it writes\n"
      "\n"
      "A database (DB) is one or more source files, such as iptoasn.com's, plain or\n"
      "gzip, or one compiled index. The content of a file shows which it is.\n"
      "\n"
      "Exit status:\n"
      "  0  fine\n"
      "  1  an address was not valid (the others were answered), or out of memory\n"
      "  2  wrong usage\n"
      "  3  damaged: a file, or the answer of a server, is not what it should be\n"
      "  4  stale: the data is older than allowed\n"
      "  5  drifted: the data lost more than the allowed share of the old\n"
      "  6  a file or standard output could not be read or written, or a server does\n"
      "     not answer\n";
  examples(text,
           "ip2asn lookup -d ip2asn-combined.tsv.gz 8.8.8.8 2001:4860:4860::8888\n"
           "ip2asn compile ip2asn-combined.tsv.gz -o ip2asn.idx\n"
           "cut -d' ' -f1 access.log | ip2asn lookup -d ip2asn.idx --tsv\n");
  return text;
}

std::string help_text(const Command& command, const Options& options) {
  std::string text;
  for (std::string_view usage = command.usage; !usage.empty();) {
    text.append(text.empty() ? "Usage: ip2asn " : "       ip2asn ").append(command.name).append(" ");
    text.append(take_line(usage)) += '\n';
  }
  text += '\n';
  paragraphs(text, command.about);

  constexpr std::string_view kHelp = "  -h, --help";
  std::size_t widest = kHelp.size();
  for (const Option* option : options.all()) {
    const std::size_t width = label(*option).size();
    if (width <= kWidestLabel) widest = std::max(widest, width);
  }
  const auto put_option = [&](std::string_view shown, std::string_view help) {
    text += shown;
    if (shown.size() > widest) text.append("\n").append(widest, ' ');
    if (shown.size() < widest) text.append(widest - shown.size(), ' ');
    text += "  ";
    wrap(text, plain(help), widest + 2);
  };
  for (const OptionGroup& group : options.groups()) {
    text.append("\n").append(group.title).append(":\n");
    for (const Option& option : group.options) put_option(label(option), option.help);
  }
  if (options.groups().empty()) text += "\nOptions:\n";
  put_option(kHelp, "this text");
  for (const std::string_view note : options.notes()) {
    text += '\n';
    paragraphs(text, note);
  }
  exits(text, command.exits);
  examples(text, command.examples);
  return text;
}

std::string man_text(const Command& command, const Options& options) {
  std::string name(command.name), upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  std::string text = ".\\\" Printed by 'ip2asn help --man " + name + "'; 'make manual' renews it.\n";
  text += ".TH IP2ASN\\-" + upper + " 1 \"\" \"ip2asn @version@\" \"User Commands\"\n";
  text += ".SH NAME\nip2asn\\-" + name + " \\- " + roff(command.summary, {}) + "\n.SH SYNOPSIS\n";
  for (std::string_view usage = command.usage; !usage.empty();) {
    std::string_view line = take_line(usage);
    text.append(".SY \"ip2asn ").append(command.name).append("\"\n");
    text += roff(line, {}) + "\n.YS\n";
  }
  text += ".SH DESCRIPTION\n@description@\n.SH OPTIONS\n";
  for (const OptionGroup& group : options.groups()) {
    if (options.groups().size() > 1) text += ".SS " + roff(group.title, {}) + '\n';
    for (const Option& option : group.options) {
      text += ".TP\n" + man_label(option) + '\n' + roff(sentence(option.help), value_name(option)) + '\n';
      if (!option.more.empty()) text += roff(option.more, value_name(option)) + '\n';
    }
  }
  text += ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nPrint a summary of this page.\n";
  for (const std::string_view note : options.notes()) {
    text += ".PP\n";
    for (std::string_view rest = note; !rest.empty();) {
      const std::string_view line = take_line(rest);
      const std::size_t first = line.find_first_not_of(' ');
      text += (first == 0 ? "" : ".br\n") + roff(line.substr(std::min(first, line.size())), {}) + '\n';
    }
  }
  text += ".SH \"EXIT STATUS\"\n";
  for (std::string_view rest = command.exits; !rest.empty();) {
    const std::string_view line = take_line(rest);
    text.append(".TP\n.B ").append(line.substr(0, 1)).append("\n");
    text += roff(sentence(line.substr(2)), {}) + '\n';
  }
  text += ".SH EXAMPLES\n.EX\n";
  for (const char c : command.examples) put(text, c);
  return text + ".EE\n.SH \"SEE ALSO\"\n.BR ip2asn (1)\n";
}

std::string man_commands_text() {
  std::string text;
  for (const Command* command : commands()) {
    text.append(".TP\n.BR ip2asn\\-").append(command->name).append(" (1)\n");
    text += roff(sentence(command->summary), {}) + '\n';
  }
  return text;
}

std::string completion_text() {
  std::string names;
  for (const Command* command : commands()) names.append(command->name).append(" ");
  std::string text =
      "# bash completion for ip2asn(1)\n"
      "# Printed by 'ip2asn help --completion'; 'make manual' renews it.\n"
      "\n"
      "_ip2asn()\n"
      "{\n"
      "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
      "    local options='' words='' files=''\n"
      "    COMPREPLY=()\n"
      "\n"
      "    if ((COMP_CWORD == 1)); then\n"
      "        mapfile -t COMPREPLY < <(compgen -W '" +
      names +
      "--help --version' -- \"$current\")\n"
      "        return\n"
      "    fi\n"
      "    case ${COMP_WORDS[1]} in\n";
  for (const Command* command : commands()) {
    const Invocation invocation = command->invoke();
    text.append("        ").append(command->name).append(")\n");
    std::string line = "            options='";
    for (const Option* option : invocation.options.all()) line.append("--").append(option->name).append(" ");
    text += line + "--help'\n";
    if (takes_paths(*command)) text += "            files=yes\n";
    const std::string cases = value_cases(invocation.options);
    if (!cases.empty()) text += "            case $previous in\n" + cases + "            esac\n";
    text += "            ;;\n";
  }
  return text +
         "        *) return ;;\n"
         "    esac\n"
         "    if [[ -n $words ]]; then\n"
         "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "    elif [[ $current == -* ]]; then\n"
         "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
         "    elif [[ -n $files ]]; then\n"
         "        compopt -o filenames 2> /dev/null\n"
         "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "    fi\n"
         "}\n"
         "complete -F _ip2asn ip2asn\n";
}

}  // namespace ip2asn::cli
