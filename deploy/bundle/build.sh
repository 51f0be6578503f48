#!/bin/sh
# `make host-bundle`: builds what an owner of a shared host unpacks, plainchat-VERSION-ARCHITECTURE.tar.gz and .zip.
# The programs in it are static: they run on any Linux of that processor, and need no library.
#
#     build.sh SOURCES WORK VERSION ARCHITECTURE    writes the two archives into the working folder
#
# SOURCES are those of plainchat, with configure, and nothing built in them. WORK holds the libraries' sources and archives, and is used again the next time. Two builds of the same sources give
# the same bytes: times are those of $SOURCE_DATE_EPOCH, by default of NEWS.md.
# SPDX-License-Identifier: MIT

set -eu
sources=$(cd "$1" && pwd)
mkdir -p "$2"
work=$(cd "$2" && pwd)
version=$3
architecture=$4
out=$PWD
scripts=$sources/deploy/bundle
libraries=$work/$architecture
name=plainchat-$version-$architecture

for command in apt-get autoreconf cmake dpkg-source gzip libtoolize make nm pkg-config strip tar tclsh zip; do
	command -v "$command" >/dev/null || missing="${missing:-} $command"
done
[ -z "${missing:-}" ] || { echo "host-bundle: missing:$missing (./bootstrap --with-bundle installs them)" >&2; exit 1; }

if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
	SOURCE_DATE_EPOCH=$(stat -c %Y "$sources/NEWS.md")
fi
export SOURCE_DATE_EPOCH
TZ=UTC
LC_ALL=C
export TZ LC_ALL
umask 022

"$scripts/sources.sh" "$work/sources"
"$scripts/compiler.sh" "$architecture" "$libraries"
"$scripts/libraries.sh" "$architecture" "$work/sources" "$libraries"

# --- the programs ---

echo "host-bundle: plainchat for $architecture"
rm -rf "$libraries/plainchat"
mkdir "$libraries/plainchat"
cd "$libraries/plainchat"
PATH=$libraries/bin:$PATH
PKG_CONFIG="pkg-config --static"
PKG_CONFIG_LIBDIR=$libraries/lib/pkgconfig
export PATH PKG_CONFIG PKG_CONFIG_LIBDIR
"$sources/configure" --quiet --host="$architecture-linux-musl" --prefix=/usr --sysconfdir=/etc \
	CC=plainchat-cc CFLAGS='-O2 -g0' LIBS="$libraries/lib/mimalloc.o" >configure.log 2>&1 || {
	tail -n 40 configure.log >&2
	exit 1
}
make -j2 >make.log 2>&1 || { tail -n 40 make.log >&2; exit 1; }

# --- what is packed ---

make install DESTDIR="$PWD/installed" >>make.log 2>&1
mkdir -p "$name/plainchat/data"
cp -r installed/usr/share/plainchat/htdocs/chat "$name/chat"
cp src/plainchat "$name/chat/api"
cp src/plainchat-llm "$name/plainchat/plainchat-llm"
"${STRIP:-$architecture-linux-gnu-strip}" "$name/chat/api" "$name/plainchat/plainchat-llm"
cp "$scripts/chat.htaccess" "$name/chat/.htaccess"
cp "$scripts/denied.htaccess" "$name/plainchat/.htaccess"
cp "$scripts/denied.htaccess" "$name/plainchat/data/.htaccess"
# Long-polls, since what a shared host has between program and browser may hold streams back.
sed 's/^; data = .*/data = data/; s/^live = .*/live = longpoll/' "$sources/doc/plainchat.conf" >"$name/plainchat/plainchat.conf"
cp "$sources/LICENSE" "$name/plainchat/"
sed "s/@VERSION@/$version/" "$scripts/README.txt" >"$name/README.txt"
chmod -R u=rwX,go=rX "$name"
chmod 755 "$name/chat/api" "$name/plainchat/plainchat-llm"
chmod 700 "$name/plainchat/data"
find "$name" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

rm -f "$out/$name.tar.gz" "$out/$name.zip"
tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=ustar "$name" |
	gzip --no-name --best >"$out/$name.tar.gz"
find "$name" | sort | zip --quiet -X "$out/$name.zip" -@
ls -l "$out/$name.tar.gz" "$out/$name.zip"
