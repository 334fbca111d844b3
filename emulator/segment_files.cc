// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#include "emulator/segment_files.h"

#include "libs/base/digest.h"
#include "libs/base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

namespace culvert::emulator {
namespace {

using maxcompute::wire::IndexRecords;
using maxcompute::wire::RecordIndex;

static_assert(std::endian::native == std::endian::little, "segment files are little endian");

struct Footer {
  std::uint64_t record_bytes = 0;
  std::uint64_t rows = 0;
  std::uint32_t index_crc = 0;  // CRC32C of offsets and CRCs
  std::uint32_t version = 1;
  std::array<char, 8> magic = {'C', 'U', 'L', 'V', 'S', 'E', 'G', '1'};
};
static_assert(sizeof(Footer) == 32);

template <typename T>
std::span<const std::byte> BytesOf(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

Error FileError(std::string_view what, const std::string& path) {
  std::array<char, 128> text{};
  const char* message = strerror_r(errno, text.data(), text.size());
  return Internal("segment file " + path + ": " + std::string(what) + " failed: " + message);
}

struct Descriptor {
  int fd = -1;
  explicit Descriptor(int value) : fd(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) (void)::close(fd);
  }
};

bool WriteAll(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

void AppendShortCrc(std::uint32_t crc, ByteBuffer& out) {
  std::array<std::byte, 5> bytes{};
  std::size_t size = 0;
  for (; crc >= 0x80U; crc >>= 7U) bytes[size++] = static_cast<std::byte>((crc & 0x7fU) | 0x80U);
  bytes[size++] = static_cast<std::byte>(crc);
  out.Append(std::span(bytes).first(size));
}

// The records with every CRC in its short form; moves `index` along. Most streams need nothing.
ByteBuffer Canonicalise(ByteBuffer records, RecordIndex& index, ChunkPool& pool) {
  const std::span<const std::byte> bytes = records.Readable();
  const std::size_t rows = index.offsets.size();
  const auto record = [&](std::size_t row) {
    const std::uint64_t end = row + 1 < rows ? index.offsets[row + 1] : bytes.size();
    return bytes.subspan(index.offsets[row], end - index.offsets[row]);
  };
  const auto is_long = [&](std::size_t row) {
    return EndsInLongCrc(std::to_integer<std::uint8_t>(record(row).back()), index.crcs[row]);
  };
  std::size_t row = 0;
  while (row < rows && !is_long(row)) ++row;
  if (row == rows) return records;

  constexpr std::size_t kLongCrcBytes = 10;
  ByteBuffer out = pool.Take(bytes.size());
  std::vector<std::uint64_t> offsets;
  offsets.reserve(rows);
  for (row = 0; row < rows; ++row) {
    const std::span<const std::byte> whole = record(row);
    offsets.push_back(out.size());
    if (is_long(row)) {
      out.Append(whole.first(whole.size() - kLongCrcBytes));
      AppendShortCrc(index.crcs[row], out);
    } else {
      out.Append(whole);
    }
  }
  index.offsets = std::move(offsets);
  pool.Give(std::move(records));
  return out;
}

}  // namespace

struct SegmentFiles::References {
  Mutex mutex;
  std::map<std::string, std::size_t> counts GUARDED_BY(mutex);

  bool Named(const std::string& file) {
    const MutexLock lock(mutex);
    return counts.contains(file);
  }
};

// A file in memory; deletes it at the end when no metadata names it any more.
class SegmentFiles::Mapping {
 public:
  Mapping(void* address, std::size_t size, std::string path, std::string file,
          std::shared_ptr<References> references)
      : address_(address),
        size_(size),
        path_(std::move(path)),
        file_(std::move(file)),
        references_(std::move(references)) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    (void)::munmap(address_, size_);
    if (!references_->Named(file_)) (void)::unlink(path_.c_str());
  }
  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(address_), size_};
  }

 private:
  void* address_;
  std::size_t size_;
  std::string path_;
  std::string file_;
  std::shared_ptr<References> references_;
};

SegmentFiles::SegmentFiles() : references_(std::make_shared<References>()) {}

Result<std::unique_ptr<SegmentFiles>> SegmentFiles::Open(const std::string& directory) {
  auto store = std::make_unique<SegmentFiles>();
  store->directory_ = directory + "/segments";
  CULVERT_TRY(EnsureDirectory(store->directory_));
  return store;
}

Result<SegmentPtr> SegmentFiles::Make(const maxcompute::wire::RecordLayout& layout,
                                      ByteBuffer records) {
  RecordIndex index;
  IndexRecords(layout, records.Readable(), 0, index);
  return MakeIndexed(std::move(records), std::move(index));
}

Result<SegmentPtr> SegmentFiles::MakeIndexed(ByteBuffer records, RecordIndex index, CrcForm crcs) {
  ByteBuffer canonical = crcs == CrcForm::kShort
                             ? std::move(records)
                             : Canonicalise(std::move(records), index, *chunks_);
  if (!directory_.empty() && !canonical.empty()) {
    auto written = WriteFile(canonical.Readable(), index);
    chunks_->Give(std::move(canonical));
    return written;
  }
  // Storage that is more than half full is kept as it is; less is copied into its own size.
  if (ChunkPool::CapacityFor(canonical.size()) < canonical.capacity()) {
    ByteBuffer fitted = chunks_->Take(canonical.size());
    fitted.Append(canonical.Readable());
    chunks_->Give(std::exchange(canonical, std::move(fitted)));
  }
  const std::shared_ptr<ByteBuffer> owned(
      new ByteBuffer(std::move(canonical)), [pool = chunks_](ByteBuffer* buffer) {
        pool->Give(std::move(*buffer));
        delete buffer;  // NOLINT(cppcoreguidelines-owning-memory)
      });
  // Not for the little that a reserved index has to spare: shrinking copies it.
  if (index.offsets.capacity() - index.offsets.size() > index.offsets.size() / 4) {
    index.offsets.shrink_to_fit();
    index.crcs.shrink_to_fit();
  }
  auto segment = std::make_shared<Segment>();
  segment->bytes = owned->Readable();
  segment->index = std::move(index);
  segment->keeper = owned;
  return segment;
}

