# shellcheck shell=sh disable=SC2154 # the variables of tests/lib.sh
# Web servers of Debian, each as a visitor's browser meets it: in front of the program, or as a proxy in front of another
# server. They run without root, on this machine only, with the files of deploy/ as they are; only folders and ports are
# others. A test sources tests/lib.sh and then this, and calls
#
#     start_server lighttpd      # or another of the functions serve_NAME below
#     put_in_front nginx /talk/  # or lighttpd, apache: maybe, as often as is wanted
#     run_server_cases           # cases.sh
#     stop_servers
#
# A new server is a function serve_NAME, a new proxy one front_NAME. What listen_somewhere calls writes $conf_file for $port,
# with files of its own in $folder, and starts the server.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034 # for cases.sh
# shellcheck disable=SC2317 # called by their names

# shellcheck source=tests/api/transport.sh
. "$source/tests/api/transport.sh"
# shellcheck source=tests/api/rooms.sh
. "$source/tests/api/rooms.sh"

transport=lighttpd # by curl, whatever the server is
PATH=$PATH:/usr/sbin:/sbin
server_pids=

# Root runs nothing of this: who is root becomes the user that Debian's servers run as.
as_user=
if [ "$(id -u)" -eq 0 ]; then
	as_user="setpriv --reuid=www-data --regid=www-data --clear-groups"
	umask 022
fi

for tool in lighttpd nginx apache2 openssl; do
	command -v "$tool" >"$scratch/ignored" || bail "$tool is not installed: ./bootstrap --with-tests installs it"
done

# A certificate that no authority has signed.
printf 'insecure\nnoproxy = "*"\n' >"$scratch/.curlrc"
CURL_HOME=$scratch
export CURL_HOME

# read_page_names: the files that the page of $page begins with.
read_page_names()
{
	page_script=$(sed -n 's/.*<script[^>]* src="\([^"]*\)".*/\1/p' "$page/index.html" | tail -n 1)
	page_style=$(sed -n 's/.*<link rel="stylesheet" href="\([^"]*\)".*/\1/p' "$page/index.html" | head -n 1)
}

# What is served lies where that user can read it, the program's configuration beside it, as a host would have it.
served=$scratch/served
page=$served/chat
data=$scratch/data
configure 'posts_burst = 0' 'reads_burst = 0' 'proxies = 127.0.0.1'
unset PLAINCHAT_CONF PLAINCHAT_POSTS_BURST PLAINCHAT_READS_BURST
mkdir "$served" "$served/bin" "$scratch/run" "$data"
# The page as it is installed. Without esbuild that is the tree's.
page_source=$source/htdocs/chat
[ ! -e "$build/page/index.html" ] || page_source=$build/page
cp -r "$page_source" "$page"
read_page_names
cp "$program" "$served/bin/plainchat"
cp "$conf" "$served/bin/plainchat.conf"
chmod -R u+w,a+rX "$served"
chmod 755 "$scratch"
chmod 700 "$data"
[ -z "$as_user" ] || chown -R www-data: "$scratch/run" "$data" "$bots" "$served"

# --- starting and stopping ---

# run_as_user COMMAND...: starts it, with its output in $scratch/$started_name.log. Sets $started_pid.
run_as_user()
{
	# In a session of its own: some servers send signals to their whole process group. In a folder that the user may enter:
	# the tree may lie in root's own.
	# shellcheck disable=SC2086 # words
	(cd "$scratch" && exec setsid $as_user "$@") >>"$scratch/$started_name.log" 2>&1 </dev/null &
	started_pid=$!
}

# listen_somewhere FUNCTION NAME: FUNCTION writes the configuration and starts the server, at a port that was
# free. Sets $port and $started_pid.
listen_somewhere()
{
	attempts=0
	while :; do
		port=$(shuf -i 20000-32000 -n 1)
		started_name=$2.$port
		folder=$scratch/run/$2.$port
		mkdir "$folder"
		[ -z "$as_user" ] || chown www-data: "$folder"
		conf_file=$scratch/$started_name.conf
		"$1"
		if comes_true server_is_decided && ! process_is_gone "$started_pid"; then
			remember "$started_pid"
			server_pids="$started_pid $server_pids"
			return 0
		fi
		attempts=$((attempts + 1))
		[ "$attempts" -lt 5 ] || bail "$2 does not start: $(tail -n 5 "$scratch/$started_name.log" "$folder"/*.log)"
	done
}

server_is_decided()
{
	process_is_gone "$started_pid" ||
		curl -s -o "$scratch/ping" "http://127.0.0.1:$port/" || curl -s -o "$scratch/ping" "https://127.0.0.1:$port/"
}

