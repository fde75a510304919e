// ip2asn accept: data that a server refuses is to be taken all the same.
#include "cli/args.hh"
#include "cli/describe.hh"
#include "cli/output.hh"
#include "serve/good_record.hh"

namespace ip2asn::cli {
namespace {

int accept_main(Arguments& arguments) {
  arguments.accept({});
  while (arguments.next()) {
  }
  if (const auto status = arguments.status()) return *status;
  const std::vector<std::string> operands = arguments.operands();
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
    "Usage: ip2asn accept DIRECTORY NUMBER\n"
    "\n"
    "A server goes on with the last good data when new data looks damaged: when it\n"
    "lost, or gained, too much, or its last line has no end. Its error log then says\n"
    "why, and with which command the data is taken all the same. DIRECTORY is the\n"
    "server's IP2ASNCacheDir. NUMBER names the content of the refused file: 16\n"
    "hexadecimal digits of its SHA-256, so that nothing else is let in by it.\n"
    "\n"
    "The server takes the data at its next look (IP2ASNRefreshInterval), without a\n"
    "restart. Data that cannot be read at all cannot be taken. Whoever may write to\n"
    "DIRECTORY can say so: root, and the server's user.\n"
    "\n"
    "Options:\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 it was noted, 2 wrong usage, 6 DIRECTORY could not be written to.\n"
    "\n"
    "Examples:\n"
    "  ip2asn accept /var/cache/apache2/mod_ip2asn 3f2a9c0d1e4b5a67\n",
    accept_main,
};

}  // namespace ip2asn::cli
