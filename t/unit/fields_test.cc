// The fields of an answer: names that do not clash, forms that agree, and a manual that knows them all.
#include "answer/fields.hh"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "answer/kept.hh"
#include "answer/render.hh"
#include "cunit_main.hh"
#include "support.hh"

using namespace ip2asn;
using namespace ip2asn::api;

namespace {

std::string manual(const char* name) {
  const char* directory = std::getenv("srcdir");
  std::ifstream file(std::string(directory != nullptr ? directory : ".") + "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool says(const std::string& text, const std::string& words) {
  return test::same(text.find(words) != std::string::npos ? words : "", words, "it says");
}

void names_do_not_clash() {
  std::set<std::string_view> names;
  for (const FieldName& field : kFields) {
    CU_ASSERT(names.insert(field.name).second);
    if (field.key != field.name) CU_ASSERT(names.insert(field.key).second);
    CU_ASSERT(std::string_view(field.variable).starts_with("IP2ASN_"));
    CU_ASSERT(std::string_view(field.header).starts_with("X-IP2ASN-"));
  }
  CU_ASSERT(find_field("nothing") == kFieldCount);
  CU_ASSERT(find_key("asn") == kFieldCount);
}

void the_manual_has_every_field() {
  const std::string directives = manual("docs/directives.md"), page = manual("man/ip2asn.1.in");
  std::size_t rows = 0;
  for (std::size_t at = 0; (at = directives.find("\n| `IP2ASN_", at)) != std::string::npos; ++at) ++rows;
  CU_ASSERT(rows == kFieldCount);
  for (const FieldName& field : kFields) {
    const std::string name(field.name), key(field.key);
    CU_ASSERT(says(directives, std::string("| `") + field.variable + "` | `" + field.header + "` | `" + name + "`" +
                                   (field.exported ? " *" : "") + " | `" + key + "` | "));
    CU_ASSERT(says(page, ".BR " + key + " \" (\" " + name + " )\n"));
  }
}

void the_manual_has_every_error_code() {
  const std::string directives = manual("docs/directives.md");
  for (const std::string_view code : kErrorCodes) CU_ASSERT(says(directives, "`" + std::string(code) + "`"));
}

struct Sample {
  Result<ImageBuffer> buffer;
  Image image;
};

Sample sample() {
  Findings findings;
  Sample made{test::compile_text("192.0.2.0\t192.0.2.255\t64500\tDE\tA<B>\n"
                                 "198.51.100.0\t198.51.100.127\t64501\tNone\tX\n",
                                 findings, {}, "s", *HosterMap::parse("example cloud AS64500\n", "m")),
              {}};
  made.image = *Image::open(made.buffer->bytes());
  return made;
}

// The same value, whether its field is known when this is compiled or when it runs, and in every form.
void forms_agree() {
  const Sample made = sample();
  for (const std::string_view address : {"192.0.2.7", "198.51.100.1", "10.0.0.1", "203.0.114.1"}) {
    Answer answer = answer_for(made.image, *parse_address(address));
    answer.lists.text = "a,b";
    JsonText whole, members;
    write_all(whole, answer);
    members.begin_object();
    for (Field field = 0; field < kFieldCount; ++field) write_member(members, answer, field, {});
    members.end_object();
    CU_ASSERT(test::same(members.text(), whole.text(), address));
    std::string row, cells;
    append_tsv(row, answer, kTsvFields);
    for (const Field field : kTsvFields) {
      if (field != kTsvFields[0]) cells += '\t';
      append(cells, answer, field);
    }
    CU_ASSERT(test::same(row, cells, address));
  }
}

void unknown_is_none_for_old_clients_alone() {
  const Sample made = sample();
  const Answer answer = answer_for(made.image, *parse_address("198.51.100.1"));
  JsonText json;
  write(json, answer);
  CU_ASSERT(says(std::string(json.text()), R"("as_country_code":"None")"));
  std::string text, cell;
  append(text, answer);
  CU_ASSERT(says(text, "| None |"));
  append(cell, answer, kCountry);
  CU_ASSERT(test::same(cell, "", "a cell"));
}

// Who runs the server knows the lists; who asks it does not.
void lists_are_not_published() {
  const Sample made = sample();
  Answer answer = answer_for(made.image, *parse_address("10.0.0.1"));
  answer.lists.text = "guests,staff";
  JsonText published, all;
  write(published, answer);
  write_all(all, answer);
  CU_ASSERT(
      test::same(published.text(), R"({"ip":"10.0.0.1","announced":false,"special":"Private-Use"})", "published"));
  CU_ASSERT(test::same(
      all.text(), R"({"ip":"10.0.0.1","announced":false,"special":"Private-Use","lists":["guests","staff"]})", "all"));
}

void kept_answers_outlive_the_image() {
  KeptAnswer kept;
  std::string before;
  {
    const Sample made = sample();
    const Answer answer = answer_for(made.image, *parse_address("192.0.2.7"));
    kept = KeptAnswer(answer);
    append_tsv(before, answer, kTsvFields);
  }
  std::string after;
  append_tsv(after, *KeptAnswer(kept), kTsvFields);
  CU_ASSERT(test::same(after, before, "kept"));
}

void answers_are_read_back() {
  AnswerReader reader;
  CU_ASSERT(reader.take(kAddr, std::string_view("::ffff:192.0.2.1")));
  CU_ASSERT(reader.take(kAnnounced, true));
  CU_ASSERT(reader.take(kAsn, std::uint32_t{64500}));
  CU_ASSERT(reader.take(kCountry, std::string_view("None")));
  CU_ASSERT(reader.take(kName, std::string_view("192.0.2.1")));
  CU_ASSERT(reader.answer().address == Address::v4(0xC0000201));
  CU_ASSERT(test::same(reader.answer().record.country, "", "country"));
  CU_ASSERT(test::same(reader.answer().record.description, "192.0.2.1", "a name like an address"));
  CU_ASSERT(!reader.take(kFirstIp, std::string_view("x")));
  CU_ASSERT(!reader.take(kAsn, std::string_view("64500")));
  CU_ASSERT(!reader.take(kAnnounced, std::uint32_t{1}));
  CU_ASSERT(!reader.take(kHoster, true));
  CU_ASSERT(AnswerReader::field_of("prefix") == kFieldCount);
  CU_ASSERT(AnswerReader::field_of("lists") == kFieldCount);
  reader.restart();
  CU_ASSERT(!reader.has(kAddr));
}

}  // namespace

int main() {
  return test::run("the fields of an answer",
                   {
                       {"names do not clash", names_do_not_clash},
                       {"the manual has every field", the_manual_has_every_field},
                       {"the manual has every error code", the_manual_has_every_error_code},
                       {"forms agree", forms_agree},
                       {"unknown is None for clients of iptoasn.com alone", unknown_is_none_for_old_clients_alone},
                       {"lists are not published", lists_are_not_published},
                       {"kept answers outlive the image", kept_answers_outlive_the_image},
                       {"answers are read back", answers_are_read_back},
                   });
}
