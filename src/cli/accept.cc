// ip2asn accept: data that a server refuses is to be taken all the same.
#include "cli/args.hh"
#include "cli/describe.hh"
#include "cli/output.hh"
#include "serve/good_record.hh"

namespace ip2asn::cli {
namespace {

struct Nothing {};

void describe(Options&, Nothing&) {}

int accept(const Arguments& arguments, Nothing&) {
  const std::vector<std::string>& operands = arguments.operands();
  if (operands.size() != 2) {
    return arguments.bad_usage(operands.empty()       ? "DIRECTORY is missing"
                               : operands.size() == 1 ? "NUMBER is missing; the server's error log names it"
                                                      : "one DIRECTORY and one NUMBER at a time");
  }
  if (const auto allowed = allow_content(operands[0], operands[1]); !allowed) return arguments.fail(allowed.error());
  Output output;
  output.write("a server that uses " + printable(operands[0]) + " takes " + printable(operands[1]) +
               " at its next look, while the file stays as it is\n");
  return output.finish("ip2asn accept");
}

}  // namespace

const Command kAcceptCommand = {
    "accept",
    "have a server take data that it refused",
    "DIRECTORY NUMBER",
    R"(A server keeps the last good data when new data looks damaged: when it lost, or
gained, too much, or its last line has no newline. Its error log then says why,
and names the command by which the data is taken anyway. DIRECTORY is the
server's IP2ASNCacheDir. NUMBER stands for the content of the refused file: 16
hexadecimal digits of its SHA-256, so that nothing else is let in.

The server takes the data at its next look (IP2ASNRefreshInterval), without a
restart. Data that cannot be read at all cannot be taken. Those who may write to
DIRECTORY can use this command: root, and the server's user.)",
    R"(0 it was noted
2 wrong usage
6 DIRECTORY could not be written to)",
    R"(ip2asn accept /var/cache/apache2/mod_ip2asn 3f2a9c0d1e4b5a67
)",
    [] { return invocation(describe, accept); },
};

}  // namespace ip2asn::cli
