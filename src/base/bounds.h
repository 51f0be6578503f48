/*
 * Every fixed limit, each with its reason. Those that a site owner may want to move are defaults
 * here and keys of plainchat.conf (src/app/config/config.c); the others are part of how the program
 * works. Every layer may include it; it knows none of them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef PLAINCHAT_BASE_BOUNDS_H
#define PLAINCHAT_BASE_BOUNDS_H

/* --- defaults of configuration keys --- */

/* Bytes of a message in UTF-8: some ten pages of text, and still one small row in a store. */
#define BOUND_MESSAGE_BYTES (32 * 1024)

/* Bytes of a request body: the longest message, most of it escaped, and room for other members. */
#define BOUND_BODY_BYTES (64 * 1024)

/* Nesting of a JSON request: ours needs 1; clients may add members of their own, not abuse. */
#define BOUND_JSON_DEPTH 8

/* Threads that read and parse requests: more than cores, so that one who waits for a core does not
 * keep requests waiting (doc/decisions/requests-per-second.md). */
#define BOUND_THREADS 4

/* Seconds that a request may take to arrive whole. Slow visitors are the web server's business:
 * it hands over what it has buffered, so whoever is slower than this is broken. */
#define BOUND_REQUEST_SECONDS 30

/* FastCGI connections at once per process; lighttpd opens one per request that it has under way. */
#define BOUND_CONNECTIONS 2048

/* Replies by programs at once: each is a process, and perhaps a model that computes. */
#define BOUND_REPLIES 8

/* Replies that wait for their turn: a model that takes ten seconds for each has them all begun
 * within a minute; whoever comes then is better told to come back. */
#define BOUND_REPLIES_WAITING 32

/* Seconds that a plain request waits for its reply: below the time-outs of proxies. */
#define BOUND_REPLY_WAIT_SECONDS 20

/* Seconds that a reply may take: a long answer of a slow model. */
#define BOUND_REPLY_SECONDS 300

/* --- what the program is built around --- */

/* The highest values that the keys above take, so that sums of sizes cannot overflow, and the
 * echo of the longest message is still a reply. */
#define BOUND_MESSAGE_BYTES_MAX (128 * 1024)
#define BOUND_BODY_BYTES_MAX (1024 * 1024)
#define BOUND_JSON_DEPTH_MAX 64
#define BOUND_THREADS_MAX 16

/* Members of one JSON object: ours have a handful, and each becomes many times its own size. */
#define BOUND_JSON_MEMBERS 256

/* Bytes of a request's parameters in all. lighttpd and nginx limit a head to 8-32 KiB; Apache
 * allows more, and then the program refuses it. */
#define BOUND_PARAMS_BYTES (64 * 1024)

/* Bytes of a piece, where a body or an answer flows: as many as a socket takes at once. */
#define BOUND_PIECE_BYTES (64 * 1024)

/* Bytes of a body that flows which buy its client a second more to send the rest: a tenth of what
 * the slowest lines carry. Without it a byte now and then would hold a connection for ever. */
#define BOUND_BODY_BYTES_PER_SECOND 1024

/* Bytes of the headers that one response adds: two cookies with a path, and short constants. */
#define BOUND_HEADERS_BYTES 2048

/* Cookies of earlier versions that are looked up, of one request: browsers send one for each path
 * and domain that somebody has set it for. */
#define BOUND_OLD_COOKIES 32

/* Code points in a visitor's name and in a room's. */
#define BOUND_NAME_CODE_POINTS 64

/* Bytes of such a name in UTF-8. */
#define BOUND_NAME_BYTES (4 * BOUND_NAME_CODE_POINTS)

/* Bytes of what may become one when it is composed: the longest name, wholly decomposed. */
#define BOUND_NAME_TEXT_BYTES (4 * BOUND_NAME_BYTES)

/* Marks in a row in such a name that take no room of their own (UTS 39, 5.4): as many as living
 * languages pile up. More draw over the lines around. */
#define BOUND_NAME_MARKS 4

/* Bytes of a reply in UTF-8: what a language model says in one go, several times over. */
#define BOUND_REPLY_BYTES (256 * 1024)
#define BOUND_REPLY_BYTES_MAX BOUND_REPLY_BYTES

/* Bytes of what a model thinks before it replies, of which no more is kept: ten times what a person
 * reads. */
#define BOUND_THOUGHT_BYTES (64 * 1024)

/* Messages and bytes of what was said before, as a responder gets it: what a small language model
 * has room for, and no more to be read and sent than a page. */
