#include "serve/acceptance.hh"

#include <string>

#include "compile/compile.hh"
#include "cunit_main.hh"
#include "serve/profile.hh"
#include "sources/source.hh"
#include "support.hh"

namespace {

using namespace ip2asn;

ImageBuffer compiled(const std::string& text) {
  Findings findings;
  const SourceOptions options;
  const auto table = read_source_bytes(text, "made", options, findings);
  CU_ASSERT_FATAL(static_cast<bool>(table));
  auto buffer = compile(*table, HosterMap(), options, findings);
  CU_ASSERT_FATAL(static_cast<bool>(buffer));
  return *std::move(buffer);
}

std::optional<std::string> drift(const Image& before, const Image& after, double max_drift) {
  const Profile profile = profile_of(before);
  return lost({&profile, same_samples(profile, after)}, profile_of(after), max_drift);
}

// An image of made data: `rows` ranges of a /24 (or /64) each, of `asns` ASes in turn.
struct Made {
  int rows4 = 0, asns4 = 1, rows6 = 0, asns6 = 1;
  int narrow = 0;  ///< so many of the IPv4 ranges have one address only

  ImageBuffer buffer = {};
  Image image = {};

  Made& make() {
    std::string text;
    for (int i = 0; i < rows4; ++i) {
      const std::string net = "10." + std::to_string(i / 256) + '.' + std::to_string(i % 256) + '.';
      text += net + "0\t" + net + (i < narrow ? "0" : "255") + '\t' + std::to_string(1 + i % asns4) + "\tDE\tv4\n";
    }
    for (int i = 0; i < rows6; ++i) {
      const std::string net = "2001:db8:0:" + std::to_string(1000 + i) + ":";
      text += net + ":\t" + net + "ffff:ffff:ffff:ffff\t" + std::to_string(1 + i % asns6) + "\tDE\tv6\n";
    }
    buffer = compiled(text);
    const auto opened = Image::open(buffer.bytes());
    CU_ASSERT_FATAL(static_cast<bool>(opened));
    image = *opened;
    return *this;
  }
};

bool says(const std::optional<std::string>& sentence, std::string_view words) {
  return sentence && sentence->find(words) != std::string::npos;
}

void a_fall_of_just_the_allowed_share_is_allowed() {
  Made before{.rows4 = 100, .asns4 = 50}, equal{.rows4 = 95, .asns4 = 50}, below{.rows4 = 94, .asns4 = 50};
  before.make();
  CU_ASSERT(!drift(before.image, equal.make().image, 5));
  CU_ASSERT(says(drift(before.image, below.make().image, 5), "IPv4 ranges fell by 6.00 % from 100 to 94"));
  CU_ASSERT(says(drift(before.image, below.image, 5), "; at most 5 % is allowed"));
}

void each_family_is_judged_for_itself() {
  Made before{.rows4 = 1000, .asns4 = 10, .rows6 = 20, .asns6 = 10},
      after{.rows4 = 1000, .asns4 = 10, .rows6 = 18, .asns6 = 10};
  const auto words = drift(before.make().image, after.make().image, 5);
  CU_ASSERT(says(words, "IPv6 ranges fell by 10.00 % from 20 to 18"));
  CU_ASSERT(!says(words, "IPv4"));
}

void a_family_that_goes_missing_has_drifted() {
  Made before{.rows4 = 10, .rows6 = 10}, after{.rows4 = 10};
  CU_ASSERT(says(drift(before.make().image, after.make().image, 99), "IPv6 ranges fell by 100.00 % from 10 to 0"));
}

void fewer_ases_are_drift_though_the_ranges_are_as_many() {
  Made before{.rows4 = 100, .asns4 = 100}, after{.rows4 = 100, .asns4 = 90};
  const auto words = drift(before.make().image, after.make().image, 5);
  CU_ASSERT(says(words, "IPv4 ASNs fell by 10.00 % from 100 to 90"));
  CU_ASSERT(!says(words, "ranges fell"));
}

void fewer_addresses_are_drift_though_the_ranges_are_as_many() {
  Made before{.rows4 = 100}, after{.rows4 = 100, .narrow = 10};
  const auto words = drift(before.make().image, after.make().image, 5);
  CU_ASSERT(says(words, "IPv4 covered addresses fell by 9.96 % from 25600 to 23050"));
  CU_ASSERT(!says(words, "ranges fell"));
}

void growth_and_a_new_family_are_no_drift() {
  Made before{.rows4 = 10}, after{.rows4 = 500, .asns4 = 100, .rows6 = 10};
  CU_ASSERT(!drift(before.make().image, after.make().image, 0));
}

void equal_data_has_not_drifted() {
  Made data{.rows4 = 10, .rows6 = 10};
  data.make();
  CU_ASSERT(!drift(data.image, data.image, 0));
}

void all_may_go_where_all_is_allowed() {
  Made before{.rows4 = 100, .asns4 = 10, .rows6 = 10}, after{.rows4 = 1};
  CU_ASSERT(!drift(before.make().image, after.make().image, 100));
}

void a_loss_beyond_the_share_is_drift() {
  const auto rows = [](int v4, int v6, int asns, bool wide) {
    std::string text;
    for (int i = 0; i < v4; ++i) {
      const std::string net = "10." + std::to_string(i) + ".0.";
      text += net + "0\t" + net + (wide ? "255" : "127") + '\t' + std::to_string(i % asns + 1) + "\tUS\tA\n";
    }
    for (int i = 0; i < v6; ++i) {
      const std::string net = "2001:db8:" + std::to_string(i) + "::";
      text += net + '\t' + net + "ffff\t" + std::to_string(i % asns + 1) + "\tUS\tA\n";
    }
    return text;
  };
  const auto old_buffer = compiled(rows(100, 20, 20, true));
  const auto old_image = Image::open(old_buffer.bytes());
  struct {
    const char* name;
    std::string source, wanted;
  } const table[] = {
      {"the same", rows(100, 20, 20, true), ""},
      {"more", rows(200, 60, 60, true), ""},
      {"just the share", rows(95, 19, 19, true), ""},
      {"ranges and addresses", rows(94, 20, 20, true),
       "IPv4 ranges fell by 6.00 % from 100 to 94, IPv4 covered addresses fell by 6.00 % from 25600 to 24064; at most "
       "5 % "
       "is allowed"},
      {"ASes", rows(100, 20, 18, true),
       "IPv4 ASNs fell by 10.00 % from 20 to 18, IPv6 ASNs fell by 10.00 % from 20 to 18; at most 5 % is allowed"},
      {"addresses alone", rows(100, 20, 20, false),
       "IPv4 covered addresses fell by 50.00 % from 25600 to 12800; at most 5 % is allowed"},
      {"a family", rows(100, 0, 20, true),
       "IPv6 ranges fell by 100.00 % from 20 to 0, IPv6 ASNs fell by 100.00 % from 20 to 0, IPv6 covered addresses "
       "fell by "
       "100.00 % from 1310720 to 0; at most 5 % is allowed"},
  };
  for (const auto& row : table) {
    const auto buffer = compiled(row.source);
    const auto words = drift(*old_image, *Image::open(buffer.bytes()), 5);
    CU_ASSERT(test::same(words.value_or(""), row.wanted, row.name));
  }
}

}  // namespace

int main() {
  return ip2asn::test::run(
      "acceptance",
      {
          {"a loss beyond the share is drift", a_loss_beyond_the_share_is_drift},
          {"a fall of just the allowed share is allowed", a_fall_of_just_the_allowed_share_is_allowed},
          {"each family is judged for itself", each_family_is_judged_for_itself},
          {"a family that goes missing has drifted", a_family_that_goes_missing_has_drifted},
          {"fewer ASes are drift though the ranges are as many", fewer_ases_are_drift_though_the_ranges_are_as_many},
          {"fewer addresses are drift though the ranges are as many",
           fewer_addresses_are_drift_though_the_ranges_are_as_many},
          {"growth and a new family are no drift", growth_and_a_new_family_are_no_drift},
          {"equal data has not drifted", equal_data_has_not_drifted},
          {"all may go where all is allowed", all_may_go_where_all_is_allowed},
      });
}