# start_server NAME: the program behind that server. Sets $base, the page's address.
start_server()
{
	server_name=$1
	streams=yes
	has_headers=no
	log_of_program=$scratch/program.log
	base_path=/chat/
	"serve_$1"
	base=http://127.0.0.1:$port$base_path
	use_base
}

# put_in_front NAME PATH [tls]: a proxy that shows what was started last at PATH, over https maybe.
put_in_front()
{
	behind_port=$port
	behind_path=$base_path
	base_path=$2
	front_tls=${3:-}
	[ -z "$front_tls" ] || make_certificate
	listen_somewhere "front_$1" "$1-front"
	base=http${front_tls:+s}://127.0.0.1:$port$2
	server_name="$1${front_tls:+ with TLS} at $2 in front of $server_name"
	use_base
}

# use_base: what the cases and tests/api/ ask is at $base.
use_base()
{
	api=${base}api
	url=${api%"${base_path}api"}
	mount=${base_path}api
	origin=$url
}

stop_servers()
{
	for pid in $server_pids; do
		stop "$pid"
		forget "$pid"
	done
	server_pids=
}

make_certificate()
{
	[ ! -e "$served/tls.pem" ] || return 0
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
		-addext subjectAltName=IP:127.0.0.1,DNS:chat.example,DNS:localhost \
		-keyout "$served/tls.key" -out "$served/tls.crt" 2>"$scratch/openssl.log" || bail "$(cat "$scratch/openssl.log")"
	cat "$served/tls.key" "$served/tls.crt" >"$served/tls.pem"
	chmod 644 "$served/tls.key" "$served/tls.pem"
}

# start_program: on a socket of its own, for servers that start none; with $program_options.
start_program()
{
	started_name=program
	rm -f "$scratch/run/plainchat.socket"
	: >"$scratch/program.log"
	# shellcheck disable=SC2086 # words
	run_as_user "$served/bin/plainchat" --listen="$scratch/run/plainchat.socket" ${program_options:-}
	remember "$started_pid"
	server_pids="$server_pids $started_pid"
	wait_for grep -q event=started "$scratch/program.log" || bail "the program does not start"
}

# --- lighttpd ---

# lighttpd_conf LINE...: Debian's own configuration, and the lines where it includes others.
lighttpd_conf()
{
	sed -e "s|^server.port .*|server.port = $port\nserver.bind = \"127.0.0.1\"|" \
	    -e "s|^server.document-root .*|server.document-root = \"$served\"|" \
	    -e "s|^server.upload-dirs .*|server.upload-dirs = ( \"$scratch/run\" )|" \
	    -e "/^server.\(errorlog\|pid-file\|username\|groupname\) /d" \
	    -e "/^include_shell .*use-ipv6/d" \
	    -e "s|^include \"/etc/lighttpd/conf-enabled.*|include \"$folder/enabled.conf\"|" \
		/etc/lighttpd/lighttpd.conf >"$conf_file"
	printf '%s\n' "$@" >"$folder/enabled.conf"
	chmod a+r "$folder/enabled.conf"
}

run_lighttpd()
{
	run_as_user lighttpd -D -f "$conf_file"
}

# The file of deploy/, behind those that it depends on, as lighty-enable-mod has it.
serve_lighttpd()
{
	has_headers=yes
	listen_somewhere listen_lighttpd lighttpd
	log_of_program=$scratch/lighttpd.$port.log
}

listen_lighttpd()
{
	sed -e "s|^\(var.plainchat_page .*=\).*|\1 \"$page/\"|" \
	    -e "s|^\(var.plainchat_program .*=\).*|\1 \"$served/bin/plainchat\"|" \
	    -e "s|^\(var.plainchat_socket .*=\).*|\1 \"$folder/plainchat.socket\"|" \
	    -e "s|^\(var.plainchat_data .*=\).*|\1 \"$data\"|" \
		"$source/deploy/lighttpd/50-plainchat.conf" >"$scratch/50-plainchat.conf"
	lighttpd_conf "include \"/etc/lighttpd/conf-available/05-setenv.conf\"" \
		"include \"/etc/lighttpd/conf-available/10-fastcgi.conf\"" "include \"$scratch/50-plainchat.conf\""
	run_lighttpd
}

# With a program that something else has started.
serve_lighttpd_socket()
{
	start_program
	listen_somewhere listen_lighttpd_socket lighttpd
}

# shellcheck disable=SC2016 # $HTTP is lighttpd's
listen_lighttpd_socket()
{
	lighttpd_conf 'server.modules += ("mod_fastcgi")' '$HTTP["url"] =~ "^/chat/api(/|$)" {
		server.stream-response-body = 2
		fastcgi.server = ("/chat/api" => (("socket" => "'"$scratch/run/plainchat.socket"'",
			"check-local" => "disable", "tcp-fin-propagate" => "enable")))
	}'
	run_lighttpd
}

