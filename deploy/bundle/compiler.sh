#!/bin/sh
# Part of `make host-bundle`: makes a C compiler that links against musl, statically and at addresses by
# chance, so that what it builds runs on any Linux of that processor.
#
#     compiler.sh ARCHITECTURE FOLDER    FOLDER/bin/plainchat-cc, to be called with FOLDER/bin in the PATH
#
# No path of the machine comes into what is built, neither from the sources nor from the command line.
# SPDX-License-Identifier: MIT

set -eu
architecture=$1
mkdir -p "$2/bin" "$2/include"
folder=$(cd "$2" && pwd)
musl=/usr/lib/$architecture-linux-musl
gcc=$architecture-linux-gnu-gcc
command -v "$gcc" >/dev/null || { echo "host-bundle: $gcc is missing" >&2; exit 1; }
[ -f "$musl/rcrt1.o" ] || { echo "host-bundle: musl's files for $architecture are missing" >&2; exit 1; }

# The kernel's headers, which musl does not have.
cp -r /usr/include/linux /usr/include/asm-generic "$folder/include/"
if [ -d "/usr/$architecture-linux-gnu/include/asm" ]; then
	cp -r "/usr/$architecture-linux-gnu/include/asm" "$folder/include/"
else
	cp -r "/usr/include/$architecture-linux-gnu/asm" "$folder/include/"
fi

# As musl-gcc's own, but for the start file and the linker's options: these make a program that needs
# no loader and lies elsewhere each time (static-pie).
cat >"$folder/musl.specs" <<SPECS
%rename cpp_options old_cpp_options

*cpp_options:
-nostdinc -isystem /usr/include/$architecture-linux-musl -isystem include%s -isystem $folder/include %(old_cpp_options)

*cc1:
%(cc1_cpu) -nostdinc -isystem /usr/include/$architecture-linux-musl -isystem include%s -isystem $folder/include

*link_libgcc:
-L$musl -L .%s

*libgcc:
libgcc.a%s %:if-exists(libgcc_eh.a%s)

*startfile:
$musl/rcrt1.o $musl/crti.o crtbeginS.o%s

*endfile:
crtendS.o%s $musl/crtn.o

*link:
-static -pie --no-dynamic-linker -z text -z relro -z now -nostdlib --gc-sections --build-id=none -L$folder/lib

*esp_link:


*esp_options:


*esp_cpp_options:


SPECS

cat >"$folder/bin/plainchat-cc" <<WRAPPER
#!/bin/sh
exec $gcc -fPIE -ffunction-sections -fdata-sections -ffile-prefix-map="\$PWD=." -ffile-prefix-map="$folder=." \\
	"\$@" -specs "$folder/musl.specs"
WRAPPER
chmod +x "$folder/bin/plainchat-cc"
