#include "module/endpoint/caching.hh"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string_view>

#include "module/endpoint/hexadecimal.hh"
#include "module/endpoint/respond.hh"
#include "module/global_config.hh"

namespace ip2asn::httpd {
namespace {

// Part of every tag: to be raised when the bytes of an answer change for the same data.
constexpr std::uint32_t kAnswerVersion = 2;

// FNV-1a: the query's part of a tag only has to tell one URL's answers apart, and its length costs every request.
class Hash {
 public:
  void add(char c) noexcept { value_ = (value_ ^ static_cast<unsigned char>(c)) * 16777619u; }
  void add(std::string_view text) noexcept {
    for (const char c : text) add(c);
  }
  std::uint32_t value() const noexcept { return value_; }

 private:
  std::uint32_t value_ = 2166136261u ^ kAnswerVersion;
};

std::uint32_t hash_of(const Request& request, const Image& image) noexcept {
  Hash hash;
  hash.add(static_cast<char>(request.route.resource));
  hash.add(request.route.argument);
  if (request.form == api::Form::html) {
    // Pages say where the data are from, too, and of when.
    const std::int64_t time = image.data_time();
    hash.add({reinterpret_cast<const char*>(&time), sizeof time});
    hash.add(image.sources());
  }
  return hash.value();
}

constexpr char kFormLetter[] = {'j', 'p', 'h'};

// A date of RFC 9110 5.6.7 ("Sun, 06 Nov 1994 08:49:37 GMT").
constexpr std::size_t kDateRoom = 30;

void put_two(char* out, unsigned value) {
  out[0] = static_cast<char>('0' + value / 10);
  out[1] = static_cast<char>('0' + value % 10);
}

void put_date(char* out, std::int64_t seconds) {
  using namespace std::chrono;
  constexpr char kDays[] = "SunMonTueWedThuFriSat";
  constexpr char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const sys_seconds time{std::chrono::seconds(seconds)};
  const sys_days day = floor<days>(time);
  const year_month_day date(day);
  const auto second = static_cast<unsigned>((time - day).count());
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  std::memcpy(out, "Www, 00 Mmm 0000 00:00:00 GMT", kDateRoom);
  std::memcpy(out, kDays + weekday(day).c_encoding() * 3, 3);
  put_two(out + 5, static_cast<unsigned>(date.day()));
  std::memcpy(out + 8, kMonths + (static_cast<unsigned>(date.month()) - 1) * 3, 3);
  put_two(out + 12, year / 100);
  put_two(out + 14, year % 100);
  put_two(out + 17, second / 3600);
  put_two(out + 20, second / 60 % 60);
  put_two(out + 23, second % 60);
}

// Most requests have no conditions; to see that is cheaper than to ask for each kind.
bool has_conditions(const request_rec* r) {
  const apr_array_header_t* headers = apr_table_elts(r->headers_in);
  for (int i = 0; i < headers->nelts; ++i) {
    const char* name = APR_ARRAY_IDX(headers, i, apr_table_entry_t).key;
    if ((name[0] == 'I' || name[0] == 'i') && (name[1] == 'F' || name[1] == 'f') && name[2] == '-') return true;
  }
  return false;
}

// Times that a date of four digits can name.
constexpr std::int64_t kLatestDate = 253402300799;

// New data may come whenever the sources are looked at, so what has been answered is expected to hold that long, but no
// longer than a day.
std::int64_t max_age() {
  constexpr std::int64_t kLongest = 86400;
  const apr_interval_time_t interval = global_config().refresh_interval;
  return interval == 0 ? kLongest : std::clamp<std::int64_t>(apr_time_sec(interval), 1, kLongest);
}

// The values of all headers that depend on the data, each with its NUL; of the tag, "<generation>-<form><query>", what
// the request adds is missing.
struct DataHeaders {
  char generation[17];
  char age[sizeof "public, max-age=86400"];
  char date[kDateRoom];
  char tag[2 + 16 + 2 + 8 + 1];

  void write(const Image& image) noexcept {
    *put_hexadecimal(image.content_id(), generation) = '\0';
    constexpr std::string_view kPublic = "public, max-age=";
    *std::to_chars(std::copy(kPublic.begin(), kPublic.end(), age), std::end(age) - 1, max_age()).ptr = '\0';
    if (image.data_time() > 0 && image.data_time() <= kLatestDate) {
      put_date(date, image.data_time());
    } else {
      date[0] = '\0';
    }
    tag[0] = '"';
    std::memcpy(tag + 1, generation, 16);
    tag[17] = '-';
  }
  void complete_tag(const Request& request, const Image& image) noexcept {
    tag[18] = kFormLetter[static_cast<std::size_t>(request.form)];
    char* const end = put_hexadecimal(hash_of(request, image), tag + 19);
    end[0] = '"';
    end[1] = '\0';
  }
};

// Data change rarely, so each thread keeps what it wrote last.
struct WrittenHeaders {
  std::uint64_t content_id;
  std::int64_t data_time;  // of equal content there may be newer data
  bool written;
  DataHeaders headers;
};
thread_local WrittenHeaders written_last;

const DataHeaders& headers_of(const Image& image) noexcept {
  WrittenHeaders& last = written_last;
  const std::uint64_t content_id = image.content_id();
  const std::int64_t data_time = image.data_time();
  if (!last.written || last.content_id != content_id || last.data_time != data_time) {
    last.headers.write(image);
    last.content_id = content_id;
    last.data_time = data_time;
    last.written = true;
  }
  return last.headers;
}

}  // namespace

int check_conditions(const Request& request, const Image& image) noexcept {
  request_rec* r = request.r;
  auto* const headers = static_cast<DataHeaders*>(apr_palloc(r->pool, sizeof(DataHeaders)));
  *headers = headers_of(image);
  headers->complete_tag(request, image);
  apr_table_addn(r->headers_out, kGenerationHeader, headers->generation);
  apr_table_addn(r->headers_out, "ETag", headers->tag);
  apr_table_addn(r->headers_out, "Cache-Control", headers->age);
  if (headers->date[0] != '\0') {
    r->mtime = apr_time_from_sec(image.data_time());
    apr_table_addn(r->headers_out, "Last-Modified", headers->date);
  }
  if (!has_conditions(r)) return OK;
  return ap_meets_conditions(r);
}

void forbid_caching(const Request& request) noexcept {
  apr_table_setn(request.r->headers_out, "Cache-Control", "private, no-store");
}

}  // namespace ip2asn::httpd
