#include <filesystem>
#include <span>
#include <system_error>

#include "cli/survey/reports.hh"
#include "cli/write_file.hh"

namespace ip2asn::cli {

Result<Done> write_report(const Survey& survey, const std::string& directory) {
  std::error_code problem;
  std::filesystem::create_directories(directory, problem);
  if (problem) return Error{Errc::unreadable, directory + ": cannot be made: " + problem.message()};
  std::vector<std::pair<std::string, std::string>> files = {{"hosts.csv", hosts_csv(survey)},
                                                            {"hosters.md", hosters_markdown(survey)},
                                                            {"results.jsonl", results_jsonl(survey)},
                                                            {"results.json", results_json(survey)},
                                                            {"report.html", report_html(survey)}};
  const std::array<Chart, 3> charts = survey_charts(survey.totals);
  for (std::size_t i = 0; i < charts.size(); ++i) {
    const std::string name(kChartFiles[i]);
    files.emplace_back(name + ".svg", svg_file(charts[i]));
    Result<std::string> png = png_file(charts[i]);
    if (!png) return png.error();
    files.emplace_back(name + ".png", *std::move(png));
  }
  for (const auto& [name, content] : files) {
    const Result<Done> written = write_file(directory + '/' + name, std::as_bytes(std::span(content)));
    if (!written) return written;
  }
  return Done{};
}

}  // namespace ip2asn::cli