serve_lighttpd_cgi()
{
	streams=no
	listen_somewhere listen_lighttpd_cgi lighttpd
	log_of_program=$scratch/lighttpd.$port.log
}

# shellcheck disable=SC2016 # $HTTP is lighttpd's
listen_lighttpd_cgi()
{
	lighttpd_conf 'server.modules += ("mod_cgi")' '$HTTP["url"] =~ "^/chat/api(/|$)" {
		alias.url = ("/chat/api" => "'"$served/bin/plainchat"'")
		cgi.assign = ("/plainchat" => "")
	}'
	run_lighttpd
}

front_lighttpd()
{
	streams=no # its default is to send an answer when it is whole
	set -- "server.modules = (\"mod_proxy\"${front_tls:+, \"mod_openssl\"})" \
		"proxy.server = (\"\" => ((\"host\" => \"127.0.0.1\", \"port\" => $behind_port)))" \
		"proxy.header = (\"map-urlpath\" => (\"$base_path\" => \"$behind_path\", \"${base_path%/}\" => \"${behind_path%/}\"))" \
		"server.document-root = \"$served\"" "server.port = $port" 'server.bind = "127.0.0.1"' \
		"server.upload-dirs = (\"$scratch/run\")"
	[ -z "$front_tls" ] || set -- "$@" 'ssl.engine = "enable"' "ssl.pemfile = \"$served/tls.pem\""
	printf '%s\n' "$@" >"$conf_file"
	run_lighttpd
}

# --- nginx ---

# nginx_conf LINE...: one server of it, with Debian's defaults.
nginx_conf()
{
	# The files that a configuration includes are those of its folder.
	mkdir "$folder/conf"
	cp /etc/nginx/fastcgi_params /etc/nginx/mime.types "$folder/conf/"
	conf_file=$folder/conf/nginx.conf
	cat >"$conf_file" <<-EOF
		pid $folder/nginx.pid;
		daemon off;
		error_log stderr;
		events { worker_connections 768; }
		http {
			sendfile on;
			tcp_nopush on;
			include mime.types;
			default_type application/octet-stream;
			access_log off;
			gzip on;
			client_body_temp_path $folder/body;
			proxy_temp_path $folder/proxy;
			fastcgi_temp_path $folder/fastcgi;
			uwsgi_temp_path $folder/uwsgi;
			scgi_temp_path $folder/scgi;
			server {
				listen 127.0.0.1:$port${front_tls:+ ssl};
				root $served;
				$(printf '%s\n' "$@")
			}
		}
	EOF
	chmod -R a+rX "$folder/conf"
}

run_nginx()
{
	run_as_user nginx -p "$folder" -e stderr -c "$conf_file"
}

serve_nginx()
{
	has_headers=yes
	front_tls=
	start_program
	listen_somewhere listen_nginx nginx
}

listen_nginx()
{
	sed -e "s|/usr/local/share/plainchat/htdocs/chat/|$page/|" \
	    -e "s|/run/plainchat/plainchat.socket|$scratch/run/plainchat.socket|" \
		"$source/deploy/nginx/plainchat.conf" >"$scratch/nginx-plainchat.conf"
	nginx_conf "include $scratch/nginx-plainchat.conf;"
	run_nginx
}

# As its documentation has it: with a Host of its own, and nothing told of the visitor.
front_nginx()
{
	nginx_conf "location $base_path { proxy_pass http://127.0.0.1:$behind_port$behind_path; }" \
		"${front_tls:+ssl_certificate $served/tls.crt; ssl_certificate_key $served/tls.key;}"
	run_nginx
}

# --- Apache ---

# apache_conf MODULES LINE...: with what Debian's packages switch on, and these modules.
apache_conf()
{
	modules="mpm_event authz_core alias dir mime deflate filter setenvif reqtimeout $1"
	shift
	{
		for module in $modules; do
			echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
		done
		# The workers are those of Debian's mpm_event.conf.
		cat <<-EOF
			StartServers 2
			MinSpareThreads 25
			MaxSpareThreads 75
			ThreadLimit 64
			ThreadsPerChild 25
			MaxRequestWorkers 150
			ServerRoot $folder
			PidFile $folder/apache.pid
			DefaultRuntimeDir $folder
			ServerName 127.0.0.1
			Listen 127.0.0.1:$port
			ErrorLog $folder/error.log
			TypesConfig /etc/mime.types
			DocumentRoot $served
			<Directory />
				AllowOverride None
				Require all denied
			</Directory>
			<Directory $served>
				Require all granted
			</Directory>
			AddOutputFilterByType DEFLATE text/html text/plain text/css application/javascript
		EOF
		printf '%s\n' "$@"
	} >"$conf_file"
}