#define BOUND_HISTORY_MESSAGES 40
#define BOUND_HISTORY_BYTES (32 * 1024)
#define BOUND_HISTORY_MESSAGES_MAX 1000
#define BOUND_HISTORY_BYTES_MAX (1024 * 1024)

/* Where the history is larger than it may be, the longest of its messages are shortened to such a
 * part of it first, so that one of them does not take the place of all others. */
#define BOUND_HISTORY_SHARE 4

/* Bytes of what a program gets: message and history with every byte escaped, and what is around. */
#define BOUND_QUESTION_BYTES                                                                       \
	(6 * (BOUND_MESSAGE_BYTES_MAX + BOUND_HISTORY_BYTES_MAX) +                                 \
	 1024 * BOUND_HISTORY_MESSAGES_MAX + 64 * 1024)

/* Bytes of what a program writes to standard error that are kept for the log: its last words. */
#define BOUND_PROGRAM_ERRORS_BYTES 512

/* Bytes of a line in which a program says something beside its reply; longer ones are left out. */
#define BOUND_STATUS_LINE_BYTES (64 * 1024)

/* Milliseconds from SIGTERM to SIGKILL; and from a program's exit until those who still hold its
 * output are not waited for any more. */
#define BOUND_PROGRAM_TERM_MS 2000
#define BOUND_PROGRAM_DRAIN_MS 250

/* Milliseconds over which what a responder says is merged into one part: a reader sees no steps,
 * and a stored part is a commit. */
#define BOUND_PART_MS 75

/* Milliseconds until what could not be stored of a reply is tried again. */
#define BOUND_REPLY_RETRY_MS 1000

/* Milliseconds after which a CGI process gives up storing a reply that is over: the cause of a
 * failure may pass, but a process that nobody sees must not stay for ever. */
#define BOUND_REPLY_STORE_MS_CGI 60000

/* Milliseconds between two looks at whether somebody else has ended a reply. */
#define BOUND_REPLIES_POLL_MS 250

/* Milliseconds that replies have to end when the program does, within BOUND_STOP_SECONDS. */
#define BOUND_REPLIES_STOP_MS 600

/* Milliseconds from a signal until what waits for the store is left to itself, and a little more
 * for each who waits where others have taken that time. A store that stalls must not hold the
 * program up, nor those whom it need not hold up. */
#define BOUND_STOP_STORE_MS 1400
#define BOUND_STOP_STEP_MS 100

/* The same until slow peers are not waited for any more, and until the process ends in any case. */
#define BOUND_STOP_PEERS_MS 1800
#define BOUND_STOP_LAST_MS 1900

/* Bytes of a page of events, above which it ends early. */
#define BOUND_PAGE_BYTES (1024 * 1024)

/* Bytes of a response: a full page, and an event more, being the longest reply and thought with
 * every byte escaped as \u0001 and what is around. */
#define BOUND_RESPONSE_BYTES                                                                       \
	(BOUND_PAGE_BYTES + 6 * (BOUND_REPLY_BYTES + BOUND_THOUGHT_BYTES) + 64 * 1024)

/* Bytes of a configured text, such as the echo's wording. */
#define BOUND_SETTING_BYTES 1024

/* Seconds from a signal to the end: what is in flight gets this long to be answered. Web servers
 * and service managers kill after 5 or more; a person waits for less than 2. */
#define BOUND_STOP_SECONDS 1

/* Milliseconds in which what has launched the program, and is no web server, has left. */
#define BOUND_LAUNCHER_MS 2000

/* Milliseconds between two looks at whether the web server is there, where the kernel does not tell
 * of its end. */
#define BOUND_PARENT_POLL_MS 100

/* Seconds in which a peer has to take its answer, or to send the rest of what was refused. */
#define BOUND_SLOW_PEER_SECONDS 10

/* Seconds that the store waits for another process or thread that writes: many times what a
 * transaction takes, and still less than a visitor's patience. */
#define BOUND_STORE_WAIT_SECONDS 5

/* Milliseconds that a delete waits for readers to leave, so that the text's last copy goes: a page
 * is read within a few. It holds the writers' lock meanwhile, so it is less than the above. */
#define BOUND_STORE_TRUNCATE_MS 1000

/* Pages of 4 KiB in SQLite's write-ahead log before they are moved into the database: the more,
 * the less often the same page is moved; moving takes some twenty milliseconds. */
#define BOUND_STORE_WAL_PAGES 4000

/* The same where the database is not larger. */
#define BOUND_STORE_WAL_PAGES_LEAST 1000

