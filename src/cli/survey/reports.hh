// A survey's figures as files: CSV, Markdown, JSON, HTML, SVG and PNG.
#pragma once

#include <string>
#include <vector>

#include "cli/survey/totals.hh"

namespace ip2asn::cli {

struct Survey {
  std::vector<SurveyedHost> hosts;  ///< by users, then name
  SurveyTotals totals;
  std::string source;          ///< names of the database's files
  std::int64_t data_time = 0;  ///< of the database, seconds since 1970; 0 when unknown
  std::int64_t now = 0;
  std::string generation;
};

std::string hosts_csv(const Survey& survey);
std::string hosters_markdown(const Survey& survey);
std::string results_jsonl(const Survey& survey);
std::string results_json(const Survey& survey);
std::string report_html(const Survey& survey);

/// Writes all files of the report into `directory`, which is made when it is not there.
Result<Done> write_report(const Survey& survey, const std::string& directory);

}  // namespace ip2asn::cli
