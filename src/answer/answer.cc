#include "answer/answer.hh"

#include <cstring>

#include "answer/fields.hh"

namespace ip2asn::api {

namespace {

// An answer, and the record's id for who wants the lists.
struct Found {
  Answer answer;
  RecordId id;
};

Found find(const Image& image, const Address& asked, bool with_range) noexcept {
  Found found;
  found.answer.address = unmapped(asked);
  Match match;
  if (with_range) {
    match = image.find(found.answer.address);
  } else {
    match.record = image.lookup(found.answer.address);
  }
  found.id = match.record;
  found.answer.announced = match.record != 0;
  found.answer.range = match.range;
  if (found.answer.announced) found.answer.record = image.record(match.record);
  return found;
}

}  // namespace

Answer answer_for(const Image& image, const Address& address) noexcept { return find(image, address, true).answer; }

Answer answer_without_range(const Image& image, const Address& address) noexcept {
  return find(image, address, false).answer;
}

Answer answer_with_lists(const Image& image, const Address& address, std::string& lists) {
  Found found = find(image, address, true);
  const ListSet ids = image.lists_of(found.id, found.answer.address);
  lists.resize(names_size(image, ids));
  write_names(image, ids, lists.data());
  found.answer.lists.text = lists;
  return found.answer;
}

std::size_t names_size(const Image& image, const ListSet& lists) noexcept {
  std::size_t size = 0;
  lists.each([&](ListId id) { size += image.list_name(id).size() + 1; });
  return size == 0 ? 0 : size - 1;
}

void write_names(const Image& image, const ListSet& lists, char* out) noexcept {
  bool first = true;
  lists.each([&](ListId id) {
    const std::string_view name = image.list_name(id);
    if (!first) *out++ = ',';
    first = false;
    std::memcpy(out, name.data(), name.size());
    out += name.size();
  });
}

AsSummary summary_of(const Image& image, std::uint32_t asn) noexcept {
  const auto records = image.records_of(asn);
  if (records.empty()) return {asn, false, kFields[kCountry].unknown, "Not found", {}, {}};
  // Records are numbered by the space that they cover.
  const Record record = image.record(records.front());
  return {asn,
          true,
          record.country.empty() ? kFields[kCountry].unknown : record.country,
          record.description,
          record.hoster,
          record.hoster_class};
}

}  // namespace ip2asn::api