/* The same as CGI, where each process reads the whole log before it does anything, and some twenty
 * posts make so many. */
#define BOUND_STORE_WAL_PAGES_CGI 100

/* Pages after which it is begun to bring them to the disk, where commits do not wait for that. */
#define BOUND_STORE_WAL_PAGES_FLUSHED 128

/* Milliseconds that readers are waited for, so that the log can be begun anew, where there were
 * always some: at first, and at the most. It holds the writers' lock meanwhile. */
#define BOUND_STORE_RESTART_MS 100
#define BOUND_STORE_RESTART_MS_MAX 1000

/* Bytes that are free on the store's disk, at the least, while it is healthy: the longest message
 * and its pages in the log. */
#define BOUND_STORE_FREE_BYTES (64 * 1024)

/* Bytes that are written to find out whether a store works again: the longest message. */
#define BOUND_STORE_TRIAL_BYTES BOUND_MESSAGE_BYTES

/* KiB that a connection to the store keeps of it: the upper levels of its trees and the ends of
 * some rooms; the system has the rest. */
#define BOUND_STORE_WRITER_CACHE_KIB 1024
#define BOUND_STORE_READER_CACHE_KIB 256

/* Seconds in which the same failure of the store is logged once. */
#define BOUND_STORE_LOG_SECONDS 10

/* Bytes of a log line. */
#define BOUND_LOG_LINE_BYTES 1024

/* Bytes of the key by which the store knows a room: a name, or a mark and a hash. */
#define BOUND_ROOM_BYTES (BOUND_NAME_BYTES + 1)

/* Characters of an idempotency key: a UUID has 36. */
#define BOUND_KEY_BYTES 128

/* Seconds for which an idempotency key is remembered: an outbox may wait for a weekend. */
#define BOUND_KEY_SECONDS (7 * 24 * 3600)

/* Events in one page of history, as asked for by default and at the most. */
#define BOUND_PAGE_EVENTS 50
#define BOUND_PAGE_EVENTS_MAX 200

/* Trimming: events with keys, and rooms that are looked at, in one step, which holds the writers'
 * lock for some ten milliseconds; and how it is spread: the first round after a while,
 * steps with a pause between them for others to write, rounds every ten minutes. */
#define BOUND_TRIM_EVENTS 500
#define BOUND_TRIM_ROOMS 256

/* How many events it counts for that a room is written to. */
#define BOUND_TRIM_ROOM_COST 15
#define BOUND_TRIM_FIRST_US (5 * 1000 * 1000)
#define BOUND_TRIM_PAUSE_US (20 * 1000)
#define BOUND_TRIM_SECONDS 600

/* As CGI, one post in so many trims, and so many steps. */
#define BOUND_TRIM_CGI_CHANCE 16
#define BOUND_TRIM_CGI_STEPS 4

/* The same where the store is full, and its oldest is to go: each post then makes room. */
#define BOUND_TRIM_CGI_STEPS_FULL 64

/* Microseconds until a round begins, where the store is full. */
#define BOUND_TRIM_URGENT_US (1000 * 1000)

/* Hours by which the time that trimming trusts may follow a clock that was set, in one round. */
#define BOUND_TRIM_CLOCK_HOURS 4

/* Where the store is to lose its oldest: one part in so many of the time that it covers, round by
 * round, until it is one part in so many below its limit. */
#define BOUND_TRIM_SHARES 16
#define BOUND_TRIM_SHARES_LEAST 4

/* Milliseconds for which it counts what is free in the store. It takes some, where much is. */
#define BOUND_STORE_COUNT_MS 2000

/* Milliseconds between two tries to cut off the write-ahead log after trimming, where readers are
 * in the way. */
#define BOUND_STORE_TRIMMED_MS 1000

/* Seconds for which a long-poll is held: below the time-outs of proxies; as CGI a process waits. */
#define BOUND_WAIT_SECONDS 25
#define BOUND_WAIT_SECONDS_CGI 8

/* Seconds between the comments that keep a stream from looking dead. */
#define BOUND_HEARTBEAT_SECONDS 15

/* How long who makes a reply keeps it without renewing that, which is done with each heartbeat:
 * some may be late. */
#define BOUND_LEASE_SECONDS (4 * BOUND_HEARTBEAT_SECONDS)

/* Seconds after which a CGI program ends its stream, whose client then resumes by its cursor: web
 * servers end CGI programs that run for long, and not all tell that the client has left. */
#define BOUND_STREAM_SECONDS_CGI 300