Result<SegmentPtr> SegmentFiles::WriteFile(std::span<const std::byte> records,
                                           const RecordIndex& index) {
  const std::string file = RandomHex128() + ".seg";
  const std::string path = directory_ + "/" + file;
  {
    const Descriptor out(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (out.fd < 0) return Fail(FileError("create", path));
    Footer footer;
    footer.record_bytes = records.size();
    footer.rows = index.offsets.size();
    footer.index_crc = Crc32c(BytesOf(index.crcs), Crc32c(BytesOf(index.offsets)));
    const bool written = WriteAll(out.fd, records) && WriteAll(out.fd, BytesOf(index.offsets)) &&
                         WriteAll(out.fd, BytesOf(index.crcs)) &&
                         WriteAll(out.fd, std::as_bytes(std::span(&footer, 1))) &&
                         ::fdatasync(out.fd) == 0;
    if (!written) {
      Error error = FileError("write", path);
      (void)::unlink(path.c_str());
      return Fail(std::move(error));
    }
  }
  // The name must be on disk before metadata may point at it.
  const Descriptor parent(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.fd < 0 || ::fsync(parent.fd) != 0) {
    Error error = FileError("fsync of the directory", path);
    (void)::unlink(path.c_str());
    return Fail(std::move(error));
  }
  return Map(file);
}

Result<SegmentPtr> SegmentFiles::Map(const std::string& file) {
  const std::string path = directory_ + "/" + file;
  const Descriptor in(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (in.fd < 0 || ::fstat(in.fd, &status) != 0) return Fail(FileError("open", path));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size < sizeof(Footer)) return Fail(DataLoss("segment file " + path + " is too short"));
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, in.fd, 0);
  if (address == MAP_FAILED) return Fail(FileError("mmap", path));
  auto mapping = std::make_shared<const Mapping>(address, size, path, file, references_);

  const std::span<const std::byte> bytes = mapping->bytes();
  Footer footer;
  std::memcpy(&footer, bytes.last(sizeof(Footer)).data(), sizeof(Footer));
  constexpr std::uint64_t kIndexBytesPerRow = sizeof(std::uint64_t) + sizeof(std::uint32_t);
  const std::uint64_t body = size - sizeof(Footer);
  if (footer.magic != Footer().magic || footer.version != 1 || footer.record_bytes > body ||
      footer.rows > body / kIndexBytesPerRow ||
      footer.record_bytes + footer.rows * kIndexBytesPerRow != body) {
    return Fail(DataLoss("segment file " + path + " has a broken footer"));
  }
  auto segment = std::make_shared<Segment>();
  segment->bytes = bytes.first(footer.record_bytes);
  segment->index.offsets.resize(footer.rows);
  segment->index.crcs.resize(footer.rows);
  const std::size_t offset_bytes = footer.rows * sizeof(std::uint64_t);
  if (footer.rows > 0) {
    std::memcpy(segment->index.offsets.data(), bytes.data() + footer.record_bytes, offset_bytes);
    std::memcpy(segment->index.crcs.data(), bytes.data() + footer.record_bytes + offset_bytes,
                footer.rows * sizeof(std::uint32_t));
  }
  if (Crc32c(BytesOf(segment->index.crcs), Crc32c(BytesOf(segment->index.offsets))) !=
      footer.index_crc) {
    return Fail(DataLoss("segment file " + path + " has a broken index"));
  }
  segment->keeper = std::move(mapping);
  segment->file = file;
  return segment;
}

Result<SegmentPtr> SegmentFiles::Load(const std::string& file) {
  const MutexLock lock(mutex_);
  std::weak_ptr<const Segment>& known = loaded_[file];
  if (SegmentPtr segment = known.lock()) return segment;
  CULVERT_ASSIGN_OR_RETURN(SegmentPtr segment, Map(file));
  known = segment;
  return segment;
}

void SegmentFiles::AddReference(const Segment& segment) {
  if (segment.file.empty()) return;
  const MutexLock lock(references_->mutex);
  ++references_->counts[segment.file];
}

void SegmentFiles::DropReference(const Segment& segment) {
  if (segment.file.empty()) return;
  const MutexLock lock(references_->mutex);
  const auto found = references_->counts.find(segment.file);
  if (found != references_->counts.end() && --found->second == 0) references_->counts.erase(found);
}

Status SegmentFiles::DeleteOrphans() {
  if (directory_.empty()) return {};
  DIR* directory = ::opendir(directory_.c_str());
  if (directory == nullptr) return Fail(FileError("list", directory_));
  // readdir is safe on a stream that only this thread uses.
  while (const dirent* entry = ::readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
    const std::string_view name = entry->d_name;
    if (!name.ends_with(".seg") || references_->Named(std::string(name))) continue;
    (void)::unlink((directory_ + "/" + std::string(name)).c_str());
  }
  (void)::closedir(directory);
  return {};
}

}  // namespace culvert::emulator
