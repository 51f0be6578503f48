dnl Macros of plainchat's own.
dnl SPDX-License-Identifier: MIT

dnl PLAINCHAT_ADD_FLAGS(VARIABLE, FLAGS): adds each flag that the compiler takes.
AC_DEFUN([PLAINCHAT_ADD_FLAGS], [
  for flag in $2; do
    AC_MSG_CHECKING([whether $CC takes $flag])
    saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes]); $1="$[]$1 $flag"],
      [AC_MSG_RESULT([no])])
    CFLAGS=$saved_CFLAGS
  done
  AC_SUBST([$1])
])

dnl PLAINCHAT_ADD_LINK_FLAGS(VARIABLE, FLAGS): adds each flag that the linker takes.
AC_DEFUN([PLAINCHAT_ADD_LINK_FLAGS], [
  for flag in $2; do
    AC_MSG_CHECKING([whether the linker takes $flag])
    saved_LDFLAGS=$LDFLAGS
    LDFLAGS="$LDFLAGS -Werror $flag"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes]); $1="$[]$1 $flag"],
      [AC_MSG_RESULT([no])])
    LDFLAGS=$saved_LDFLAGS
  done
  AC_SUBST([$1])
])

dnl PLAINCHAT_ADD_HARDENING: what a program that faces the web is compiled with.
AC_DEFUN([PLAINCHAT_ADD_HARDENING], [
  PLAINCHAT_ADD_FLAGS([HARDENING_CFLAGS], [-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE])
  PLAINCHAT_ADD_LINK_FLAGS([HARDENING_LDFLAGS], [-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack])
  dnl _FORTIFY_SOURCE warns where nothing is optimised, and where it is set already.
  AC_MSG_CHECKING([whether _FORTIFY_SOURCE can be set])
  saved_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
    #if !defined(__OPTIMIZE__) || defined(_FORTIFY_SOURCE)
    #error leave it
    #endif
    #include <stdio.h>]], [])],
    [AC_MSG_RESULT([yes]); HARDENING_CPPFLAGS="-D_FORTIFY_SOURCE=2"],
    [AC_MSG_RESULT([no])])
  CFLAGS=$saved_CFLAGS
  AC_SUBST([HARDENING_CPPFLAGS])
])

dnl PLAINCHAT_FIND_LIBRARY(PREFIX, HEADER, LIBRARY, FUNCTION, PACKAGE): a library without pkg-config
dnl everywhere; stops if it is missing.
AC_DEFUN([PLAINCHAT_FIND_LIBRARY], [
  AC_CHECK_HEADER([$2], [], [AC_MSG_ERROR([$2 is missing: install $5])])
  AC_CHECK_LIB([$3], [$4], [$1_LIBS=-l$3], [AC_MSG_ERROR([lib$3 is missing: install $5])])
  AC_SUBST([$1_LIBS])
])

dnl PLAINCHAT_REPLACE_FCGI_READ: how the program takes the place of libfcgi's OS_Read. Before a shared
dnl library its own function comes first; an archive would have it twice, and the linker renames it.
AC_DEFUN([PLAINCHAT_REPLACE_FCGI_READ], [
  AC_MSG_CHECKING([how OS_Read of libfcgi is replaced])
  saved_LIBS=$LIBS
  LIBS="$FCGI_LIBS $LIBS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([[
    #include <fcgiapp.h>
    #include <stddef.h>
    int OS_Read(int fd, char *buffer, size_t size);
    int OS_Read(int fd, char *buffer, size_t size) { return fd + *buffer + (int)size; }]],
    [[FCGX_Request request; return FCGX_Init() + FCGX_Accept_r(&request);]])],
    [AC_MSG_RESULT([by its name]); FCGI_OS_READ=OS_Read],
    [AC_MSG_RESULT([by --wrap]); FCGI_OS_READ=__wrap_OS_Read; FCGI_WRAP=-Wl,--wrap=OS_Read])
  LIBS=$saved_LIBS
  AC_SUBST([FCGI_OS_READ])
  AC_SUBST([FCGI_WRAP])
])

dnl PLAINCHAT_PREFER_ARCHIVE(PREFIX, FUNCTION, ARCHIVES, FURTHER-LIBRARIES): links the first of the
dnl archives that there is in place of the shared library.
AC_DEFUN([PLAINCHAT_PREFER_ARCHIVE], [
  for archive in $3; do
    AC_MSG_CHECKING([for $archive])
    saved_LIBS=$LIBS
    LIBS="-l:$archive $4 $LIBS"
    AC_LINK_IFELSE([AC_LANG_CALL([], [$2])],
      [AC_MSG_RESULT([yes]); $1_LIBS="-l:$archive $4"; LIBS=$saved_LIBS; break],
      [AC_MSG_RESULT([no])])
    LIBS=$saved_LIBS
  done
])
