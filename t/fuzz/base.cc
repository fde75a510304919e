#include "base.hh"

#include <string>

#include "compile/compile.hh"
#include "sources/source.hh"
#include "targets.hh"

namespace ip2asn::fuzz {
namespace {

ImageBuffer make_base() {
  std::string text =
      "0.0.0.0\t0.0.0.0\t1\tUS\tFIRST\n255.255.255.255\t255.255.255.255\t2\tNone\tLAST <&> \"\xE2\x82\xAC\" \\\n"
      "::\t::\t3\tUS\tFIRST\nffff::\tffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\t4\tUS\tLAST\n";
  for (int i = 0; i < 30; ++i) {
    const std::string n = std::to_string(i), asn = std::to_string(i % 7 + 10);
    text += "9.1." + n + ".0\t9.1." + n + ".127\t" + asn + "\tUS\tNET\n";
    text += "10.0.0." + std::to_string(i * 3) + "\t10.0.0." + std::to_string(i * 3 + 1) + '\t' + asn + "\tUS\tNET\n";
    text += "2001:db8:" + n + "::\t2001:db8:" + n + ":7::\t" + asn + "\tUS\tNET\n";
    text += "2001:db8:0:0:1:" + n + "::\t2001:db8:0:0:1:" + n + "::" + n + '\t' + asn + "\tUS\tNET\n";
  }
  Findings findings;
  const auto table = read_source_bytes(text, "s", {}, findings);
  require(static_cast<bool>(table), "the base's source");
  auto hosters = HosterMap::parse("example cloud AS10\nother cdn \"net\"\n", "m");
  LocalData local;
  auto a = parse_list("AS10\nAS11\n9.1.0.0/20\n2001:db8::/40\n", "a", "a", findings);
  auto b = parse_list("AS11\n9.1.0.0/24\n10.0.0.7\n2001:db8:0:0:1:2::/96\n", "b", "b", findings);
  require(a && b, "the base's lists");
  local.lists = {*std::move(a), *std::move(b)};
  auto buffer = compile(*table, *hosters, {}, findings, local);
  require(static_cast<bool>(buffer), "the base");
  return *std::move(buffer);
}

}  // namespace

const Image& base_image() {
  static const ImageBuffer base = make_base();
  static const Image image = *Image::open(base.bytes());
  return image;
}

}  // namespace ip2asn::fuzz