/* Followers in all, and per client address: behind one address there may be a school class. */
#define BOUND_STREAMS 1000
#define BOUND_STREAMS_PER_CLIENT 30

/* Posts in a burst and per second, per client address: more than a person types, and behind one
 * address there may be a school class; less than what fills a disk. */
#define BOUND_POSTS_BURST 60
#define BOUND_POSTS_PER_SECOND 1

/* KiB of pages that a client address may be answered at once, and then per second. The whole of a
 * busy room of some 50,000 messages, and then twenty full screens a second. */
#define BOUND_READS_BURST 16384
#define BOUND_READS_PER_SECOND 4096

/* KiB that each read counts for beside its bytes. */
#define BOUND_READ_LEAST_KIB 1

/* Reads that may wait, of all and of one client address: behind it there may be a school class. */
#define BOUND_READS_WAITING 1024
#define BOUND_READS_WAITING_PER_CLIENT 64

/* Threads that read, at the most, and by how much others go first (nice(2)). */
#define BOUND_READ_THREADS_MAX 8
#define BOUND_READ_NICE 10

/* Bytes of answers that peers do not take: above the first an address is given no more pages until
 * it has taken some; above the second, whoever has taken the longest is given up. */
#define BOUND_HELD_BYTES_PER_CLIENT (8 * 1024 * 1024)
#define BOUND_HELD_BYTES (64 * 1024 * 1024)

/* Client addresses whose posts are counted at once, and as many whose reads are; 24 bytes each. */
#define BOUND_POSTING_CLIENTS 16384

/* Bytes that may wait for one follower, but for a single event that is larger: then it is sent
 * nothing more until it has taken them. */
#define BOUND_STREAM_BYTES (256 * 1024)

/* Seconds in which a follower that is behind has to take something, or it is dropped and resumes by
 * its cursor. */
#define BOUND_STALLED_SECONDS 5
/* --- the bridge, plainchat-llm --- */

/* Milliseconds until there is a connection. A machine that is up answers within a second or two,
 * also on the other side of the world. */
#define BOUND_LLM_CONNECT_MS (10 * 1000)

/* Milliseconds until the answer begins: a large model may have to be loaded from a disk, and a long
 * conversation is read through before the first word. */
#define BOUND_LLM_FIRST_BYTE_MS (120 * 1000)

/* Milliseconds until more of it comes: several times what the slowest models need for a word. */
#define BOUND_LLM_BETWEEN_MS (60 * 1000)

/* Seconds that any of these may be set to, at the most. */
#define BOUND_LLM_TIMEOUT_SECONDS_MAX (24 * 3600)

/* Seconds to wait before asking again where there were too many requests: as Retry-After says, up
 * to a person's patience; a little where it says nothing. */
#define BOUND_LLM_RETRY_SECONDS 30
#define BOUND_LLM_RETRY_UNTOLD_SECONDS 2

/* Further members of a request, and bytes of further headers, that options may ask for. */
#define BOUND_LLM_FIELDS 32
#define BOUND_LLM_HEADER_FILE_BYTES (16 * 1024)

/* Bytes of text for which a token is counted, where nobody says it: no fewer in any language. */
#define BOUND_LLM_TOKEN_BYTES 3

/* How often it is asked with a shorter conversation where the model's context was full. */
#define BOUND_LLM_CONTEXT_TRIES 6

/* Bytes of stdin: the longest that plainchat gives. */
#define BOUND_LLM_INPUT_BYTES (8 * 1024 * 1024)

/* Bytes of the system message, of the key, of the address: what nobody needs more of. */
#define BOUND_LLM_SYSTEM_BYTES (64 * 1024)
#define BOUND_LLM_KEY_BYTES 8192
#define BOUND_LLM_URL_BYTES 4096

/* Bytes of a reply: more than plainchat takes, so that its own limit is the one that is met. */
#define BOUND_LLM_REPLY_BYTES (4 * BOUND_REPLY_BYTES)

/* Bytes of an event, and of an answer that is not streamed: the longest reply, and what servers add
 * for debugging, which repeats the conversation. */
#define BOUND_LLM_EVENT_BYTES (2 * BOUND_LLM_REPLY_BYTES)

/* Nesting of a server's JSON: with all that can be asked for it is ten. */
#define BOUND_LLM_JSON_DEPTH 32

/* Bytes of the headers of an answer, as browsers have it. */
#define BOUND_LLM_HEADER_BYTES (256 * 1024)

/* Bytes of the line that says what went wrong, before it is cut. */
#define BOUND_LLM_REPORT_BYTES 400

#endif
