// SPDX-FileCopyrightText: The Culvert authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/base/check.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace culvert {

/// Growable bytes with a read end and a write end, never zero-filled. The data plane's only buffer:
/// a producer asks for room with Reserve and says what it wrote with Commit; a consumer looks at
/// Readable and says what it took with Consume. Not thread-safe.
class ByteBuffer {
 public:
  ByteBuffer() = default;
  explicit ByteBuffer(std::size_t capacity) { Grow(capacity); }
  /// A moved-from buffer is empty and usable.
  ByteBuffer(ByteBuffer&& other) noexcept
      : data_(std::move(other.data_)),
        capacity_(std::exchange(other.capacity_, 0)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    capacity_ = std::exchange(other.capacity_, 0);
    begin_ = std::exchange(other.begin_, 0);
    end_ = std::exchange(other.end_, 0);
    return *this;
  }
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;
  ~ByteBuffer() = default;

  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  std::size_t capacity() const { return capacity_; }
  std::span<const std::byte> Readable() const { return {data_.get() + begin_, size()}; }

  /// At least `bytes` of room behind the data; moves or grows the storage when needed.
  std::span<std::byte> Reserve(std::size_t bytes) {
    if (capacity_ - end_ < bytes) MakeRoom(bytes);
    return {data_.get() + end_, capacity_ - end_};
  }
  void Commit(std::size_t bytes) {
    CULVERT_DCHECK(bytes <= capacity_ - end_);
    end_ += bytes;
  }
  void Consume(std::size_t bytes) {
    CULVERT_DCHECK(bytes <= size());
    begin_ += bytes;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void Append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    std::memcpy(Reserve(bytes.size()).data(), bytes.data(), bytes.size());
    end_ += bytes.size();
  }
  /// Drops what is behind the first `bytes`.
  void Truncate(std::size_t bytes) {
    CULVERT_DCHECK(bytes <= size());
    end_ = begin_ + bytes;
  }
  void Clear() { begin_ = end_ = 0; }

 private:
  struct Free {
    void operator()(std::byte* pointer) const { std::free(pointer); }
  };
  void MakeRoom(std::size_t bytes) {
    if (capacity_ - size() >= bytes && begin_ >= size()) {
      std::memcpy(data_.get(), data_.get() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
      return;
    }
    Grow(size() + bytes);
  }
  void Grow(std::size_t needed) {
    std::size_t capacity = capacity_ == 0 ? 4096 : capacity_;
    while (capacity < needed) capacity *= 2;
    std::unique_ptr<std::byte[], Free> grown(static_cast<std::byte*>(std::malloc(capacity)));
    CULVERT_CHECK(grown != nullptr);
    if (!empty()) std::memcpy(grown.get(), data_.get() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
    data_ = std::move(grown);
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte[], Free> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace culvert
