// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

// Stands in for libFuzzer where the compiler is not clang: runs a fuzz target over its corpus and
// over mutations of it, the same ones every time.
//   fuzz_xml CORPUS_DIRECTORY [MUTATIONS_PER_FILE [SEED]]

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes ReadBytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::size_t Below(std::mt19937_64& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

/// One to four small edits: flip a bit, set, insert or delete bytes, cut, splice from another file.
Bytes Mutate(Bytes bytes, const std::vector<Bytes>& corpus, std::mt19937_64& random) {
  const std::size_t edits = 1 + Below(random, 4);
  for (std::size_t i = 0; i < edits; ++i) {
    const std::size_t at = Below(random, bytes.size() + 1);
    const auto position = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t rest = bytes.size() - at;
    switch (Below(random, 6)) {
      case 0:
        if (rest > 0) *position = static_cast<std::uint8_t>(*position ^ (1u << Below(random, 8)));
        break;
      case 1:
        if (rest > 0) *position = static_cast<std::uint8_t>(Below(random, 256));
        break;
      case 2:
        bytes.insert(position, 1 + Below(random, 4), static_cast<std::uint8_t>(Below(random, 256)));
        break;
      case 3:
        bytes.erase(position,
                    position + static_cast<std::ptrdiff_t>(std::min(rest, 1 + Below(random, 8))));
        break;
      case 4:
        bytes.erase(position, bytes.end());
        break;
      default: {
        const Bytes& other = corpus[Below(random, corpus.size())];
        const std::size_t from = Below(random, other.size() + 1);
        const std::size_t count = std::min<std::size_t>(other.size() - from, 64);
        const auto first = other.begin() + static_cast<std::ptrdiff_t>(from);
        bytes.insert(position, first, first + static_cast<std::ptrdiff_t>(count));
      }
    }
  }
  return bytes;
}

std::uint64_t NumberOr(int argc, char** argv, int index, std::uint64_t fallback) {
  return index < argc ? std::strtoull(argv[index], nullptr, 10) : fallback;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS_DIRECTORY [MUTATIONS_PER_FILE [SEED]]\n", argv[0]);
    return 2;
  }
  const std::uint64_t mutations = NumberOr(argc, argv, 2, 2000);
  const std::uint64_t seed = NumberOr(argc, argv, 3, 20240229);
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  if (paths.empty()) {
    std::fprintf(stderr, "no corpus in %s\n", argv[1]);
    return 2;
  }
  std::vector<Bytes> corpus;
  corpus.reserve(paths.size());
  for (const auto& path : paths) corpus.push_back(ReadBytes(path));

  std::printf("%zu files, %llu mutations each, seed %llu\n", corpus.size(),
              static_cast<unsigned long long>(mutations), static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  LLVMFuzzerTestOneInput(nullptr, 0);
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    std::printf("%s\n", paths[i].filename().c_str());
    std::fflush(stdout);  // a crash shows where
    LLVMFuzzerTestOneInput(corpus[i].data(), corpus[i].size());
    for (std::uint64_t k = 0; k < mutations; ++k) {
      const Bytes mutated = Mutate(corpus[i], corpus, random);
      LLVMFuzzerTestOneInput(mutated.data(), mutated.size());
    }
  }
  return 0;
}
