// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/catalog.h"
#include "emulator/chunk_pool.h"
#include "libs/base/mutex.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace culvert::emulator {

/// PyODPS writes a record CRC with bit 31 set as a sign-extended ten-byte varint. Its last byte is
/// 01, where the five-byte form of such a CRC ends in 08..0f (record-wire.md 3).
constexpr bool EndsInLongCrc(std::uint8_t last_byte, std::uint32_t crc) {
  return (crc >> 31U) != 0 && last_byte == 1;
}

/// What is known of the record CRCs of a run of records.
enum class CrcForm : std::uint8_t { kAny, kShort };

/// The store of segments: in memory, or one file a segment below `directory`/segments. A file is
/// the records, then the offsets (u64), the CRCs (u32) and a footer; it is fsynced before Make
/// returns and mapped read-only while in use. It is deleted once no metadata names it and nobody
/// reads it; files that a kill left behind go at the next start. Thread-safe.
class SegmentFiles final : public SegmentStore {
 public:
  /// In memory.
  SegmentFiles();
  /// On disk; makes the directory.
  static Result<std::unique_ptr<SegmentFiles>> Open(const std::string& directory);

  Result<SegmentPtr> Make(const maxcompute::wire::RecordLayout& layout,
                          ByteBuffer records) override;
  /// The same for records whose index is known already. A buffer of the pool goes back there in the
  /// end. kShort: no CRC has its long form, so the records are canonical as they are.
  Result<SegmentPtr> MakeIndexed(ByteBuffer records, maxcompute::wire::RecordIndex index,
                                 CrcForm crcs = CrcForm::kAny);
  ChunkPool& chunks() { return *chunks_; }
  /// Maps the file that metadata names. One mapping is shared by all who ask.
  Result<SegmentPtr> Load(const std::string& file);

  // How many records of the metadata name the segment's file. No-ops for segments in memory.
  void AddReference(const Segment& segment);
  void DropReference(const Segment& segment);
  /// Deletes every file that no reference names; at start, when all metadata is loaded.
  Status DeleteOrphans();

 private:
  struct References;
  class Mapping;
  Result<SegmentPtr> WriteFile(std::span<const std::byte> records,
                               const maxcompute::wire::RecordIndex& index);
  Result<SegmentPtr> Map(const std::string& file);

  std::string directory_;  // of the files; empty in memory
  std::shared_ptr<References> references_;
  std::shared_ptr<ChunkPool> chunks_ = std::make_shared<ChunkPool>();
  Mutex mutex_;
  std::map<std::string, std::weak_ptr<const Segment>> loaded_ GUARDED_BY(mutex_);
};

}  // namespace culvert::emulator
