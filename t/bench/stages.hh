// Stages of a whole run, timed many times over: what the benchmarks of compiling and of starting print.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "measure.hh"

namespace ip2asn::bench {

/// Milliseconds by the clock on the wall and of all the process's threads.
struct Time {
  double wall = 0;
  double processor = 0;

  static Time now() {
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    const auto wall = std::chrono::steady_clock::now().time_since_epoch();
    return {std::chrono::duration<double, std::milli>(wall).count(),
            static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6};
  }
};

/// Collects what each stage took in each round.
class Stages {
 public:
  /// The time since `begin` belongs to the stage; returns when it ended.
  Time add(const std::string& stage, const Time& begin) {
    const Time end = Time::now();
    for (Stage& each : stages_) {
      if (each.name != stage) continue;
      each.wall.push_back(end.wall - begin.wall);
      each.processor.push_back(end.processor - begin.processor);
      return end;
    }
    stages_.push_back({stage, {end.wall - begin.wall}, {end.processor - begin.processor}});
    return end;
  }

  void print(const std::string& title) const {
    std::printf("\n%s\n\n| stage | ms, median | least | most | processor ms |\n| --- | ---: | ---: | ---: | ---: |\n",
                title.c_str());
    for (const Stage& each : stages_) {
      const auto [least, most] = std::minmax_element(each.wall.begin(), each.wall.end());
      std::printf("| %s | %.2f | %.2f | %.2f | %.2f |\n", each.name.c_str(), median(each.wall), *least, *most,
                  median(each.processor));
    }
  }

  /// Writes {"stages": [{"stage": …, "milliseconds": …}, …]}; false where `path` cannot be written.
  bool write_json(const std::string& path) const {
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr) return std::perror(path.c_str()), false;
    std::fputs("{\n  \"stages\": [", file);
    const char* divider = "\n";
    for (const Stage& each : stages_) {
      const auto [least, most] = std::minmax_element(each.wall.begin(), each.wall.end());
      std::fprintf(file,
                   "%s    {\"stage\": \"%s\", \"milliseconds\": %.4f, \"least\": %.4f, \"most\": %.4f, "
                   "\"processor_milliseconds\": %.4f}",
                   divider, each.name.c_str(), median(each.wall), *least, *most, median(each.processor));
      divider = ",\n";
    }
    std::fputs("\n  ]\n}\n", file);
    return std::fclose(file) == 0;
  }

 private:
  struct Stage {
    std::string name;
    std::vector<double> wall, processor;
  };
  std::vector<Stage> stages_;
};

/// What both benchmarks are told on the command line.
struct StagesOptions {
  std::string source, json;
  int rounds;
};

/// Reads the command line of the benchmark `name`, and runs it with what that says. `rounds` is the default.
template <class Run>
int run_stages(int argc, char** argv, const char* name, int rounds, Run&& run) {
  StagesOptions options{{}, {}, rounds};
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--quick") {
      options.rounds = 1;
    } else if (argument == "--rounds" && i + 1 < argc) {
      options.rounds = std::max(1, std::atoi(argv[++i]));
    } else if (argument == "--json" && i + 1 < argc) {
      options.json = argv[++i];
    } else if (options.source.empty() && !argument.starts_with("-")) {
      options.source = argument;
    } else {
      options.source.clear();
      break;
    }
  }
  if (!options.source.empty()) return run(options);
  std::fprintf(stderr, "Usage: %s [--quick] [--rounds N] [--json FILE] SOURCE\n", name);
  return 2;
}

}  // namespace ip2asn::bench
