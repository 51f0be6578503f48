# shellcheck shell=sh disable=SC2154
# Sessions are issued by us, and belong to one chat; what an authenticated user has belongs to him.
# SPDX-License-Identifier: MIT

# A cookie of an earlier version, and what that stored of it.
old=plainchat=0123456789abcdef0123456789abcdef
old_mark='~a55798dd7966ed4b45bd53202cf7a982'

# is_newcomer WORD...: who reads with these words of `send` is taken for nobody, and gets a session.
is_newcomer()
{
	send GET /events "$@"
	[ "$(texts)" = '' ] && [ -n "$(header Set-Cookie)" ]
}

# age_conversation: the conversation of $cookie becomes one of an earlier version, which $old has.
age_conversation()
{
	say '' "to be aged" -H "Cookie: $cookie"
	sqlite3 -cmd '.timeout 5000' "${data:-$scratch/data}/plainchat.db" "UPDATE rooms SET name = '$old_mark'
		WHERE name LIKE '~%' AND id = (SELECT max(id) FROM rooms)" || fail "the store cannot be written"
}

open_session
ada=$cookie
name=${ada%%=*}
say '' "ada's secret" -H "Cookie: $ada"

it "takes no cookie that was never issued: a page of a sibling path cannot give a visitor a session that it knows"
for planted in "$old" "$name=${old#*=}" "$name=$(printf '%044d' 0)" "plainchat=${ada#*=}"; do
	say '' "planted" -H "Cookie: $planted"
	expect_equal '{"message":"received planted"}' "$(body)" # not stored
	expect is_newcomer -H "Cookie: $planted"
done
expect_not store_has planted

it "does not take a planted cookie of the old kind, though its author has used it before"
for _ in 1 2 3; do
	say '' "mine first" -H "Cookie: $old"
	say lobby "mine first, in a room" -H "Cookie: $old"
	expect is_newcomer -H "Cookie: $old"
done
planter=$(header Set-Cookie)
planter=${planter%%;*}
say '' "mine too" -H "Cookie: $planter"
say '' "a victim's" -H "Cookie: $old"
expect_equal '{"message":"received a victim'\''s"}' "$(body)"
expect is_newcomer -H "Cookie: $old"

it "finds the good cookie behind malformed and foreign ones"
for first in "$name=" "$name" "$name=x" "plainchat=" "plainchat=x" "$old" "$name=${ada#*=}0" "plainchat-00000000=${ada#*=}" \
	"$name==" Version=1 ';;' "$(for n in $(seq 50); do printf '%s=%044d; ' "$name" "$n"; done)x=y"; do
	send GET /events -H "Cookie: $first; $ada"
	expect_equal "ada's secret received ada's secret" "$(texts)"
	expect_equal '' "$(header Set-Cookie)"
done

it "takes no cookie that was cut, made longer, or changed"
value=${ada#*=}
for changed in "${value%?}" "${value#?}" "${value}A" "B${value#?}" "${value%????}AAAA" "$value=" "\"$value\""; do
	[ "$changed" != "$value" ] || continue
	expect is_newcomer -H "Cookie: $name=$changed"
done

it "takes no cookie of another chat, whose folder is another"
env -i PATH="$PATH" PLAINCHAT_DATA="$scratch/data.other" REQUEST_METHOD=GET SCRIPT_NAME=/chat/api PATH_INFO=/events \
	"$program" >"$scratch/other" 2>"$scratch/other.log"
other=$(tr -d '\r' <"$scratch/other" | sed -n 's/^Set-Cookie: \([^;]*\);.*/\1/p')
expect_match '^plainchat-[0-9a-f]{8}=[A-Za-z0-9_-]{44}$' "$other"
expect_not test "${other%%=*}" = "$name"
expect is_newcomer -H "Cookie: $other"
expect is_newcomer -H "Cookie: $name=${other#*=}"
send GET /events -H "Cookie: $other; $ada"
expect_equal "ada's secret received ada's secret" "$(texts)"

it "over https takes only a cookie that the host itself has set, not one from a subdomain or from http"
expect is_newcomer -e HTTPS=on -H "Cookie: $ada"
send GET /events -e HTTPS=on
secure=$(header Set-Cookie)
secure=${secure%%;*}
expect_match '^__Host-' "$secure"
say '' "over https" -e HTTPS=on -H "Cookie: $ada; $secure"
expect_equal '~' "$(answer .room)"
send GET /events -e HTTPS=on -H "Cookie: $secure; $ada"
expect_equal "over https received over https" "$(texts)"

it "goes on with a conversation of an earlier version, and replaces its cookie"
open_session
age_conversation
send GET /events -H "Cookie: plainchat=x; $old"
expect_equal "to be aged received to be aged" "$(texts)"
expect_equal "plainchat= Max-Age=0" "$(header Set-Cookie | grep '^plainchat=' | tr -d ';' |
	sed 's/ Path=[^ ]*\(.*\)/\1/; s/ HttpOnly.*//')"
