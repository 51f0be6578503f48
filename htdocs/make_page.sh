#!/bin/sh
# Makes the page as it is installed of the page in the tree: one script, what is loaded after it, and one style sheet,
# minified, under names that carry the hash of their content; compressed copies of them; and for each name of an earlier
# version something that heals a page which still asks for it. The same sources make the same bytes.
#
#     make_page.sh SOURCE OUTPUT     SOURCE is the folder htdocs, OUTPUT a folder that is made anew
#
# $ESBUILD is the program, or "esbuild"; $BROTLI as well, where there shall be copies compressed by it.
# SPDX-License-Identifier: MIT

set -eu
LC_ALL=C
export LC_ALL

page=$1/chat
output=$2
esbuild=${ESBUILD:-esbuild}

# Of comments, those are left that whoever hosts the page needs; nothing is indented.
make_small()
{
	awk '
		/^ *<!--/ && !/SPDX|owner/ { is_within = 1; is_kept = 0; text = "" }
		is_within {
			text = text $0 "\n"
			is_kept = is_kept || /SPDX|owner/
			if (/-->$/) {
				is_within = 0
				if (is_kept) {
					printf "%s", text
				}
			}
			next
		}
		{
			sub(/^[ \t]+/, "")
			print
		}'
}

rm -rf "$output"
mkdir -p "$output"

# What the README says of browsers holds for the source, so that nothing has to be written in an older way.
"$esbuild" "$page/main.js" --bundle --minify --splitting --format=esm --target=es2022 --charset=utf8 \
	--legal-comments=none --log-level=warning --outdir="$output" --entry-names='page-[hash]' --chunk-names='part-[hash]'
# In the order in which the page names them.
sed -n 's/.*<link rel="stylesheet" href="\([^"]*\)".*/@import ".\/\1";/p' "$page/index.html" |
	(cd "$page" && "$esbuild" --bundle --minify --loader=css --target=chrome88,firefox90,safari15 --charset=utf8 \
		--log-level=warning) >"$output/page.css"
sheet=page-$(sha256sum "$output/page.css" | cut -c 1-8 | tr a-f A-F).css
mv "$output/page.css" "$output/$sheet"
script=$(cd "$output" && echo page-*.js)

cp "$page/icon.svg" "$output/icon.svg"
awk -v sheet="$sheet" -v script="$script" '
	/<link rel="stylesheet"/ {
		if (!has_sheet++) {
			print "  <link rel=\"stylesheet\" href=\"" sheet "\">"
		}
		next
	}
	/<script type="module"/ { sub(/src="[^"]*"/, "src=\"" script "\"") }
	{ print }' "$page/index.html" | make_small >"$output/index.html"

for file in "$output/$sheet" "$output"/*.js; do
	gzip -9nc "$file" >"$file.gz"
	[ -z "${BROTLI:-}" ] || "$BROTLI" --quality=11 --output="$file.br" "$file"
done

# heal EXPORT...: a script, and a module with these exports, that loads the page anew, once.
heal()
{
	cat <<'END'
// Stands where a file of an earlier version was: a page that the browser has kept asks for it, and is loaded anew.
// Once, or it would go on for ever where that does not help.
try {
  const key = `plainchat:renewed:${location.pathname}`;
  const last = Number(sessionStorage.getItem(key));
  if (!(Math.abs(Date.now() - last) < 60000)) {
    sessionStorage.setItem(key, String(Date.now()));
    location.reload();
  }
} catch {
  // Nothing can be kept, so nobody knows how often.
}
END
	for name in "$@"; do
		echo "export const $name = undefined;"
	done
}

grep -v '^#' "$1/old_names" | while read -r name exports; do
	[ ! -e "$output/$name" ] || continue
	mkdir -p "$output/$(dirname "$name")"
	# shellcheck disable=SC2086 # words
	case $name in
	*.js) heal $exports >"$output/$name" ;;
	chat.css | page-*.css) cp "$output/$sheet" "$output/$name" ;;
	*.css) echo '/* All is in chat.css. */' >"$output/$name" ;;
	esac
done
