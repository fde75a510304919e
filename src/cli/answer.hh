// An answer to a look-up, as a line of text, TSV or JSON.
#pragma once

#include <string>

#include "answer/render.hh"

namespace ip2asn::cli {

enum class Form { text, tsv, json };

/// Formats answers in one form, one a line, wherever they come from. Not thread-safe.
class Answers {
 public:
  explicit Answers(Form form) : form_(form) {}

  void append(std::string& to, const api::Answer& answer);

 private:
  const Form form_;
  JsonText line_;
};

}  // namespace ip2asn::cli
