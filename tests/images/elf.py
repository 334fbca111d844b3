# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
"""What a 64-bit little-endian ELF program says about how it may be loaded. Numbers are those of elf(5) and of the System V ABI."""

import struct

_DYN = 3
_SEGMENT_LOAD, _SEGMENT_DYNAMIC, _SEGMENT_STACK, _SEGMENT_RELRO = 1, 2, 0x6474E551, 0x6474E552
_EXECUTABLE, _WRITABLE = 1, 2
_NEEDED, _STRTAB, _SYMTAB, _STRSZ, _RPATH, _TEXTREL, _BIND_NOW, _RUNPATH, _FLAGS, _FLAGS_1 = 1, 5, 6, 10, 15, 22, 24, 29, 30, 0x6FFFFFFB
_DF_TEXTREL, _DF_BIND_NOW, _DF_1_NOW, _DF_1_PIE = 4, 8, 1, 0x08000000
_SYMBOL_BYTES = 24


class Elf:
    """A program, of its bytes."""

    def __init__(self, content):
        if content[:6] != b"\x7fELF\x02\x01":
            raise ValueError("not a 64-bit little-endian ELF file")
        self._content = content
        self._type = struct.unpack_from("<H", content, 16)[0]
        offset, = struct.unpack_from("<Q", content, 32)
        size, count = struct.unpack_from("<HH", content, 54)
        self._segments = [struct.unpack_from("<IIQQQQQQ", content, offset + size * number) for number in range(count)]
        self._dynamic = self._read_dynamic()

    def _read_dynamic(self):
        """(tag, value) of each entry of the dynamic section."""
        found = []
        for kind, _, offset, _, _, size, _, _ in self._segments:
            if kind == _SEGMENT_DYNAMIC:
                for at in range(offset, offset + size, 16):
                    tag, value = struct.unpack_from("<QQ", self._content, at)
                    if tag == 0:
                        break
                    found.append((tag, value))
        return found

    def _value(self, wanted):
        return next((value for tag, value in self._dynamic if tag == wanted), 0)

    def _file_offset(self, address):
        for kind, _, offset, start, _, size, _, _ in self._segments:
            if kind == _SEGMENT_LOAD and start <= address < start + size:
                return offset + address - start
        raise ValueError(f"address {address:#x} is not in the file")

    def _string(self, number):
        start = self._file_offset(self._value(_STRTAB)) + number
        return self._content[start:self._content.index(b"\0", start)].decode()

    def is_position_independent_executable(self):
        return self._type == _DYN and bool(self._value(_FLAGS_1) & _DF_1_PIE)

    def binds_everything_at_its_start(self):
        return any(tag == _BIND_NOW for tag, _ in self._dynamic) or bool(self._value(_FLAGS) & _DF_BIND_NOW or self._value(_FLAGS_1) & _DF_1_NOW)

    def has_relro(self):
        return any(kind == _SEGMENT_RELRO for kind, *_ in self._segments)

    def stack_is_executable(self):
        """Also where the program does not say that it is not."""
        flags = [segment[1] for segment in self._segments if segment[0] == _SEGMENT_STACK]
        return not flags or bool(flags[0] & _EXECUTABLE)

    def writable_code(self):
        """Number of segments that are written and executed."""
        return sum(kind == _SEGMENT_LOAD and flags & (_EXECUTABLE | _WRITABLE) == _EXECUTABLE | _WRITABLE for kind, flags, *_ in self._segments)

    def relocates_code(self):
        return any(tag == _TEXTREL for tag, _ in self._dynamic) or bool(self._value(_FLAGS) & _DF_TEXTREL)

    def search_paths(self):
        """RPATH and RUNPATH."""
        return [self._string(value) for tag, value in self._dynamic if tag in (_RPATH, _RUNPATH)]

    def needed(self):
        """Libraries that it names."""
        return [self._string(value) for tag, value in self._dynamic if tag == _NEEDED]

    def imports(self):
        """Names of the symbols that it takes from libraries."""
        start, end = self._file_offset(self._value(_SYMTAB)), self._file_offset(self._value(_STRTAB))
        if end <= start:  # linkers put the strings behind the symbols; the number of these is nowhere else but in hash tables
            raise ValueError("the table of strings is in front of the table of symbols")
        names = set()
        for at in range(start, end - _SYMBOL_BYTES + 1, _SYMBOL_BYTES):
            name, _, _, section = struct.unpack_from("<IBBH", self._content, at)
            if section == 0 and name < self._value(_STRSZ):
                names.add(self._string(name))
        return names
