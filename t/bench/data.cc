#include "data.hh"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace ip2asn::bench {

namespace {

constexpr std::size_t kClients = 1'000'000;

__extension__ typedef unsigned __int128 Wide;

Wide wide(const Key6& key) { return Wide{key.hi} << 64 | key.lo; }
Key6 key(Wide value) { return {static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)}; }
Wide wide(std::uint32_t address) { return address; }

Wide random_wide(std::mt19937_64& random) { return Wide{random()} << 64 | random(); }

template <class Run>
Wide last_of(const Data<Run>& data, std::size_t i, int width) {
  if (i + 1 < data.runs.size()) return wide(data.runs[i + 1].start) - 1;
  return width == 128 ? ~Wide{0} : (Wide{1} << width) - 1;
}

template <class Run>
Wide in_random_run(const Data<Run>& data, int width, std::mt19937_64& random) {
  const std::size_t i = random() % data.runs.size();
  const Wide first = wide(data.runs[i].start);
  const Wide last = last_of(data, i, width);
  const Wide size = last - first + 1;
  return size == 0 ? random_wide(random) : first + random_wide(random) % size;
}

// Draws from clients 1 to n with shares of 1/rank: the inverse of the logarithm that approximates the sum of shares.
std::size_t zipf(std::size_t n, std::mt19937_64& random) {
  const double u = std::uniform_real_distribution<double>(0, 1)(random);
  return std::min(n - 1, static_cast<std::size_t>(std::exp(u * std::log(static_cast<double>(n) + 1)) - 1));
}

template <class Run, class Make>
Data<Run> finer(const Data<Run>& data, int width, int least, std::uint32_t seed, Make make) {
  std::mt19937_64 random(seed);
  Data<Run> made;
  made.asns = data.asns;
  for (std::size_t i = 0; i < data.runs.size(); ++i) {
    const Run& run = data.runs[i];
    const Wide first = wide(run.start);
    const Wide last = last_of(data, i, width);
    made.runs.push_back(run);
    if (random() % 10 != 0) continue;
    const int length = least + static_cast<int>(random() % static_cast<std::uint64_t>(width - least + 1));
    const Wide mask = length == width ? 0 : (Wide{1} << (width - length)) - 1;
    const Wide begin = std::max(first, (first + random_wide(random) % (last - first + 1)) & ~mask);
    const Wide end = std::min(last, begin | mask);
    const auto other = static_cast<std::uint32_t>(random() % made.asns.size());
    if (begin == first) made.runs.pop_back();
    made.runs.push_back({make(begin), other});
    if (end != last) made.runs.push_back({make(end + 1), run.record});
  }
  return made;
}

template <class Run, class Address>
std::uint32_t search(const std::vector<Run>& runs, const Address& address) {
  const auto after = std::upper_bound(runs.begin(), runs.end(), address,
                                      [](const Address& a, const Run& run) { return a < run.start; });
  return std::prev(after)->record;
}

}  // namespace

std::uint32_t naive_record(const std::vector<Run4>& runs, std::uint32_t address) { return search(runs, address); }
std::uint32_t naive_record(const std::vector<Run6>& runs, const Key6& address) { return search(runs, address); }

Data4 data4_of(const Image& image) {
  Data4 data;
  for (std::size_t i = 0; i < image.range_count(Family::v4); ++i) {
    const Match match = image.range(Family::v4, i);
    data.runs.push_back({match.range.first.v4_bits(), match.record});
  }
  for (RecordId id = 0; id < image.record_count(); ++id) data.asns.push_back(image.asn(id));
  return data;
}

Data6 data6_of(const Image& image) {
  Data6 data;
  for (std::size_t i = 0; i < image.range_count(Family::v6); ++i) {
    const Match match = image.range(Family::v6, i);
    data.runs.push_back({{match.range.first.hi, match.range.first.lo}, match.record});
  }
  for (RecordId id = 0; id < image.record_count(); ++id) data.asns.push_back(image.asn(id));
  return data;
}

Data4 made_finer(const Data4& data, std::uint32_t seed) {
  return finer(data, 32, 25, seed, [](Wide at) { return static_cast<std::uint32_t>(at); });
}

Data6 made_finer(const Data6& data, std::uint32_t seed) { return finer(data, 128, 49, seed, key); }

Queries4 queries(const Data4& data, Load4 load, std::size_t count, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  const auto routed = [&] {
    for (;;) {
      const auto address = static_cast<std::uint32_t>(random());
      if (naive_record(data.runs, address) != 0) return address;
    }
  };
  std::vector<std::uint32_t> clients;
  if (load == Load4::zipf) {
    for (std::size_t i = 0; i < kClients; ++i) clients.push_back(routed());
  }
  Queries4 made;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t address = 0;
    switch (load) {
      case Load4::routed:
        address = routed();
        break;
      case Load4::whole:
        address = static_cast<std::uint32_t>(random());
        break;
      case Load4::ranges:
        address = static_cast<std::uint32_t>(in_random_run(data, 32, random));
        break;
      case Load4::zipf:
        address = clients[zipf(clients.size(), random)];
        break;
    }
    made.addresses.push_back(address);
    sockaddr_in socket{};
    socket.sin_family = AF_INET;
    socket.sin_addr.s_addr = htonl(address);
    made.sockets.push_back(socket);
    made.expected.push_back(data.asns[naive_record(data.runs, address)]);
  }
  return made;
}

Queries6 queries(const Data6& data, Load6 load, std::size_t count, std::uint32_t seed) {
  std::mt19937_64 random(seed);
  const auto in_ranges = [&] { return key(in_random_run(data, 128, random)); };
  std::vector<Key6> clients;
  if (load == Load6::zipf) {
    for (std::size_t i = 0; i < kClients; ++i) clients.push_back(in_ranges());
  }
  Queries6 made;
  for (std::size_t i = 0; i < count; ++i) {
    Key6 address{};
    switch (load) {
      case Load6::ranges:
        address = in_ranges();
        break;
      case Load6::global:
        address = {std::uint64_t{1} << 61 | random() >> 3, random()};
        break;
      case Load6::zipf:
        address = clients[zipf(clients.size(), random)];
        break;
    }
    made.addresses.push_back(address);
    std::array<std::uint8_t, 16> bytes;
    for (std::size_t j = 0; j < 16; ++j) {
      bytes[j] = static_cast<std::uint8_t>((j < 8 ? address.hi : address.lo) >> (56 - 8 * (j % 8)));
    }
    made.bytes.push_back(bytes);
    sockaddr_in6 socket{};
    socket.sin6_family = AF_INET6;
    std::memcpy(&socket.sin6_addr, bytes.data(), 16);
    made.sockets.push_back(socket);
    made.expected.push_back(data.asns[naive_record(data.runs, address)]);
  }
  return made;
}

}  // namespace ip2asn::bench
