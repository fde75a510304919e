#include "cli/verify_list.hh"

#include <limits>

#include "cli/describe.hh"
#include "cli/output.hh"
#include "compile/list.hh"
#include "serve/acceptance.hh"
#include "store/contents.hh"

namespace ip2asn::cli {
namespace {

std::string describe_list(const ListCheck& check, const NetworkList& list, const Findings& findings) {
  std::size_t v4 = 0;
  for (const Range& network : list.networks) v4 += network.first.family == Family::v4;
  std::string text =
      printable(check.file) + ": list, " + grouped(list.entries) + (list.entries == 1 ? " entry\n" : " entries\n");
  text += "  " + counted(list.asns.size(), "ASN") + ", " + counted(v4, "IPv4 range") + ", " +
          counted(list.networks.size() - v4, "IPv6 range") + '\n';
  return text + explain(findings);
}

}  // namespace

int verify_list(const Arguments& arguments, const ListCheck& check) {
  Output output;
  Findings findings;
  int status = kFine;
  const auto complain = [&](const std::string& message, int code) {
    output.flush();
    arguments.complain(message);
    status = code;
  };
  const auto list = read_list({"list", check.file, check.selectors}, findings);
  if (!list) {
    if (!check.quiet) output.write(explain(findings));
    const int code = exit_status(list.error().code);
    complain((code == kUnreadable ? "unreadable: " : code == kDamaged ? "damaged: " : "") + list.error().message, code);
    const int written = output.finish("ip2asn verify");
    return written != kFine ? written : status;
  }
  if (!check.quiet) output.write(describe_list(check, *list, findings));
  if (check.against) {
    Findings old_findings;
    const auto old = read_list({"list", *check.against, check.selectors}, old_findings);
    if (!old) {
      complain("nothing to compare with: " + old.error().message, exit_status(old.error().code));
    } else {
      const Profile before = profile_of(*old), after = profile_of(*list);
      Evidence evidence;
      // That its last line has an end is not asked: many published lists have none. HTTP tells whether they are whole.
      evidence.profile = &after;
      evidence.good = {{&before, 100}};
      evidence.waiting = {true, std::numeric_limits<std::uint32_t>::max(), 0};
      const Decision decision = decide(evidence, {check.max_drift, 0});
      if (decision.verdict == Verdict::refuse || decision.verdict == Verdict::hold) {
        complain(check.file + ": drifted: against " + *check.against + ", it " + decision.words, kDrifted);
      } else if (!decision.words.empty() && !check.quiet) {
        output.write("  against " + printable(*check.against) + ", it " + decision.words + '\n');
      }
    }
  }
  if (status == kFine && !check.quiet) output.write("  fine\n");
  const int written = output.finish("ip2asn verify");
  return written != kFine ? written : status;
}

}  // namespace ip2asn::cli
