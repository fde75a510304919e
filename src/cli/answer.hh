// An answer to a look-up, as text, TSV or JSON.
#pragma once

#include <rapidjson/stringbuffer.h>

#include <string_view>

#include "cli/output.hh"
#include "ip2asn/image.hh"

namespace ip2asn::cli {

enum class Form { text, tsv, json };

/// Writes answers from an image, one a line, in one form. The image and the output outlive it.
class Answers {
 public:
  Answers(const Image& image, Form form, Output& output) : image_(image), form_(form), output_(output) {}

  /// The names of the TSV columns.
  void header();

  /// Looks `address` up and writes what is known of it. IPv4-mapped addresses are answered as IPv4.
  void answer(const Address& address);

 private:
  void text(const Address& address, const Match& match);
  void tsv(const Address& address, const Match& match);
  void json(const Address& address, const Match& match);

  const Image& image_;
  const Form form_;
  Output& output_;
  rapidjson::StringBuffer line_;
};

}  // namespace ip2asn::cli
