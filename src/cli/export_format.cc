#include "cli/export_format.hh"

#include <algorithm>
#include <utility>
#include <vector>

namespace ip2asn::cli {
namespace {

using More = std::function<bool()>;

constexpr std::pair<std::string_view, ExportValue> kValues[] = {
    {"asn", ExportValue::asn},       {"name", ExportValue::name},          {"country", ExportValue::country},
    {"hoster", ExportValue::hoster}, {"class", ExportValue::hoster_class}, {"1", ExportValue::one},
};

void append(std::string& to, const Address& address) {
  char text[kMaxAddressText];
  to.append(text, format_address(address, text));
}

// Calls f(text) for each selected prefix of a family, neighbours joined.
template <class F>
void each_prefix(const ExportRequest& request, Family family, F&& f) {
  for (const Range& range : request.selected->networks(family)) {
    for (const Prefix& prefix : prefixes(range)) {
      if (!f(to_string(prefix))) return;
    }
  }
}

std::string value_of(const Record& record, ExportValue value) {
  switch (value) {
    case ExportValue::asn:
      return std::to_string(record.asn);
    case ExportValue::name:
      return std::string(record.description);
    case ExportValue::country:
      return std::string(record.country);
    case ExportValue::hoster:
      return std::string(record.hoster);
    case ExportValue::hoster_class:
      return std::string(record.hoster_class);
    case ExportValue::one:
      break;
  }
  return "1";
}

// Calls f(prefix, value) for each network of one value; networks of which nothing is known are left out.
template <class F>
void each_value(const ExportRequest& request, F&& f) {
  for (const Family family : request.families) {
    if (request.value == ExportValue::one) {
      each_prefix(request, family, [&](const std::string& prefix) { return f(prefix, std::string("1")); });
      continue;
    }
    Range run;
    std::string value;
    const auto flush = [&] {
      if (value.empty()) return true;
      for (const Prefix& prefix : prefixes(run)) {
        if (!f(to_string(prefix), value)) return false;
      }
      return true;
    };
    const bool whole = request.selected->each_row(family, [&](const Match& match) {
      std::string own = value_of(request.image->record(match.record), request.value);
      if (own == value && next(run.last) == match.range.first) {
        run.last = match.range.last;
        return true;
      }
      if (!flush()) return false;
      run = match.range;
      value = std::move(own);
      return true;
    });
    if (!whole || !flush()) return;
  }
}

void write_tsv(const ExportRequest& request, std::string& out, const More& more) {
  for (const Family family : request.families) {
    const bool whole = request.selected->each_row(family, [&](const Match& match) {
      const Record record = request.image->record(match.record);
      append(out, match.range.first);
      out += '\t';
      append(out, match.range.last);
      out += '\t';
      out += std::to_string(record.asn);
      out += '\t';
      out += record.country.empty() ? "None" : record.country;
      out += '\t';
      out += record.description;
      out += '\n';
      return more();
    });
    if (!whole) return;
  }
}

void append_quoted(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"") == text.npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

void write_csv(const ExportRequest& request, std::string& out, const More& more) {
  out += "start_ip,end_ip,asn,as_country,as_name,hoster,hoster_class\n";
  for (const Family family : request.families) {
    const bool whole = request.selected->each_row(family, [&](const Match& match) {
      const Record record = request.image->record(match.record);
      append(out, match.range.first);
      out += ',';
      append(out, match.range.last);
      out += ',';
      out += std::to_string(record.asn);
      for (const std::string_view text : {record.country, record.description, record.hoster, record.hoster_class}) {
        out += ',';
        append_quoted(out, text);
      }
      out += '\n';
      return more();
    });
    if (!whole) return;
  }
}

void write_prefixes(const ExportRequest& request, std::string& out, const More& more) {
  for (const Family family : request.families) {
    each_prefix(request, family, [&](const std::string& prefix) {
      out += prefix;
      out += '\n';
      return more();
    });
  }
}

void write_require(const ExportRequest& request, std::string& out, const More& more) {
  for (const Family family : request.families) {
    each_prefix(request, family, [&](const std::string& prefix) {
      out += "Require ip " + prefix + '\n';
      return more();
    });
  }
}

// Replaces what the set held in one transaction, and makes it where there is none.
void write_nftables(const ExportRequest& request, std::string& out, const More& more) {
  out += "add table inet ip2asn\n";
  for (const Family family : request.families) {
    const bool v4 = family == Family::v4;
    const std::string set = "inet ip2asn " + request.set_name + (v4 ? "_v4" : "_v6");
    out += "add set " + set + " { type " + (v4 ? "ipv4_addr" : "ipv6_addr") + "; flags interval; }\n";
    out += "flush set " + set + '\n';
    constexpr int kInOne = 1000;
    int count = 0;
    each_prefix(request, family, [&](const std::string& prefix) {
      out += count == 0 ? "add element " + set + " {\n  " : ",\n  ";
      out += prefix;
      if (++count == kInOne) {
        out += "\n}\n";
        count = 0;
      }
      return more();
    });
    if (count != 0) out += "\n}\n";
  }
}

// Fills a set beside the one in use, and swaps the two.
void write_ipset(const ExportRequest& request, std::string& out, const More& more) {
  for (const Family family : request.families) {
    const bool v4 = family == Family::v4;
    const std::string set = request.set_name + (v4 ? "_v4" : "_v6");
    std::vector<std::string> members;
    each_prefix(request, family, [&](std::string prefix) {
      // A set of hash:net takes no network of all addresses.
      if (prefix.ends_with("/0")) {
        members.push_back(v4 ? "0.0.0.0/1" : "::/1");
        members.push_back(v4 ? "128.0.0.0/1" : "8000::/1");
      } else {
        members.push_back(std::move(prefix));
      }
      return true;
    });
    const std::string options = std::string(" hash:net family ") + (v4 ? "inet" : "inet6") + " maxelem " +
                                std::to_string(std::max<std::size_t>(65536, members.size() * 2));
    out += "create -exist " + set + options + '\n';
    out += "create -exist " + set + "_new" + options + '\n';
    out += "flush " + set + "_new\n";
    for (const std::string& member : members) {
      out += "add " + set + "_new " + member + '\n';
      if (!more()) return;
    }
    out += "swap " + set + "_new " + set + '\n';
    out += "destroy " + set + "_new\n";
  }
}

void write_nginx_geo(const ExportRequest& request, std::string& out, const More& more) {
  each_value(request, [&](const std::string& prefix, const std::string& value) {
    // nginx takes this one for a mistake.
    if (prefix == "255.255.255.255/32") return true;
    out += prefix;
    out += ' ';
    if (value.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-") == value.npos) {
      out += value;
    } else {
      out += '"';
      for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
      }
      out += '"';
    }
    out += ";\n";
    return more();
  });
}

void write_haproxy_map(const ExportRequest& request, std::string& out, const More& more) {
  each_value(request, [&](const std::string& prefix, const std::string& value) {
    out += prefix + ' ' + value + '\n';
    return more();
  });
}

constexpr ExportFormat kFormats[] = {
    {"tsv", false, false, write_tsv},
    {"csv", false, false, write_csv},
    {"prefixes", true, false, write_prefixes},
    {"nftables", true, false, write_nftables},
    {"ipset", true, false, write_ipset},
    {"require", true, false, write_require},
    {"nginx-geo", false, true, write_nginx_geo},
    {"haproxy-map", false, true, write_haproxy_map},
};

}  // namespace

std::optional<ExportValue> find_export_value(std::string_view name) {
  for (const auto& [known, value] : kValues) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::span<const ExportFormat> export_formats() noexcept { return kFormats; }

std::string set_name_of(std::string_view text) {
  constexpr std::size_t kMost = 22;  // ipset takes 31, and names get an end
  std::string name;
  for (const char c : text.substr(0, kMost)) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += good ? c : '_';
  }
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) name.insert(0, "n");
  return name;
}

}  // namespace ip2asn::cli
