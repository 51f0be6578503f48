#!/bin/sh
# Part of `make host-bundle`: fetches Debian's source packages of the libraries, with apt, which verifies
# what comes, and unpacks them with Debian's patches. What is there already is not fetched again.
#
#     sources.sh FOLDER    FOLDER/json-c, FOLDER/curl and so on
#
# SPDX-License-Identifier: MIT

set -eu
mkdir -p "$1"
cd "$1"
folder=$PWD
packages="json-c libfcgi libsodium libuv1 mimalloc sqlite3 utf8proc c-ares curl openssl"

# An apt of our own: the machine's lists stay as they are, and nobody needs to be root.
prepare_apt()
{
	mkdir -p apt/parts apt/lists/partial apt/cache/archives/partial
	: >apt/sources.list
	for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -f "$list" ] || sed -n 's/^deb \{1,\}/deb-src /p' "$list" >>apt/sources.list
	done
	for list in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$list" ] || sed 's/^Types:.*/Types: deb-src/' "$list" >"apt/parts/${list##*/}"
	done
	cat >apt/apt.conf <<CONF
Dir::Etc::sourcelist "$folder/apt/sources.list";
Dir::Etc::sourceparts "$folder/apt/parts";
Dir::State::lists "$folder/apt/lists";
Dir::Cache "$folder/apt/cache";
CONF
	APT_CONFIG=$folder/apt/apt.conf
	export APT_CONFIG
	apt-get update --quiet >apt/log 2>&1 || { cat apt/log >&2; exit 1; }
}

# fetch PACKAGE: the newest version that can be had. A mirror may not have what its list names yet.
fetch()
{
	mkdir -p "fetched/$1"
	for version in $(apt-cache showsrc "$1" | sed -n 's/^Version: //p' | sort -rVu); do
		if (cd "fetched/$1" && apt-get source --quiet --download-only "$1=$version" >>"$folder/apt/log" 2>&1); then
			return
		fi
		rm -f "fetched/$1"/*
	done
	cat apt/log >&2
	echo "host-bundle: no source of $1 can be fetched" >&2
	exit 1
}

for package in $packages; do
	[ ! -d "$package" ] || continue
	[ -n "${APT_CONFIG:-}" ] || prepare_apt
	fetch "$package"
	rm -rf unpacking
	dpkg-source --no-check --extract "fetched/$package"/*.dsc unpacking >>apt/log 2>&1
	mv unpacking "$package"
done