new=$(header Set-Cookie | grep "^$name=")
new=${new%%;*}
say '' "gone on" -H "Cookie: $new"
expect_equal '' "$(header Set-Cookie)"
say '' "still here" -H "Cookie: $old"
send GET /events -H "Cookie: $new"
expect_equal "to be aged received to be aged gone on received gone on still here received still here" "$(texts)"
send GET /events -H "Cookie: $old"
expect_equal "$new" "$(header Set-Cookie | grep "^$name=" | sed 's/;.*//')"

it "gives no session to who asks only for one that there is, and says whether there is"
send GET '/events?session=known'
expect_equal '{"room":"~","events":[],"next":0,"more":false,"session":false}' "$(body)"
expect_equal '' "$(header Set-Cookie)"
send GET '/events?room=lobby&session=known&limit=1'
expect_equal false "$(answer .session)"
send GET '/events?session=known' -H "Cookie: $ada"
known=$(answer .session)
expect_match '^[0-9a-f]{16}$' "$known"
send GET '/events?room=lobby&session=known' -H "Cookie: $ada"
expect_equal "$known" "$(answer .session)"
send GET '/events?session=known' -H "Cookie: $new"
expect_not test "$known" = "$(answer .session)"
send GET '/events?session=known' -e REMOTE_USER=ada -H "Cookie: $ada"
expect_not test "$known" = "$(answer .session)"
send GET '/events?session=other'
expect_problem 400 query_invalid

it "tells who reads on without a session that what was before is not there"
send GET '/events?after=5'
expect_equal '[true,[],0]' "$(answer '[.reset, .events, .next]')"

# --- users ---

it "keeps a user's conversation for the user, whatever browser it is, and needs no cookie"
say '' "ada's own" -e REMOTE_USER=ada -H "Cookie: $ada"
expect_equal '~' "$(answer .room)"
expect_equal '' "$(header Set-Cookie)"
users_seq=$(answer .seq)
send GET /events -e REMOTE_USER=ada
expect_equal "ada's own received ada's own" "$(texts)"
expect_equal '' "$(header Set-Cookie)"

it "shows the next user of the browser nothing of it, nor lets him stop, repeat or take back anything"
send GET /events -e REMOTE_USER=bo -H "Cookie: $ada"
expect_equal '' "$(texts)"
send GET '/events?after=0' -e REMOTE_USER=bo -H "Cookie: $ada"
expect_equal '' "$(texts)"
send DELETE "/events/$users_seq" -e REMOTE_USER=bo -H "Cookie: $ada"
expect_problem 404 event_unknown
send POST /stop -b "{\"seq\":$((users_seq + 1))}" -e REMOTE_USER=bo -H "Cookie: $ada"
expect_problem 404 event_unknown
send POST '' -b "{\"again\":$users_seq}" -e REMOTE_USER=bo -H "Cookie: $ada"
expect_problem 404 event_unknown
send POST '' -b '{"message":"keyed"}' -H 'Idempotency-Key: of-ada' -e REMOTE_USER=ada -H "Cookie: $ada"
send POST '' -b '{"message":"keyed"}' -H 'Idempotency-Key: of-ada' -e REMOTE_USER=bo -H "Cookie: $ada"
expect_equal 1 "$(answer .seq)"

it "shows no user what was said before signing in, and who has signed out nothing of the user's"
send GET /events -e REMOTE_USER=ada -H "Cookie: $ada"
expect_equal "ada's own received ada's own keyed received keyed" "$(texts)"
send GET /events -H "Cookie: $ada"
expect_equal "ada's secret received ada's secret" "$(texts)"

it "lets nobody take back for another what was said before signing in"
say talk "said before" -H "Cookie: $ada"
seq=$(answer .seq)
for user in ada bo; do
	send DELETE "/events/$seq?room=talk" -e REMOTE_USER=$user -H "Cookie: $ada"
	expect_problem 403 not_the_author
done
send DELETE "/events/$seq?room=talk" -H "Cookie: $ada"
expect_equal 204 "$status"

# --- the secret ---

it "keeps the secret to itself"
expect_equal 600 "$(stat -c %a "${data:-$scratch/data}/plainchat.secret")"
expect_equal 1 "$(find "${data:-$scratch/data}" -name 'plainchat.secret*' | wc -l)"
expect_not grep -rqF "$(cat "${data:-$scratch/data}/plainchat.secret")" "$scratch" --include='*.log' --include=body --include=head
