# Every third-party library, all from Debian 12. CONTRIBUTING.md gives the reason of each.
include(GoogleTest)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(GTest REQUIRED)                     # libgtest-dev libgmock-dev
find_package(nlohmann_json REQUIRED)             # nlohmann-json3-dev
find_package(yaml-cpp REQUIRED)                  # libyaml-cpp-dev
find_package(CURL REQUIRED)                      # libcurl4-openssl-dev
find_package(OpenSSL REQUIRED)                   # libssl-dev
find_package(prometheus-cpp CONFIG REQUIRED)     # prometheus-cpp-dev
find_package(CLI11 CONFIG REQUIRED)              # libcli11-dev
find_package(SQLite3 REQUIRED)                   # libsqlite3-dev
find_package(ZLIB REQUIRED)                      # zlib1g-dev
find_package(Boost REQUIRED)                     # libboost-dev: Beast and Asio, headers only
pkg_check_modules(ISAL IMPORTED_TARGET libisal)  # libisal-dev (x86-64 and arm64; else zlib)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)    # libzstd-dev
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)      # liblz4-dev
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)          # libre2-dev
find_library(SNAPPY_LIBRARY snappy REQUIRED)                # libsnappy-dev

# What is compiled into the programs, for the SBOM of their images (tools/image_sbom.py); what they load is found there.
file(CONFIGURE OUTPUT "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/culvert-parts.tsv" @ONLY
  CONTENT "culvert\t@PROJECT_VERSION@\nboost\t@Boost_VERSION@\ncli11\t@CLI11_VERSION@\nnlohmann-json\t@nlohmann_json_VERSION@\n")
