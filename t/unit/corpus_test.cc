// Drives t/data/bad and t/data/good through the core and the tool: each file has its verdict beside it.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hh"
#include "compile/database.hh"
#include "corpus_made.hh"
#include "cunit_main.hh"
#include "store/contents.hh"
#include "support.hh"

namespace {

using ip2asn::Database;
using ip2asn::Errc;
using ip2asn::Findings;
using ip2asn::SourceOptions;
using ip2asn::test::counters;
using ip2asn::test::holds;
using ip2asn::test::makers;
using ip2asn::test::name_of;
using ip2asn::test::read_bytes;
using ip2asn::test::same;
using ip2asn::test::TemporaryDirectory;
using ip2asn::test::write_bytes;

std::string source_directory() {
  const char* directory = std::getenv("srcdir");
  return directory != nullptr ? directory : ".";
}

struct Case {
  std::string path, name, verdict, counts, says;
};

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream rest(line);
  for (std::string field; std::getline(rest, field, '\t');) fields.push_back(field);
  return fields;
}

// The cases of one half of the corpus. What is not kept as a file is made in `directory`.
std::vector<Case> cases(std::string_view half, const TemporaryDirectory& directory) {
  static const auto made = makers();
  const std::string kept = source_directory() + "/t/data/" + std::string(half) + '/';
  std::vector<Case> all;
  std::istringstream table(read_bytes(kept + "VERDICTS"));
  for (std::string line; std::getline(table, line);) {
    if (line.starts_with('#')) continue;
    const auto fields = fields_of(line);
    CU_ASSERT_EQUAL_FATAL(fields.size(), 4);
    Case c{kept + fields[0], fields[0], fields[1], fields[2] == "-" ? "" : fields[2],
           fields[3] == "-" ? "" : fields[3]};
    if (const auto maker = made.find(c.name); maker != made.end()) {
      c.path = directory / c.name;
      write_bytes(c.path, maker->second());
    }
    CU_ASSERT(holds(std::filesystem::exists(c.path), "the file of " + c.name + " is there"));
    all.push_back(c);
  }
  return all;
}

std::string told(const ip2asn::Result<Database>& database) {
  if (!database) return std::string(name_of(database.error().code));
  return std::to_string(database->image().family_info(ip2asn::Family::v4).ranges) + '+' +
         std::to_string(database->image().family_info(ip2asn::Family::v6).ranges);
}

// Runs the tool; its exit status, or 1000 and more for a signal. All that it prints goes to `out`.
int run_tool(const std::vector<std::string>& arguments, const std::string& out) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int spawned = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) return -spawned;
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void judge(const Case& c, const TemporaryDirectory& directory) {
  Findings findings;
  const auto database = Database::open({c.path}, {}, {}, findings);
  CU_ASSERT(same(told(database), c.verdict, c.name));
  if (c.counts != "?") CU_ASSERT(same(counters(findings), c.counts, c.name + ": counted"));
  if (!database) {
    const std::string& message = database.error().message;
    CU_ASSERT(holds(message.starts_with(c.path + ": "), c.name + ": names the file: " + message));
    CU_ASSERT(holds(message.find(c.says) != message.npos && !c.says.empty(), c.name + ": says why: " + message));
    CU_ASSERT(holds(ip2asn::is_clean(message, 4096), c.name + ": is safe to print"));
  }
  for (const auto& example : findings.examples()) {
    CU_ASSERT(
        holds(example.line > 0 && example.file == c.path && ip2asn::is_clean(example.text), c.name + ": example"));
  }

  // What is skipped rejects the file when it is read strictly; what is repaired does not.
  SourceOptions strict;
  strict.strict = true;
  Findings strict_findings;
  const auto strictly = Database::open({c.path}, {}, strict, strict_findings);
  const bool skips = findings.skipped() > 0;
  CU_ASSERT(same(told(strictly),
                 database && skips    ? "damaged"
                 : !database && skips ? told(strictly)
                                      : c.verdict,
                 c.name + ": strictly"));
  CU_ASSERT(!(skips && strictly));

  // The tool is of the same opinion, and what it prints cannot do anything to a terminal.
  const std::string out = directory / "out";
  const int status = run_tool({"./ip2asn", "verify", c.path}, out);
  const auto content = ip2asn::content_of(c.path);
  CU_ASSERT_FATAL(static_cast<bool>(content));
  // What may have been cut is damaged to those who verify it, whatever its rows are.
  const bool cut = !content->ended || !content->last_row_full;
  const bool damaged = !database && database.error().code != Errc::argument;
  CU_ASSERT(holds(database  ? status == (cut ? 3 : 0)
                  : damaged ? status == 3
                            : status != 0 && status < 7,
                  c.name + ": ip2asn verify ends with " + std::to_string(status)));
  std::istringstream lines(read_bytes(out));
  bool counted = c.counts.empty(), clean = true;
  for (std::string line; std::getline(lines, line);) {
    clean = clean && ip2asn::is_clean(line, 8192);
    counted = counted || line.find(", line ") != line.npos;
  }
  CU_ASSERT(holds(clean, c.name + ": ip2asn verify prints clean lines"));
  CU_ASSERT(holds(counted, c.name + ": ip2asn verify names the lines"));
}

void drive(std::string_view half, std::size_t least) {
  TemporaryDirectory directory;
  const auto all = cases(half, directory);
  CU_ASSERT(holds(all.size() >= least, "the corpus is as large as it should be"));
  for (const Case& c : all) judge(c, directory);
  // No file without a verdict.
  std::size_t files = 0, kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_directory() + "/t/data/" + std::string(half))) {
    files += entry.path().filename() != "VERDICTS";
  }
  for (const Case& c : all) kept += !c.path.starts_with(directory.path());
  CU_ASSERT_EQUAL(files, kept);
}

void every_bad_file_comes_to_its_verdict() { drive("bad", 250); }

void every_odd_but_valid_file_is_read_without_a_finding() {
  drive("good", 70);
  TemporaryDirectory directory;
  for (const Case& c : cases("good", directory)) CU_ASSERT(same(c.counts, "", c.name));
}

}  // namespace

int main() {
  return ip2asn::test::run("corpus", {
                                         {"every bad file comes to its verdict", every_bad_file_comes_to_its_verdict},
                                         {"every odd but valid file is read without a finding",
                                          every_odd_but_valid_file_is_read_without_a_finding},
                                     });
}
