#!/bin/sh
# SPDX-FileCopyrightText: The Culvert authors
# SPDX-License-Identifier: Apache-2.0
#
# Lays out all that an image holds: a program without its debug information, the shared libraries that it loads, the
# certificate authorities, the time zones, a user, and what it is made of (image_sbom.py). PARTS is culvert-parts.tsv of the build. Used by the Dockerfile, on Debian with `install_debian.sh --image`.
#
#   tools/image_root.sh PROGRAM PARTS DIRECTORY
set -eu
program=$1 parts=$2 root=$3

mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/usr/share"
strip --strip-all -o "$root/usr/bin/$(basename "$program")" "$program"
chmod 755 "$root/usr/bin/$(basename "$program")"
touch --reference="$program" "$root/usr/bin/$(basename "$program")" # the SBOM says when the program was linked

# Debian's /lib and /lib64 are links into /usr; so are they here.
mkdir -p "$root/usr/lib" "$root/usr/lib64"
ln -s usr/lib "$root/lib"
ln -s usr/lib64 "$root/lib64"
libraries=$(ldd "$program" | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }')
if ldd "$program" | grep -q 'not found'; then
  echo "image_root: $program loads a library that install_debian.sh --image does not bring:" >&2
  ldd "$program" | grep 'not found' >&2
  exit 1
fi
for library in $libraries; do
  case $library in
    /usr/*) target=$library ;;
    *) target=/usr$library ;;
  esac
  mkdir -p "$root$(dirname "$target")"
  cp --dereference "$library" "$root$target"
done

cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp --archive /usr/share/zoneinfo "$root/usr/share/"
rm -rf "$root/usr/share/zoneinfo/right" "$root/usr/share/zoneinfo/posix" # the same zones again
printf 'culvert:x:65532:65532:culvert:/:/nonexistent\n' >"$root/etc/passwd"
printf 'culvert:x:65532:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

python3 "$(dirname "$0")/image_sbom.py" "$(basename "$program")" "$parts" "$root"
