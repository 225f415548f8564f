#!/usr/bin/env bash
# dist/zerocell-VERSION-SYSTEM.tar.gz: program with the libraries it needs, runs from any folder without root on a
# system with the same or a newer glibc; an Apptainer recipe beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${BUILD:-build/release}/zerocell
version=$("$program" --version | cut -d' ' -f2)
name=zerocell-$version-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)
root=dist/$name
rm -rf "$root" && mkdir -p "$root/bin" "$root/lib" "$root/share/licences"

# glibc and the loader belong to the system; everything else travels.
ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// {print $3}' |
  grep -vE '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|resolv|util))\.so' | while read -r library; do
    cp -L "$library" "$root/lib/"
  done
cp "$program" "$root/bin/zerocell.bin"
cat >"$root/bin/zerocell" <<'WRAPPER'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here/../lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/zerocell.bin" "$@"
WRAPPER
chmod +x "$root/bin/zerocell"
cp LICENSE README.md "$root/"
cp docs/licences.md "$root/share/licences/"
# Debian keeps the licence of each library with its package.
for library in "$root"/lib/*; do
  package=$(dpkg-query -S "*/$(basename "$library")" 2>/dev/null | head -1 | cut -d: -f1) || true
  [ -n "$package" ] && [ -f "/usr/share/doc/$package/copyright" ] &&
    cp "/usr/share/doc/$package/copyright" "$root/share/licences/$package.txt" || true
done
tar -C dist -czf "dist/$name.tar.gz" "$name"
sed "s/@NAME@/$name/g" packaging/apptainer.def.in >"dist/zerocell-$version.def"
echo "dist/$name.tar.gz"
echo "dist/zerocell-$version.def"
