#!/bin/sh
# Part of `make host-bundle`: builds the libraries from their sources as archives, each with no more than
# plainchat uses. What is built already is not built again.
#
#     libraries.sh ARCHITECTURE SOURCES FOLDER    into FOLDER/lib and FOLDER/include; see compiler.sh
#
# SPDX-License-Identifier: MIT

set -eu
architecture=$1
sources=$(cd "$2" && pwd)
prefix=$(cd "$3" && pwd)
host=$architecture-linux-musl
PATH=$prefix/bin:$PATH
CC=plainchat-cc
CFLAGS=-O2
PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1}
export PATH CC CFLAGS PKG_CONFIG_LIBDIR SOURCE_DATE_EPOCH
mkdir -p "$prefix/lib/pkgconfig" "$prefix/build" "$prefix/built"

# build NAME: calls build_NAME in a copy of its sources, unless that was done.
build()
{
	[ ! -f "$prefix/built/$1" ] || return 0
	echo "host-bundle: $1 for $architecture"
	rm -rf "${prefix:?}/build/$1"
	cp -r "$sources/$1" "$prefix/build/$1"
	(cd "$prefix/build/$1" && "build_$(echo "$1" | tr -d -)") >"$prefix/build/$1.log" 2>&1 || {
		tail -n 40 "$prefix/build/$1.log" >&2
		echo "host-bundle: $1 cannot be built: $prefix/build/$1.log" >&2
		exit 1
	}
	rm -rf "${prefix:?}/build/$1"
	touch "$prefix/built/$1"
}

configure()
{
	set -ex
	[ -f configure ] || autoreconf --install
	./configure --host="$host" --prefix="$prefix" --libdir="$prefix/lib" --disable-shared --enable-static "$@"
}

cmake_configure()
{
	set -ex
	cmake -S . -B build -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_C_COMPILER="$prefix/bin/plainchat-cc" \
		-DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_BUILD_TYPE=None \
		-DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_TRY_COMPILE_TARGET_TYPE=EXECUTABLE "$@"
}

# describe NAME LIBRARY: what pkg-config tells of an archive that comes without.
describe()
{
	printf 'Name: %s\nDescription: %s\nVersion: %s\nLibs: -l%s\nCflags: -I%s/include\n' \
		"$1" "$1" "$3" "$2" "$prefix" >"$prefix/lib/pkgconfig/$1.pc"
}

build_jsonc()
{
	cmake_configure -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF -DBUILD_APPS=OFF -DDISABLE_EXTRA_LIBS=ON
	make -C build -j2 install
}

build_libfcgi()
{
	configure
	make -C libfcgi -j2 libfcgi.la
	cp libfcgi/.libs/libfcgi.a "$prefix/lib/"
	cp include/fcgiapp.h include/fcgios.h include/fcgi_stdio.h include/fcgimisc.h include/fastcgi.h "$prefix/include/"
}

build_libsodium()
{
	configure --enable-minimal
	make -j2 install
}

build_libuv1()
{
	[ -f configure ] || sh autogen.sh
	configure
	make -j2 libuv.la
	make install
}

# musl's own allocator makes FastCGI a third as fast.
build_mimalloc()
{
	cmake_configure -DMI_BUILD_SHARED=OFF -DMI_BUILD_STATIC=OFF -DMI_BUILD_OBJECT=ON -DMI_BUILD_TESTS=OFF
	make -C build
	find build -name 'static.c.o' -exec cp {} "$prefix/lib/mimalloc.o" \;
	[ -f "$prefix/lib/mimalloc.o" ]
}

build_sqlite3()
{
	configure --disable-tcl --disable-readline --disable-load-extension
	make -j2 libsqlite3.la
	cp .libs/libsqlite3.a "$prefix/lib/"
	cp sqlite3.h "$prefix/include/"
	cp sqlite3.pc "$prefix/lib/pkgconfig/"
}

build_utf8proc()
{
	set -ex
	make CC="$CC" CFLAGS="$CFLAGS -DUTF8PROC_STATIC" AR=ar libutf8proc.a
	cp libutf8proc.a "$prefix/lib/"
	cp utf8proc.h "$prefix/include/"
	describe libutf8proc utf8proc 2.8
}

build_cares()
{
	configure --disable-tests
	make -j2 install
}

build_openssl()
{
	set -ex
	target=linux-$architecture
	./Configure "$target" --prefix="$prefix" --libdir=lib --openssldir=/etc/ssl no-shared no-tests no-module no-engine \
		no-legacy no-comp no-ssl3 no-cms no-cmp no-ct no-srp no-psk no-gost no-idea no-mdc2 no-seed no-rc2 \
		no-rc4 no-camellia no-aria no-bf no-cast no-sm2 no-sm3 no-sm4 no-whirlpool no-rmd160 no-ocsp no-ts \
		no-dtls no-sctp no-srtp no-ui-console no-afalgeng
	make -j2 build_generated
	make -j2 libcrypto.a libssl.a
	make install_dev
}

build_curl()
{
	configure --with-openssl="$prefix" --enable-ares="$prefix" --disable-ldap --disable-ftp --disable-file --disable-dict \
		--disable-telnet --disable-tftp --disable-pop3 --disable-imap --disable-smb --disable-smtp --disable-gopher \
		--disable-mqtt --disable-rtsp --disable-manual --disable-ntlm --disable-alt-svc --disable-hsts \
		--without-zlib --without-brotli --without-zstd --without-libpsl --without-libidn2 --without-nghttp2 \
		--without-ca-bundle --without-ca-path LIBS=-lpthread
	make -C lib -j2
	make -C lib install
	make -C include install
	cp libcurl.pc "$prefix/lib/pkgconfig/"
}

# libinih is the archive that Debian has built: its one object uses a few functions whose callers look the
# same with every C library, and that is checked.
take_libinih()
{
	case $architecture in
	x86_64) archive=/usr/lib/x86_64-linux-gnu/libinih.a ;;
	*) archive=/usr/lib/$architecture-linux-gnu/libinih.a ;;
	esac
	unknown=$(nm --undefined-only "$archive" | sed -n 's/^ *U //p' | grep -vxE \
		'_GLOBAL_OFFSET_TABLE_|__ctype_b_loc|__stack_chk_fail|fclose|fgets|fopen64|free|malloc|realloc|strchr|strlen' ||
		true)
	[ -z "$unknown" ] || { echo "host-bundle: $archive uses $unknown" >&2; exit 1; }
	cp "$archive" "$prefix/lib/"
	cp /usr/include/ini.h "$prefix/include/"
	describe inih inih 55
}

take_libinih
for library in json-c libfcgi libsodium libuv1 mimalloc sqlite3 utf8proc c-ares openssl curl; do
	build "$library"
done
