#include "store/recipe.hh"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "cunit_main.hh"
#include "support.hh"

namespace {

using ip2asn::hoster_map_path;
using ip2asn::test::same;
using ip2asn::test::TemporaryDirectory;
using ip2asn::test::write_bytes;

void a_choice_wins_over_the_installed_map() {
  const TemporaryDirectory directory;
  const std::string installed = directory / "hosters.conf";
  write_bytes(installed, "");
  same(hoster_map_path("/elsewhere", installed.c_str()), "/elsewhere", "a choice");
  same(hoster_map_path("", installed.c_str()), "", "none, by choice");
  same(hoster_map_path(std::nullopt, installed.c_str()), installed, "the installed map");
}

void a_map_that_is_not_installed_is_none() {
  const TemporaryDirectory directory;
  const std::string file = directory / "file";
  write_bytes(file, "");
  same(hoster_map_path(std::nullopt, (directory / "nothing").c_str()), "", "no such file");
  same(hoster_map_path(std::nullopt, (directory / "no/directory").c_str()), "", "no such directory");
  same(hoster_map_path(std::nullopt, (file + "/hosters.conf").c_str()), "", "below a file");
}

void a_map_that_cannot_be_read_is_not_left_out() {
  const TemporaryDirectory directory;
  const std::string closed = directory / "closed.conf";
  write_bytes(closed, "");
  CU_ASSERT_EQUAL(::chmod(closed.c_str(), 0), 0);
  same(hoster_map_path(std::nullopt, closed.c_str()), closed, "a file of mode 0");
  const std::string dangling = directory / "dangling.conf";
  CU_ASSERT_EQUAL(::symlink("/nowhere/at/all", dangling.c_str()), 0);
  same(hoster_map_path(std::nullopt, dangling.c_str()), dangling, "a symbolic link to nothing");
  const std::string looping = directory / "loop.conf";
  CU_ASSERT_EQUAL(::symlink(looping.c_str(), looping.c_str()), 0);
  same(hoster_map_path(std::nullopt, (looping + "/x").c_str()), looping + "/x", "a path that cannot be followed");
}

}  // namespace

int main() {
  return ip2asn::test::run("recipe",
                           {
                               {"a choice wins over the installed map", a_choice_wins_over_the_installed_map},
                               {"a map that is not installed is none", a_map_that_is_not_installed_is_none},
                               {"a map that cannot be read is not left out", a_map_that_cannot_be_read_is_not_left_out},
                           });
}
