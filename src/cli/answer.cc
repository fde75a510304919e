#include "cli/answer.hh"

namespace ip2asn::cli {

void Answers::append(std::string& to, const api::Answer& answer) {
  switch (form_) {
    case Form::text:
      api::append(to, answer);
      break;
    case Form::tsv:
      api::append_tsv(to, answer, api::kTsvFields);
      break;
    case Form::json:
      line_.restart();
      api::write_all(line_, answer);
      to += line_.text();
      break;
  }
  to += '\n';
}

}  // namespace ip2asn::cli