run_apache()
{
	run_as_user apache2 -DFOREGROUND -f "$conf_file"
}

serve_apache()
{
	has_headers=yes
	start_program
	listen_somewhere listen_apache apache
}

listen_apache()
{
	sed -e "s|^\(Define plainchat_page\) .*|\1 $page|" \
	    -e "s|^\(Define plainchat_socket\) .*|\1 $scratch/run/plainchat.socket|" \
		"$source/deploy/apache/plainchat.conf" >"$scratch/apache-plainchat.conf"
	apache_conf "proxy proxy_fcgi headers" "Include $scratch/apache-plainchat.conf"
	run_apache
}

serve_apache_cgi()
{
	streams=no
	listen_somewhere listen_apache_cgi apache
	log_of_program=$folder/error.log
}

listen_apache_cgi()
{
	apache_conf "cgid" "ScriptSock $folder/cgid.socket" "ScriptAlias /chat/api $served/bin/plainchat" \
		"<Directory $served/bin>" "Options +ExecCGI" "</Directory>"
	run_apache
}

# The program at another path than the page, which a rule of .htaccess makes one.
serve_apache_rewrite()
{
	streams=no
	base_path=/talk/
	mkdir -p "$served/talk"
	cp -r "$page"/* "$served/talk/"
	cat >"$served/talk/.htaccess" <<-'EOF'
		RewriteEngine On
		RewriteRule ^api(/.*)?$ /cgi-bin/plainchat$1 [L]
	EOF
	listen_somewhere listen_apache_rewrite apache
	log_of_program=$folder/error.log
}

listen_apache_rewrite()
{
	apache_conf "cgid rewrite" "ScriptSock $folder/cgid.socket" "ScriptAlias /cgi-bin/ $served/bin/" \
		"<Directory $served/bin>" "Options +ExecCGI" "</Directory>" \
		"<Directory $served/talk>" "AllowOverride All" "</Directory>"
	run_apache
}

front_apache()
{
	set -- "RedirectMatch temp \"^${base_path%/}\$\" \"$base_path\"" \
		"ProxyPass \"$base_path\" \"http://127.0.0.1:$behind_port$behind_path\"" \
		"ProxyPassReverse \"$base_path\" \"http://127.0.0.1:$behind_port$behind_path\""
	[ -z "$front_tls" ] || set -- "$@" "SSLEngine On" "SSLCertificateFile $served/tls.crt" "SSLCertificateKeyFile $served/tls.key"
	apache_conf "proxy proxy_http${front_tls:+ ssl socache_shmcb}" "$@"
	run_apache
}

# run_server_cases: all of them, for what runs.
run_server_cases()
{
	# shellcheck source=tests/servers/cases.sh
	. "$source/tests/servers/cases.sh"
}

# expect_room_beside_followers SERVER FILE: with as many streams as FILE of deploy/ says, and as many held requests, the server of Debian
# has connections and workers left for all else. Starts the server.
expect_room_beside_followers()
{
	wanted=$(sed -n 's/.*--streams=\([0-9]*\).*/\1/p' "$source/$2")
	program_options="--streams=$wanted --streams-per-client=$wanted"
	start_server "$1"
	program_options=
	it "$server_name: has room for all else beside $wanted streams and as many held requests"
	before=$(newest_seq quiet)
	for kind in 'Accept: text/event-stream' 'Accept: application/json'; do
		for n in $(seq "$wanted"); do
			printf 'next\nno-buffer\nsilent\nurl = "%s/events?room=quiet&after=%d&wait=25"\noutput = "%s/follower.%d.%s"\nheader = "%s"\n' \
				"$api" "${before:-0}" "$scratch" "$n" "${kind##*/}" "$kind"
		done | sed 1d >"$scratch/followers.${kind##*/}.conf"
		curl --parallel --parallel-immediate --parallel-max "$wanted" --config "$scratch/followers.${kind##*/}.conf" 2>"$scratch/curl.log" &
		remember $!
		server_pids="$! $server_pids"
	done
	expect wait_for followers_have_begun "$wanted"
	say '' django
	expect_equal '{"message":"received django"}' "$(body)"
	expect_equal 200 "$(status_of "$base$page_script")"
	say quiet "to all"
	expect_equal 200 "$status"
	expect wait_for followers_have_heard "to all" $((2 * wanted))
	expect_not grep -q event=streams_may_fill_the_server "$log_of_program"
}

followers_have_begun()
{
	[ "$(cat "$scratch"/follower.*.event-stream 2>"$scratch/ignored" | grep -c '^event: hello')" -ge "$1" ]
}

followers_have_heard()
{
	[ "$(cat "$scratch"/follower.[0-9]* | grep -o "\"text\":\"$1\"" | grep -c .)" -ge "$2" ]
}
